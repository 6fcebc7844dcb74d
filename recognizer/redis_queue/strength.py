"""How strong the machines of workers are, and who leaves a task to a stronger one.

Each worker writes into RQ's entry of it, which lasts as long as it lives, how strong
its machine is. Where a stronger one lives, a weaker one leaves it what waits, for a
while: that one may be busy, or hang.
"""

import os
from pathlib import Path
from typing import Any, Final

from django.utils import timezone
from redis import Redis
from rq import Queue
from rq.worker_registration import get_keys

FIELD: Final = "strength"
# More than any number of cores.
GPU: Final = 100_000
# Then whoever is there takes it. A stronger one that is idle does within a second.
LEFT_FOR_S: Final = 30.0


def strength_of_this_machine(
    *, root: Path = Path("/"), cores: int | None = None
) -> float:
    """Cores that may be used, and far more for a GPU that NVIDIA's driver shows.

    Args:
        root: where `/dev` and `/sys` are.
        cores: how many there are; None: as the system says.
    """
    there_are = float(cores or len(os.sched_getaffinity(0)))
    try:
        # Of a container: microseconds in each period, or "max".
        quota, period = (root / "sys/fs/cgroup/cpu.max").read_text("ascii").split()
        there_are = min(there_are, float(quota) / float(period))
    except (OSError, ValueError):
        pass
    return there_are + (GPU if (root / "dev/nvidia0").exists() else 0)


def is_left_to_a_stronger(queue: Queue, strength: float) -> bool:
    """Whether a worker of this strength leaves what waits to another one that lives.

    Raises:
        RedisError: Redis is gone.
    """
    redis: Redis = queue.connection
    others: list[Any] = [redis.hget(key, FIELD) for key in get_keys(queue)]
    if max(map(float, filter(None, others)), default=0.0) <= strength:
        return False
    oldest = queue.fetch_job(next(iter(queue.get_job_ids(0, 1)), ""))
    if oldest is None or oldest.enqueued_at is None:
        return True
    waited = timezone.now() - oldest.enqueued_at
    return waited.total_seconds() < LEFT_FOR_S
