"""A training is left to the strongest machine, and to no machine for long."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from rq import Queue

from recognizer.redis_queue import strength
from recognizer.redis_queue.backend import queue_of
from recognizer.redis_queue.strength import GPU, is_left_to_a_stronger
from recognizer.redis_queue.worker import RedisWorker
from tests.recognizer.processes import wait_until
from tests.recognizer.test_redis_worker import (  # noqa: F401  (fixtures)
    site,
    stalled,
    started,
    trainer,
)


@pytest.fixture
def queue(redis, settings) -> Queue:
    settings.RQ_QUEUES = {
        name: {"URL": redis.url, "SERIALIZER": "rq.serializers.JSONSerializer"}
        for name in ("default", "training")
    }
    return queue_of(redis.url, "training")


def make_worker(queue: Queue, *, cores: float | None) -> RedisWorker:
    """One that lives, as far as Redis knows."""
    worker = RedisWorker(queue, mend=lambda *_: None, strength=cores)
    worker.register_birth()
    return worker


def test_a_weaker_worker_leaves_what_waits_to_a_stronger_one(queue):
    make_worker(queue, cores=8)
    queue.enqueue("a.task")

    assert is_left_to_a_stronger(queue, 2)
    assert not is_left_to_a_stronger(queue, 16)


def test_of_two_equals_either_takes_it(queue):
    make_worker(queue, cores=4)
    make_worker(queue, cores=4)

    assert not is_left_to_a_stronger(queue, 4)


def test_a_worker_that_is_alone_takes_it(queue):
    make_worker(queue, cores=1)

    assert not is_left_to_a_stronger(queue, 1)


def test_it_is_taken_by_whoever_is_there_once_it_has_waited(queue):
    make_worker(queue, cores=8)
    job = queue.enqueue("a.task")
    job.enqueued_at = timezone.now() - timedelta(seconds=strength.LEFT_FOR_S + 1)
    job.save()

    assert not is_left_to_a_stronger(queue, 2)


def test_nothing_is_left_to_a_worker_that_has_ended(queue):
    make_worker(queue, cores=8).register_death()

    assert not is_left_to_a_stronger(queue, 2)


def test_nothing_is_left_to_a_worker_that_was_killed(queue):
    killed = make_worker(queue, cores=8)
    # As it does by itself when nothing is heard of it.
    queue.connection.delete(killed.key)

    assert not is_left_to_a_stronger(queue, 2)


def test_workers_of_other_queues_do_not_say_how_strong_they_are(redis, queue):
    make_worker(queue_of(redis.url, "default"), cores=64)
    make_worker(queue, cores=None)

    assert not is_left_to_a_stronger(queue, 1)


@pytest.mark.parametrize(
    ("quota", "cores"), [("150000 100000", 1.5), ("max 100000", 8.0), ("", 8.0)]
)
def test_a_container_is_as_strong_as_it_is_allowed_to_be(tmp_path, quota, cores):
    (tmp_path / "sys/fs/cgroup").mkdir(parents=True)
    (tmp_path / "sys/fs/cgroup/cpu.max").write_text(quota)

    assert strength.strength_of_this_machine(root=tmp_path, cores=8) == cores


def test_a_gpu_counts_for_more_than_any_number_of_cores(tmp_path: Path):
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/nvidia0").touch()

    assert strength.strength_of_this_machine(root=tmp_path, cores=2) == GPU + 2


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="There is one core.")
def test_the_training_is_carried_out_where_most_cores_are(
    stalled,  # noqa: F811
    started,  # noqa: F811
    redis,
):
    redis.client().flushall()
    weak, strong = stalled.worker("training"), stalled.worker("training")
    started += [weak, strong]
    # Before it has looked how many it has.
    os.sched_setaffinity(weak.pid, {min(os.sched_getaffinity(0))})
    wait_until(lambda: redis.client().scard("rq:workers:training") == 2)

    # What was lost is asked for anew.
    assert trainer(strong)
