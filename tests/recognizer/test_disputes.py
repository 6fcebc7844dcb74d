"""What a dispute is about, and what ends it."""

import pytest

from recognizer.models import Correction, Digit
from recognizer.services.corrections import correction_record, correction_undo
from recognizer.viewers import Viewer
from tests.factories import make_prediction, make_user


def say(digit: Digit, label: int, viewer: Viewer) -> Correction | None:
    # As a page does: with the row as it is now.
    fresh = Digit.objects.get(pk=digit.pk)
    return correction_record(digit=fresh, label=label, viewer=viewer)


def stands_as(digit: Digit) -> tuple[int | None, str]:
    """What the database says of a digit."""
    fresh = Digit.objects.get(pk=digit.pk)
    return fresh.label, fresh.review


@pytest.fixture
def owner(alice) -> Viewer:
    return Viewer(user=alice)


@pytest.fixture
def rita(db) -> Viewer:
    return Viewer(user=make_user("rita", is_staff=True))


@pytest.fixture
def sven(db) -> Viewer:
    return Viewer(user=make_user("sven", is_staff=True))


@pytest.fixture
def digit(alice) -> Digit:
    return make_prediction(owner=alice).digits.get()


@pytest.fixture
def copy(bob) -> Digit:
    """The same glyph, sent by somebody else."""
    return make_prediction(owner=bob).digits.get()


# An owner against a reviewer


def test_an_owners_dispute_does_not_reach_the_copies(digit, copy, owner, rita):
    say(digit, 1, rita)
    say(digit, 7, owner)

    say(copy, 1, rita)

    assert stands_as(copy) == (1, "confirmed")
    assert stands_as(digit) == (7, "disputed")


def test_an_owner_who_agrees_with_another_label_contradicts_no_reviewer(
    digit, copy, owner, rita
):
    say(digit, 1, rita)
    say(digit, 7, owner)

    say(copy, 7, rita)

    assert stands_as(copy) == (7, "disputed")


def test_an_owner_who_comes_round_ends_his_dispute(digit, owner, rita):
    say(digit, 1, rita)
    say(digit, 7, owner)

    say(digit, 1, owner)

    assert stands_as(digit) == (1, "confirmed")


def test_an_owner_who_comes_round_does_not_end_that_of_reviewers(
    digit, copy, owner, rita
):
    say(digit, 1, rita)
    say(copy, 7, rita)
    say(digit, 4, owner)

    say(digit, 1, owner)

    assert stands_as(digit) == (1, "disputed")


def test_an_owner_who_comes_round_to_what_is_contradicted_by_now_waits(
    digit, copy, owner, rita
):
    say(digit, 1, rita)
    say(digit, 4, owner)
    say(copy, 7, rita)

    say(digit, 1, owner)

    assert stands_as(digit) == (1, "disputed")


def test_what_a_reviewer_took_back_is_not_what_an_owner_disputes(
    digit, copy, owner, rita, sven
):
    say(digit, 1, sven)
    say(digit, 7, rita)
    digit.refresh_from_db()
    correction_undo(digit=digit, viewer=rita)
    say(digit, 4, owner)

    say(copy, 1, rita)

    assert stands_as(copy) == (1, "confirmed")
