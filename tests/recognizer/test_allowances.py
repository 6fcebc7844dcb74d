"""How often somebody may ask, and how long he waits for more."""

import pytest
from django.db import OperationalError

from recognizer.models import RequestAllowance
from recognizer.services import limits
from recognizer.services.limits import (
    AllowanceSpent,
    MoreThanAllowed,
    Outage,
    Scope,
    login_take,
)
from tests.recognizer.asking import ALICE, CLASS, OTHERS, take, taken


def wait_s(**given):
    with pytest.raises(AllowanceSpent) as refused:
        take(**given)
    return refused.value.wait_s


def fail(*_, **__):
    raise OperationalError("database is locked")


@pytest.mark.parametrize("units", [1, 3, 7, 49])
def test_exactly_as_many_are_allowed_at_once_as_the_rate_says(narrow, clock, units):
    narrow.DIGITS_RATE_ANONYMOUS = (units, 60)

    assert taken(2 * units) == units


def test_one_more_is_allowed_as_soon_as_its_share_of_the_period_is_over(narrow, clock):
    narrow.DIGITS_RATE_ANONYMOUS = (6, 60)
    taken(6)

    clock.now_s += 9.9
    before = taken(1)
    clock.now_s += 0.2
    after = taken(2)

    assert (before, after) == (0, 1)


def test_after_a_whole_period_all_are_there_again_and_no_more(narrow, clock):
    narrow.DIGITS_RATE_ANONYMOUS = (6, 60)
    taken(6)

    clock.now_s += 10_000

    assert taken(20) == 6


def test_the_wait_is_said_in_whole_seconds_rounded_up(narrow, clock):
    narrow.DIGITS_RATE_ANONYMOUS = (6, 60)
    taken(6)

    clock.now_s += 2.5

    assert wait_s() == 8


def test_after_the_wait_it_is_allowed(narrow, clock):
    narrow.DIGITS_RATE_ANONYMOUS = (7, 60)
    taken(7)

    clock.now_s += wait_s(cost=5)

    take(cost=5)


def test_the_wait_is_never_shorter_than_a_second(narrow, clock):
    narrow.DIGITS_RATE_ANONYMOUS = (40, 1)
    taken(40)

    assert wait_s() == 1


def test_ten_pictures_cost_as_much_as_ten_requests(narrow, clock):
    narrow.DIGITS_RATE_ANONYMOUS = (12, 60)

    take(cost=10)

    assert taken(5) == 2


def test_what_is_refused_costs_nothing(narrow, clock):
    narrow.DIGITS_RATE_ANONYMOUS = (12, 60)
    take(cost=10)

    wait_s(cost=3)

    assert taken(5) == 2


def test_more_than_is_ever_allowed_is_said_to_be(narrow, clock):
    narrow.DIGITS_RATE_ANONYMOUS = (12, 60)

    with pytest.raises(MoreThanAllowed, match="13 pictures at once, and 12 are"):
        take(cost=13)


def test_addresses_users_and_kinds_of_requests_are_counted_apart(narrow, clock):
    assert taken(9, payer=CLASS) == 3
    assert taken(9, payer=OTHERS) == 3
    assert taken(9, payer=ALICE) == 5
    assert taken(9, payer=CLASS, scope=Scope.OTHER) == 3
    assert taken(9, payer=CLASS, scope=Scope.PREVIEW) == 4


def test_without_limits_nothing_is_counted(narrow, django_assert_num_queries):
    narrow.DIGITS_THROTTLE = False

    with django_assert_num_queries(0):
        assert taken(20) == 20


def test_a_limit_can_be_switched_off_by_itself(narrow, django_assert_num_queries):
    narrow.DIGITS_RATE_ANONYMOUS = None

    with django_assert_num_queries(0):
        assert taken(20) == 20


def test_a_check_is_one_statement(narrow, clock, django_assert_num_queries):
    taken(1)

    # SQLite is told how patient to be before and after a check that is not.
    with django_assert_num_queries(1):
        take()


def test_to_refuse_writes_nothing_more(narrow, clock, django_assert_num_queries):
    taken(3)

    # What is asked for, and when it will be there.
    with django_assert_num_queries(2):
        wait_s()


def test_what_cannot_be_given_back_is_refused_all_the_same(
    narrow, clock, monkeypatch, caplog
):
    taken(3)
    monkeypatch.setattr(limits, "bucket_give_back", fail)

    wait_s(beside=1)

    assert "stays counted" in caplog.text


def test_what_a_wrong_clock_wrote_locks_nobody_out(narrow, clock):
    clock.now_s += 24 * 60 * 60
    taken(3)
    clock.now_s -= 24 * 60 * 60

    assert taken(9) == 3


def test_a_narrower_rate_of_yesterday_locks_nobody_out(narrow, clock):
    narrow.DIGITS_RATE_ANONYMOUS = (1, 24 * 60 * 60)
    taken(1)
    narrow.DIGITS_RATE_ANONYMOUS = (3, 60)

    assert taken(9) == 3


def test_no_address_is_kept_in_the_table(narrow):
    take()

    key = RequestAllowance.objects.get().key
    assert len(key) == 32
    assert "192" not in key


def test_another_secret_makes_other_keys(narrow):
    take()
    narrow.SECRET_KEY = "x" * 50
    take()

    assert RequestAllowance.objects.count() == 2


def test_what_says_nothing_any_more_is_removed_now_and_then(narrow, clock):
    taken(1)
    clock.now_s += 24 * 60 * 60
    clock.pruning.due_at_s = 0

    take(payer=OTHERS)

    assert RequestAllowance.objects.count() == 1


def test_it_is_not_looked_for_at_each_check(narrow, clock):
    taken(1)
    clock.now_s += 24 * 60 * 60

    take(payer=OTHERS)

    assert RequestAllowance.objects.count() == 2


@pytest.fixture
def locked(narrow, monkeypatch):
    """A database that another writer holds; what was asked of it."""
    asked = []

    def refuse(bucket, **_):
        asked.append(bucket)
        raise OperationalError("database is locked")

    monkeypatch.setattr("recognizer.services.limits.bucket_take", refuse)
    monkeypatch.setattr("recognizer.services.limits.outage", Outage())
    return asked


def test_who_cannot_be_counted_goes_on(locked, caplog):
    take()

    assert "A request was not counted." in caplog.text


def test_of_those_who_would_wait_in_vain_only_one_does(locked, caplog):
    take(scope=Scope.PREVIEW)
    take(scope=Scope.PREVIEW)
    take(scope=Scope.OTHER)

    assert len(locked) == 1


def test_a_second_later_it_is_tried_again(locked, caplog):
    take(scope=Scope.PREVIEW)
    limits.outage.ends_at_s -= limits.OUTAGE_S

    take(scope=Scope.PREVIEW)

    assert len(locked) == 2


def test_who_is_going_to_write_anyway_is_always_counted(locked, caplog):
    take(scope=Scope.PREVIEW)

    take(scope=Scope.CREATE)

    assert len(locked) == 2


def test_nobody_logs_in_uncounted(locked):
    with pytest.raises(OperationalError):
        login_take(address="192.0.2.1", name="alice")
