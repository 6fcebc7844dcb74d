"""Work that waits in Redis: handed over with its transaction, and not lost for good."""

import json
import zlib
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone
from django_tasks import default_task_backend
from django_tasks.exceptions import TaskResultDoesNotExist
from django_tasks_rq.backend import Job
from rq import Queue, Worker
from rq.exceptions import DeserializationError
from rq.serializers import JSONSerializer

from recognizer import selectors
from recognizer.models import Batch, TrainingRun, WebhookDelivery
from recognizer.redis_queue import backend
from recognizer.services.background import task_is_waited_for
from recognizer.services.training_runs import TrainingOptions
from recognizer.services.webhooks import webhook_ping
from recognizer.tasks import send_webhooks, tasks_mend, training_enqueue, watch_batch
from tests.archives import make_batch, read_all
from tests.factories import make_webhook


@pytest.fixture
def queue(redis, settings) -> Queue:
    """The queue `default`, with Redis for the tasks' backend."""
    settings.REDIS_URL = redis.url
    settings.TASKS = {
        "default": {
            "BACKEND": "recognizer.redis_queue.backend.RedisBackend",
            "QUEUES": ["default", "training"],
            "OPTIONS": {"url": redis.url},
        }
    }
    settings.RQ_QUEUES = {
        name: {"URL": redis.url, "SERIALIZER": "rq.serializers.JSONSerializer"}
        for name in ("default", "training")
    }
    return backend.queue_of(redis.url, "default")


@pytest.fixture
def committing(transactional_db, queue) -> Queue:
    """The same, where transactions end."""
    return queue


def waiting(queue: Queue) -> list[tuple[str, list[object]]]:
    """What waits, with what it is given; the scheduled last."""
    ids = [*queue.job_ids, *queue.scheduled_job_registry.get_job_ids()]
    found = [queue.fetch_job(each) for each in ids]
    return [(job.func_name.rpartition(".")[2], list(job.args)) for job in found]


def lose(redis) -> None:
    redis.client().flushall()


def let_time_pass(seconds: int) -> None:
    past = timezone.now() - timedelta(seconds=seconds)
    Batch.objects.update(heartbeat_at=past)
    TrainingRun.objects.update(heartbeat_at=past)
    WebhookDelivery.objects.update(next_attempt_at=past)


def test_a_task_is_handed_over_once_its_transaction_stands(committing):
    with transaction.atomic():
        result = send_webhooks.enqueue()
        assert waiting(committing) == []

    assert waiting(committing) == [("send_webhooks", [])]
    assert task_is_waited_for(result.id)


def test_of_a_transaction_that_fails_no_task_is_left(committing):
    with transaction.atomic():
        send_webhooks.enqueue()
        transaction.set_rollback(True)

    assert waiting(committing) == []


def test_a_task_for_later_waits_for_it(committing):
    soon = timezone.now() + timedelta(minutes=1)

    later = watch_batch.using(run_after=soon).enqueue(7, 1)
    now = watch_batch.using(run_after=timezone.now()).enqueue(7, 2)

    assert committing.job_ids == [now.id]
    assert committing.scheduled_job_registry.get_job_ids() == [later.id]
    assert task_is_waited_for(later.id)


def test_what_waits_is_json_and_no_pickle(committing):
    result = watch_batch.enqueue(7, 1)

    raw = committing.connection.hget(f"rq:job:{result.id}", "data")

    data = json.loads(zlib.decompress(raw) if raw[:1] == b"\x78" else raw)
    assert data == ["recognizer.tasks.watch_batch", None, [7, 1], {}]


def test_a_pickle_in_the_queue_is_not_opened(committing):
    result = watch_batch.enqueue(7, 1)
    pickled = b"\x80\x04cos\nsystem\n."
    committing.connection.hset(f"rq:job:{result.id}", "data", pickled)

    job = Job.fetch(
        result.id, connection=committing.connection, serializer=JSONSerializer
    )

    with pytest.raises(DeserializationError):
        _ = job.args


def test_a_task_that_is_not_known_is_waited_for_by_nobody(queue):
    assert not task_is_waited_for("gone")
    with pytest.raises(TaskResultDoesNotExist):
        default_task_backend.get_result("gone")


def test_without_redis_a_batch_is_kept_and_nobody_waits_long(
    committing, redis, stub_engine, caplog
):
    redis.stop()

    batch = make_batch()

    assert "Redis is gone; read_batch will be asked for anew" in caplog.text
    assert read_all(batch).status == Batch.Status.FINISHED


def test_while_redis_is_away_nothing_is_taken_for_lost(committing, redis):
    result = send_webhooks.enqueue()
    redis.stop()

    assert task_is_waited_for(result.id)


def test_a_batch_whose_tasks_are_lost_is_given_out_anew(committing, redis):
    batch = make_batch()
    lose(redis)
    let_time_pass(30)

    tasks_mend("default", is_idle=True)

    batch.refresh_from_db()
    assert task_is_waited_for(batch.task_id)
    assert waiting(committing) == [
        ("read_batch", [batch.pk]),
        ("watch_batch", [batch.pk, 1]),
        ("watch_batch", [batch.pk, 2]),
    ]


def test_a_batch_that_goes_on_or_waits_its_turn_is_left_alone(committing, redis):
    make_batch()
    let_time_pass(3600)
    before = waiting(committing)

    tasks_mend("default", is_idle=True)
    assert waiting(committing) == before
    Batch.objects.update(heartbeat_at=timezone.now())
    lose(redis)
    tasks_mend("default", is_idle=True)

    assert waiting(committing) == []


def test_an_ended_batch_is_not_given_out_anew(committing, redis, stub_engine):
    read_all(make_batch())
    lose(redis)
    let_time_pass(30)

    tasks_mend("default", is_idle=True)

    assert waiting(committing) == []


def test_a_training_whose_task_is_lost_is_given_out_anew(committing, redis, labelled):
    training = backend.queue_of(redis.url, "training")
    run = training_enqueue(options=TrainingOptions())
    lose(redis)
    let_time_pass(30)

    tasks_mend("training", is_idle=True)
    tasks_mend("training", is_idle=True)

    assert waiting(training) == [("train", [run.pk])]
    run.refresh_from_db()
    assert (run.status, run.task_id) == ("queued", training.job_ids[0])
    # Nor is it taken for dead meanwhile.
    assert timezone.now() - run.heartbeat_at < timedelta(seconds=10)


def test_a_training_that_waits_or_goes_on_is_not_given_out_twice(
    committing, redis, labelled
):
    training = backend.queue_of(redis.url, "training")
    training_enqueue(options=TrainingOptions())
    let_time_pass(3600)
    tasks_mend("training", is_idle=True)
    assert len(waiting(training)) == 1
    TrainingRun.objects.update(status="running")
    lose(redis)

    tasks_mend("training", is_idle=True)

    assert waiting(training) == []


def test_webhooks_whose_task_is_lost_are_sent_all_the_same(committing, redis, alice):
    webhook_ping(webhook=make_webhook(owner=alice))
    lose(redis)

    tasks_mend("default", is_idle=True)
    assert waiting(committing) == []
    let_time_pass(30)
    tasks_mend("default", is_idle=False)
    assert waiting(committing) == []
    tasks_mend("default", is_idle=True)

    assert waiting(committing) == [("send_webhooks", [])]


def test_a_task_that_has_ended_is_forgotten_soon(committing):
    result = send_webhooks.enqueue()

    job = committing.fetch_job(result.id)

    assert (job.result_ttl, job.failure_ttl) == (600, 86400)
    assert job.timeout == -1


def test_the_worker_says_where_work_waits_without_redis(settings):
    settings.REDIS_URL = ""

    with pytest.raises(CommandError, match="db_worker"):
        call_command("redis_worker")


def test_a_queue_that_nobody_fills_is_refused(queue):
    with pytest.raises(CommandError, match="default, training"):
        call_command("redis_worker", queue_name="another")


def test_what_waits_in_redis_is_known_and_for_how_long(db, committing):
    make_batch(("a.png", b"x"))
    before = timezone.now()

    default, training = selectors.queue_states()

    assert (default.name, default.waiting) == ("default", 1)
    assert abs((before - default.due_since).total_seconds()) < 60
    assert default.begun_at is None
    assert (training.name, training.waiting, training.due_since) == (
        "training",
        0,
        None,
    )


def test_a_worker_of_redis_is_known_to_be_there(db, queue):
    worker = Worker([queue], connection=queue.connection)
    worker.register_birth()

    default, training = selectors.queue_states()

    assert abs((timezone.now() - default.begun_at).total_seconds()) < 60
    assert training.begun_at is None


def test_a_redis_that_is_gone_is_no_empty_queue(db, queue, redis):
    redis.stop()

    with pytest.raises(ConnectionError):
        selectors.queue_states()
