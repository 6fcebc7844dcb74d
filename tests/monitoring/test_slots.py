"""Each process counts in files of its own, and dead ones leave none behind."""

import os
import subprocess
import sys
from contextlib import contextmanager

from digitsite.monitoring.slots import Slot, forget_the_dead
from tests.recognizer.processes import ROOT

HOLD = """
import sys
from pathlib import Path
from digitsite.monitoring.slots import Slot
slot = Slot(Path(sys.argv[1]))
print(slot.number(), flush=True)
sys.stdin.read()
"""


@contextmanager
def other_process(folder):
    """The number of another process, which holds it until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        yield int(process.stdout.readline())
        process.kill()


def test_processes_that_live_together_have_different_numbers(tmp_path):
    with other_process(tmp_path) as one, other_process(tmp_path) as other:
        assert {one, other, Slot(tmp_path).number()} == {0, 1, 2}


def test_the_number_of_a_process_that_was_killed_is_free_again(tmp_path):
    with other_process(tmp_path) as killed:
        pass

    assert Slot(tmp_path).number() == killed == 0


def test_a_process_keeps_its_number(tmp_path):
    slot = Slot(tmp_path)

    assert slot.number() == slot.number() == 0


def test_a_child_gets_a_number_of_its_own_and_leaves_its_parents_alone(tmp_path):
    slot = Slot(tmp_path)
    slot.number()

    child = os.fork()
    if not child:
        os._exit(slot.number())
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 1
    with other_process(tmp_path) as other:
        assert other == 1, "The child's is free, the parent's is not."


def test_what_the_dead_counted_is_forgotten_and_what_the_living_do_is_not(tmp_path):
    with other_process(tmp_path) as living:
        for name in ("counter_0", "histogram_0", "counter_1", "counter_10"):
            (tmp_path / f"{name}.db").touch()
        (tmp_path / "1.lock").touch()

        forget_the_dead(tmp_path)

    assert living == 0
    left = sorted(path.name for path in tmp_path.glob("*.db"))
    assert left == ["counter_0.db", "counter_10.db", "histogram_0.db"]


def test_where_nobody_counted_there_is_nothing_to_forget(tmp_path):
    forget_the_dead(tmp_path / "never-made")

    assert list(tmp_path.iterdir()) == []
