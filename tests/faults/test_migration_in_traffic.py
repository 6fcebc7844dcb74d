"""A migration changes a table while programs keep pictures."""

from uuid import UUID

from tests.faults.traffic import ids, traffic
from tests.recognizer.processes import wait_until


def test_nobody_is_refused_while_a_column_is_added(served):
    with traffic(served.port) as diary:
        wait_until(lambda: len(diary.kept) >= 10)
        migrating = served.site.process(
            "manage.py", "migrate", "--settings=tests.faults.grown.settings"
        )
        assert migrating.wait(timeout=120) == 0
        before = len(diary.kept)
        wait_until(lambda: len(diary.kept) >= before + 10)

    assert not diary.refused
    assert not diary.broken
    assert {UUID(each) for each in diary.kept} == ids(served.site)
    # It was no migration of nothing.
    assert set(served.site.rows("SELECT remark FROM recognizer_prediction")) == {("",)}
