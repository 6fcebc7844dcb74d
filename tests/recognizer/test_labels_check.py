"""Labels that a check doubts before they train anything."""

from uuid import uuid4

import pytest

from recognizer import engine, selectors
from recognizer.models import Correction, Digit, Reason, Via
from recognizer.services.contradictions import labels_check
from recognizer.services.corrections import correction_record, correction_undo
from recognizer.services.reviews import review_claim
from recognizer.viewers import Viewer
from tests.factories import make_labelled, make_prediction, make_user


@pytest.fixture
def rita(db) -> Viewer:
    return Viewer(user=make_user("rita", is_staff=True))


@pytest.fixture
def sven(db) -> Viewer:
    return Viewer(user=make_user("sven", is_staff=True))


@pytest.fixture
def digits(rita, sven) -> list[Digit]:
    """Three glyphs, 3s as Rita says; in the order in which the check sees them."""
    made = make_labelled(3, reviewer=rita)
    return sorted(made, key=lambda digit: digit.fingerprint)


@pytest.fixture
def finds(monkeypatch):
    """Have the check find these, whatever the labels are."""

    def arrange(*found: engine.Contradiction) -> None:
        monkeypatch.setattr(engine, "contradictions", lambda *_, **__: list(found))

    return arrange


def check() -> int:
    return labels_check(version=selectors.model_version_live())


def stands_as(digit: Digit) -> tuple[int | None, str]:
    """What the database says of a digit."""
    fresh = Digit.objects.get(pk=digit.pk)
    return fresh.label, fresh.review


def say(digit: Digit, label: int, viewer: Viewer) -> None:
    fresh = Digit.objects.get(pk=digit.pk)
    correction_record(digit=fresh, label=label, viewer=viewer)


# What is doubted


def test_what_the_check_rejects_is_disputed_and_trains_nothing(digits, finds):
    finds(engine.Contradiction(1, answer=7))

    assert check() == 1

    assert [stands_as(each)[1] for each in digits] == [
        "confirmed",
        "disputed",
        "confirmed",
    ]
    assert len(selectors.labelled_glyphs()) == 2


def test_it_is_kept_as_nobodys_word_with_its_reason(digits, finds):
    finds(engine.Contradiction(0, answer=7))

    check()

    last = digits[0].corrections.last()
    assert (last.via, last.user, last.visitor) == (Via.CHECK, None, None)
    assert (last.old_label, last.new_label) == (3, 3)
    assert last.reason == {"kind": Reason.REJECTED, "answer": 7}
    assert last.reason_text == ("A model that has not seen this label takes it for a 7")


def test_of_two_that_look_the_same_each_names_the_other(digits, rita, finds):
    say(digits[0], 4, rita)
    finds(engine.Contradiction(0, other=2), engine.Contradiction(2, other=0))

    assert check() == 2

    assert digits[0].corrections.last().reason == {
        "kind": Reason.ALIKE,
        "digit": digits[2].pk,
        "label": 3,
    }
    assert digits[2].corrections.last().reason_text == (
        "It looks the same as another digit labelled 4"
    )


def test_all_copies_of_the_glyph_are_disputed(digits, rita, finds):
    copy = make_prediction(visitor=uuid4()).digits.get()
    Digit.objects.filter(pk=copy.pk).update(
        glyph=digits[0].glyph, fingerprint=digits[0].fingerprint
    )
    say(copy, 3, rita)
    finds(engine.Contradiction(0, answer=7))

    assert check() == 1

    assert stands_as(copy) == stands_as(digits[0]) == (3, "disputed")


def test_a_label_that_was_given_while_it_checked_is_left_alone(
    digits, sven, monkeypatch
):
    def find(*_, **__):
        say(digits[0], 7, sven)
        return [engine.Contradiction(0, answer=7)]

    monkeypatch.setattr(engine, "contradictions", find)

    assert check() == 0
    assert stands_as(digits[0]) == (7, "confirmed")


def test_without_labels_nothing_is_asked(db, monkeypatch):
    monkeypatch.setattr(engine, "contradictions", None)

    assert check() == 0


# Who decides


def test_it_comes_first_in_the_queue_of_a_second_person(digits, rita, sven, finds):
    make_prediction(visitor=uuid4(), confidence=0.1)
    finds(engine.Contradiction(1, answer=7))
    check()

    assert review_claim(viewer=sven).digit == digits[1]
    assert review_claim(viewer=rita).digit not in digits


def test_a_second_person_upholds_it(digits, sven, finds):
    finds(engine.Contradiction(1, answer=7))
    check()

    say(digits[1], 3, sven)

    assert stands_as(digits[1]) == (3, "confirmed")


def test_a_second_person_labels_it_anew(digits, sven, finds):
    finds(engine.Contradiction(1, answer=7))
    check()

    say(digits[1], 7, sven)

    assert stands_as(digits[1]) == (7, "confirmed")


@pytest.mark.parametrize("label", [3, 7])
def test_who_gave_the_label_does_not_decide(digits, rita, finds, label):
    finds(engine.Contradiction(1, answer=7))
    check()

    say(digits[1], label, rita)

    assert stands_as(digits[1]) == (label, "disputed")


def test_who_gave_the_label_does_not_decide_after_its_owner_spoke(rita, sven, finds):
    visitor = uuid4()
    digit = make_prediction(visitor=visitor).digits.get()
    say(digit, 3, rita)
    finds(engine.Contradiction(0, answer=7))
    check()
    say(digit, 1, Viewer(visitor=visitor))

    say(digit, 3, rita)

    assert stands_as(digit) == (3, "disputed")
    assert review_claim(viewer=rita) is None


def test_who_gave_the_label_does_not_decide_by_another_copy(digits, rita, finds):
    finds(engine.Contradiction(0, answer=7))
    check()
    copy = make_prediction(visitor=uuid4()).digits.get()
    Digit.objects.filter(pk=copy.pk).update(fingerprint=digits[0].fingerprint)

    say(copy, 3, rita)

    assert stands_as(copy) == stands_as(digits[0]) == (3, "disputed")


def test_an_owner_who_comes_round_leaves_the_doubt(rita, sven, finds):
    visitor = uuid4()
    digit = make_prediction(visitor=visitor).digits.get()
    say(digit, 3, rita)
    finds(engine.Contradiction(0, answer=7))
    check()
    say(digit, 1, Viewer(visitor=visitor))

    say(digit, 3, Viewer(visitor=visitor))

    assert stands_as(digit) == (3, "disputed")


def test_whoever_is_the_only_reviewer_decides_himself(digits, rita, sven, finds):
    sven.user.is_active = False
    sven.user.save()
    finds(engine.Contradiction(1, answer=7))
    check()

    assert review_claim(viewer=rita).digit == digits[1]
    say(digits[1], 3, rita)

    assert stands_as(digits[1]) == (3, "confirmed")


# What stands


def test_what_a_second_person_upheld_is_not_doubted_again(digits, sven, finds):
    finds(engine.Contradiction(1, answer=7))
    check()
    say(digits[1], 3, sven)

    assert check() == 0
    assert stands_as(digits[1]) == (3, "confirmed")


def test_another_label_is_doubted_anew(digits, rita, sven, finds):
    finds(engine.Contradiction(1, answer=7))
    check()
    say(digits[1], 3, sven)
    say(digits[1], 4, rita)

    assert check() == 1
    assert stands_as(digits[1]) == (4, "disputed")


def test_a_decision_that_was_taken_back_leaves_the_doubt(digits, sven, finds):
    finds(engine.Contradiction(1, answer=7))
    check()
    say(digits[1], 3, sven)
    correction_undo(digit=digits[1], viewer=sven)

    assert stands_as(digits[1]) == (3, "disputed")
    assert selectors.labels_upheld() == {}


def test_checking_twice_doubts_once(digits, finds):
    finds(engine.Contradiction(1, answer=7))
    check()

    # Disputed by now, it is no longer among the labels: another one has its place.
    finds()
    check()

    assert Correction.objects.filter(via=Via.CHECK).count() == 1
