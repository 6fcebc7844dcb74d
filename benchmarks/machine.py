"""The machine that measures: what it is, and how a process is held to a part of it."""

import os
import platform
from pathlib import Path


def describe() -> str:
    cores = len(os.sched_getaffinity(0)) if _can_choose_cores() else os.cpu_count()
    words = f"{cores} core{'' if cores == 1 else 's'}"
    return f"{words}, {platform.machine()}, Python {platform.python_version()}"


def hold_to_cores(count: int) -> None:
    """Let this process, and those it starts from now on, use so many cores only.

    Where the system cannot do that, all cores stay; `describe` tells.
    """
    if _can_choose_cores():
        # The last ones: the first is the one that tends to handle interrupts.
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-count:])


def quiet_tensorflow() -> None:
    """Keep TensorFlow, where it is imported from now on, to processors and to itself.

    It greets with pages of notes, and would take a GPU where there is one.
    """
    os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}


def peak_memory_mb() -> float:
    """The most memory that this process has held at one time so far.

    Raises:
        OSError: this is no Linux.
    """
    # Not getrusage: it counts what the parent held before this process was started.
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _can_choose_cores() -> bool:
    return hasattr(os, "sched_setaffinity")
