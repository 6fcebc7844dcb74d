"""Who takes the tasks of one queue: one process, as the database's worker is.

RQ's usual worker forks for every task, which would load the model each time, and its
forks outlive it when it is killed. Here tasks run in the worker itself, and whatever a
training's process asks ("is my worker still there?") is answered as ever.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from django.db import DatabaseError, close_old_connections, connections
from django_tasks_rq.backend import Job as TaskJob
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.executions import Execution
from rq.job import Job
from rq.scheduler import RQScheduler
from rq.timeouts import TimerDeathPenalty

from recognizer.redis_queue import strength

logger = logging.getLogger(__name__)

# What is due later is due within so long.
TICK_S = 1.0
# A worker says so often that it lives; one that is silent for 60 s is dead to RQ.
BEAT_S = 15.0
SILENT_FOR_S = 60
MEND_S = 15.0

# Given a queue's name, and whether nothing waits in it.
Mend = Callable[[str, bool], None]


class RedisWorker(SimpleWorker):
    """Takes one task after another from one queue.

    Beside it, a thread hands on what has become due, says that the worker lives while
    a task takes long, and has made up for what was lost.
    """

    # RQ's other one would take a timeout of -1 for 136 years, and SIGALRM for itself.
    death_penalty_class = TimerDeathPenalty

    def __init__(
        self, queue: Queue, *, mend: Mend, strength: float | None = None
    ) -> None:
        """Connect.

        Args:
            mend: asks anew for what the queue has lost.
            strength: of this machine, where tasks are left to stronger ones.
        Raises:
            RedisError: Redis is gone.
        """
        self.is_told_to_end = False
        self._queue = queue
        self._mend = mend
        self._strength = strength
        self._going: tuple[Job, Execution] | None = None
        super().__init__(
            [queue],
            connection=queue.connection,
            job_class=TaskJob,
            serializer=queue.serializer,
            worker_ttl=SILENT_FOR_S,
            # Also for tasks that a worker took, and was killed before it began them.
            maintenance_interval=SILENT_FOR_S,
        )
        self._scheduler = RQScheduler(
            [queue], self.connection, serializer=queue.serializer
        )
        self._scheduler.prepare_registries([queue.name])

    def work(self, *args: Any, **options: Any) -> bool:
        with self._kept_house():
            return bool(super().work(*args, **options))

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        self.is_told_to_end = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def register_birth(self) -> None:
        super().register_birth()  # type: ignore[no-untyped-call]
        if self._strength is not None:
            self.connection.hset(self.key, strength.FIELD, str(self._strength))

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """Take what waits, unless it is left to another worker for now."""
        while not self.is_told_to_end and self._has_nothing_to_take():
            self.heartbeat()
            time.sleep(TICK_S)
        return super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)

    def _has_nothing_to_take(self) -> bool:
        """Whether to look again; RQ itself would take whatever comes, and at once."""
        mine = self._strength
        return mine is not None and (
            self._queue.is_empty() or strength.is_left_to_a_stronger(self._queue, mine)
        )

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        close_old_connections()
        self._going = (job, execution)
        try:
            return bool(super().perform_job(job, queue, execution))
        finally:
            self._going = None
            close_old_connections()

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        return SILENT_FOR_S

    def subscribe(self) -> None:
        """Nobody sends commands to workers here: it needs no connection for them."""

    @contextmanager
    def _kept_house(self) -> Iterator[None]:
        has_ended = threading.Event()
        keeping = threading.Thread(
            target=self._keep_house, args=[has_ended], daemon=True
        )
        keeping.start()
        try:
            yield
        finally:
            has_ended.set()
            keeping.join()

    def _keep_house(self, has_ended: threading.Event) -> None:
        chores = [
            _Chore(self._hand_on, TICK_S),
            _Chore(self._beat, BEAT_S),
            _Chore(self._make_up, MEND_S),
        ]
        while not has_ended.wait(TICK_S):
            for chore in chores:
                chore.do_if_due()
        connections.close_all()

    def _hand_on(self) -> None:
        """Put what has become due into the queue.

        If two workers did so at once, a task would be there twice, which does no harm.
        RQ's own process for this leaves a lock of a minute when it is killed.
        """
        lock = self.connection.lock(f"{self._queue.key}:handing-on", timeout=10)
        if lock.acquire(blocking=False):
            self._scheduler.enqueue_scheduled_jobs()  # type: ignore[no-untyped-call]
            lock.release()

    def _beat(self) -> None:
        going = self._going
        if going is not None:
            self.maintain_heartbeats(*going)

    def _make_up(self) -> None:
        """Of many workers, one does."""
        turn = f"{self._queue.key}:mending"
        if self.connection.set(turn, 1, nx=True, ex=max(1, int(MEND_S) - 1)):
            close_old_connections()
            self._mend(self._queue.name, self._queue.is_empty())


class _Chore:
    """What is done every now and then, and must not end the others when it fails."""

    def __init__(self, do: Callable[[], None], every_s: float) -> None:
        self._do = do
        self._every_s = every_s
        self._due_at = 0.0

    def do_if_due(self) -> None:
        if time.monotonic() < self._due_at:
            return
        self._due_at = time.monotonic() + self._every_s
        try:
            self._do()
        except (RedisError, DatabaseError, OSError) as error:
            # They may be back in time for the next.
            logger.warning("The worker could not look after its queue: %s", error)
