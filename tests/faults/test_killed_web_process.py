"""A process that answers is killed while programs keep pictures."""

import os
import signal
from uuid import UUID

from tests.faults.traffic import digits, ids, pictures, traffic
from tests.recognizer.processes import wait_until

PROGRAMS = 4


def test_what_was_answered_is_there_and_another_process_goes_on(served):
    with traffic(served.port, programs=PROGRAMS) as diary:
        wait_until(lambda: len(diary.kept) >= 20)
        killed = served.workers[0]
        os.kill(killed, signal.SIGKILL)
        before = len(diary.kept)
        wait_until(lambda: len(diary.kept) >= before + 20)
        wait_until(lambda: len(served.workers) == 2 and killed not in served.workers)

    rows = ids(served.site)
    assert {UUID(each) for each in diary.kept} <= rows
    # Only what was under way got no answer; that may be kept, or not.
    assert not diary.refused
    assert len(diary.broken) <= PROGRAMS
    assert len(rows) <= len(diary.kept) + len(diary.broken)
    assert digits(served.site) == len(rows)
    # A picture is there before its row; `manage.py purge` finds the one without.
    assert len(rows) <= len(pictures(served.site)) <= len(rows) + len(diary.broken)
