"""A batch goes on, whichever task is lost with its worker."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from recognizer import tasks
from recognizer.models import Batch
from recognizer.services import batch_claims, batch_reading, batch_watching
from recognizer.services.background import Hourly
from recognizer.services.batch_claims import batch_claim
from recognizer.services.batches import batch_cancel
from recognizer.tasks import read_batch, watch_batch, webhooks_enqueue
from tests.archives import make_batch, statuses
from tests.factories import make_image

pytestmark = pytest.mark.usefixtures("tasks_in_database")

READY, RUNNING = "READY", "RUNNING"


def ready(name: str) -> list[DBTaskResult]:
    path = f"recognizer.tasks.{name}"
    return list(DBTaskResult.objects.filter(status=READY, task_path=path))


def turns() -> list[int]:
    return sorted(task.args_kwargs["args"][1] for task in ready("watch_batch"))


def lose(name: str) -> None:
    """As a worker that is killed over a task leaves it."""
    DBTaskResult.objects.filter(task_path=f"recognizer.tasks.{name}").update(
        status=RUNNING
    )


def let_time_pass(seconds: int) -> None:
    past = timedelta(seconds=seconds)
    for batch in Batch.objects.all():
        batch.heartbeat_at -= past
        batch.save(update_fields=["heartbeat_at"])
        batch.items.filter(claimed_until__isnull=False).update(
            claimed_until=timezone.now() - past
        )
    for task in ready("watch_batch"):
        DBTaskResult.objects.filter(pk=task.pk).update(run_after=task.run_after - past)


def work(*, most: int = 100) -> None:
    """What a worker would do now; it would also close the test's own connection."""
    worker = Worker(
        queue_names=["default"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="worker",
        excluded_queue_names=[],
    )
    for _ in range(most):
        task = DBTaskResult.objects.ready().first()
        if task is None:
            return
        task.claim(worker.worker_id)
        worker.run_task(task)


def test_the_worker_reads_a_batch_to_its_end(db, stub_engine):
    batch = make_batch()

    work()

    batch.refresh_from_db()
    assert batch.status == Batch.Status.FINISHED


def test_a_batch_is_read_in_slices_and_each_puts_the_next_into_the_queue(
    db, stub_engine, monkeypatch
):
    monkeypatch.setattr(batch_claims, "CHUNK_FILES", 1)
    monkeypatch.setattr(batch_reading, "SLICE_S", 0.0001)
    batch = make_batch(*((f"{at}.png", make_image()) for at in range(3)))

    work()

    batch.refresh_from_db()
    assert batch.status == Batch.Status.FINISHED
    done = DBTaskResult.objects.filter(task_path="recognizer.tasks.read_batch")
    assert done.count() > 1
    assert set(done.values_list("status", flat=True)) == {"SUCCESSFUL"}


def test_a_look_leaves_alone_what_goes_on(db):
    batch = make_batch()

    watch_batch.call(batch.pk, 1)

    assert len(ready("read_batch")) == 1
    assert turns() == [1, 2, 3]


def test_a_lost_reading_begins_anew(db, stub_engine):
    batch = make_batch()
    batch_claim(key=batch.pk)
    lose("read_batch")

    let_time_pass(90)
    work()

    batch.refresh_from_db()
    assert {status for _, status, _ in statuses(batch)} == {"read"}
    assert batch.status == Batch.Status.FINISHED


def test_what_waits_for_its_turn_is_not_given_twice(db):
    """However long: the worker may be busy with others, or away."""
    batch = make_batch()
    let_time_pass(3600)

    watch_batch.call(batch.pk, 1)

    assert len(ready("read_batch")) == 1


def test_a_lost_look_is_made_up_for_by_the_next(db):
    batch = make_batch()

    watch_batch.call(batch.pk, 2)

    assert turns() == [1, 2, 3, 4]


def test_a_late_look_does_nothing(db):
    batch = make_batch()
    watch_batch.call(batch.pk, 2)

    watch_batch.call(batch.pk, 1)
    watch_batch.call(batch.pk, 2)

    assert turns() == [1, 2, 3, 4]


def test_looks_go_on_one_by_one(db):
    batch = make_batch()

    for turn in range(1, 6):
        watch_batch.call(batch.pk, turn)

    assert turns() == [1, 2, 3, 4, 5, 6, 7]


def test_looks_end_with_the_batch(db):
    batch = make_batch()
    batch_cancel(batch=batch)

    watch_batch.call(batch.pk, 1)

    assert turns() == [1, 2]


def test_a_look_at_a_deleted_batch_does_nothing(db):
    watch_batch.call(999, 1)

    assert not DBTaskResult.objects.exists()


def test_a_reading_that_another_one_has_replaced_is_the_last_of_its_chain(
    db, stub_engine, monkeypatch
):
    monkeypatch.setattr(batch_reading, "SLICE_S", 0)
    batch = make_batch()
    Batch.objects.update(task_id="another")

    work(most=1)

    assert not ready("read_batch")
    batch.refresh_from_db()
    assert batch.task_id == "another"


def test_reading_takes_turns_with_looks_and_webhooks_as_each_is_due(db):
    batch = make_batch()
    webhooks_enqueue(at=None)
    watch_batch.using(run_after=timezone.now()).enqueue(batch.pk, 1)
    later = make_batch()

    due = [task.task_path.rpartition(".")[2] for task in DBTaskResult.objects.ready()]

    assert due == ["read_batch", "send_webhooks", "watch_batch", "read_batch"]
    assert ready("read_batch")[-1].args_kwargs["args"] == [later.pk]


def test_a_look_forgets_what_tasks_were_long_ago(db, stub_engine, monkeypatch):
    monkeypatch.setattr(tasks, "pruning", Hourly())
    old, new = make_batch(), make_batch()
    work()
    done = DBTaskResult.objects.filter(status="SUCCESSFUL")
    yesterday = timezone.now() - timedelta(hours=25)
    done.filter(args_kwargs__args__0=old.pk).update(started_at=yesterday)

    watch_batch.call(new.pk, 1)

    assert [task.args_kwargs["args"] for task in done] == [[new.pk]]
    # What still waits stays, whosever it is.
    assert len(ready("watch_batch")) == 4


def test_files_are_swept_by_a_first_look_and_not_by_each_within_the_hour(
    db, monkeypatch
):
    swept = []
    monkeypatch.setattr(batch_watching, "sweeping", Hourly())
    monkeypatch.setattr(batch_watching, "batch_files_sweep", lambda: swept.append(1))
    first, second = make_batch(), make_batch()

    watch_batch.call(first.pk, 2)
    watch_batch.call(first.pk, 1)
    watch_batch.call(second.pk, 1)

    assert len(swept) == 1


@pytest.mark.parametrize("task", [read_batch, watch_batch])
def test_batches_do_not_wait_behind_trainings(task):
    assert task.queue_name == "default"
