"""Units that a process takes beforehand, to give them out by itself."""

from recognizer.models import RequestAllowance
from recognizer.services import allowance_leases
from recognizer.services.allowance_leases import Leases
from tests.recognizer.asking import taken

MS = 1_000_000


def test_of_a_generous_allowance_some_is_taken_beforehand(narrow, clock):
    narrow.DIGITS_RATE_ANONYMOUS = (1000, 60)

    assert taken(100) == 100

    left_ns = RequestAllowance.objects.get().full_again_ns - clock.time_ns()
    assert left_ns == 100 * 60 * MS


def test_only_every_twentieth_check_then_asks_the_database(
    narrow, clock, django_assert_num_queries
):
    narrow.DIGITS_RATE_ANONYMOUS = (1000, 60)

    with django_assert_num_queries(3):
        assert taken(60) == 60


def test_beforehand_no_more_is_taken_than_is_allowed(narrow, clock):
    narrow.DIGITS_RATE_ANONYMOUS = (1010, 60 * 60)

    assert taken(1500) == 1010


def test_what_was_taken_beforehand_is_not_kept_for_long(narrow, clock, monkeypatch):
    narrow.DIGITS_RATE_ANONYMOUS = (1000, 60)
    monkeypatch.setattr(allowance_leases, "AGE_S", -1.0)

    assert taken(2) == 2

    left_ns = RequestAllowance.objects.get().full_again_ns - clock.time_ns()
    assert left_ns == 40 * 60 * MS


def test_what_many_people_left_is_not_remembered_for_ever(monkeypatch):
    monkeypatch.setattr(allowance_leases, "KEPT", 5)
    few = Leases()

    for number in range(20):
        few.keep(str(number), 3)

    assert len(few._held) <= 5
    assert few.spend("19", 3)
