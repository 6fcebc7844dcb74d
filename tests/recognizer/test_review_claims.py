from datetime import timedelta

from django.utils import timezone

from recognizer import selectors
from recognizer.models import Digit, ReviewClaim
from recognizer.services.reviews import review_claim
from recognizer.viewers import Viewer
from tests.recognizer.reviewing import expire, given, make_read, say


def test_it_stays_the_same_until_it_is_labelled(rita):
    first, second = make_read(confidence=0.4), make_read(confidence=0.5)

    assert given(rita) == given(rita) == first
    say(first, 7, rita)
    assert given(rita) == second


def test_asking_again_renews_the_claim(rita):
    make_read()
    first = review_claim(viewer=rita)
    ReviewClaim.objects.update(expires_at=timezone.now() + timedelta(seconds=9))

    again = review_claim(viewer=rita)

    assert again.pk == first.pk
    assert ReviewClaim.objects.get().expires_at == again.expires_at
    assert again.expires_at > timezone.now() + timedelta(minutes=9)


def test_two_reviewers_are_given_different_digits(rita, sven):
    first, second = make_read(confidence=0.4), make_read(confidence=0.5)

    assert (given(rita), given(sven)) == (first, second)


def test_nothing_is_left_while_somebody_else_looks_at_the_last_one(rita, sven):
    make_read()
    review_claim(viewer=rita)

    assert review_claim(viewer=sven) is None


def test_an_expired_claim_gives_way(rita, sven):
    digit = make_read()
    review_claim(viewer=rita)
    expire()

    assert given(sven) == digit
    assert given(rita) is None


def test_a_label_of_another_reviewer_ends_the_claim(rita, sven):
    digit = make_read()
    review_claim(viewer=rita)

    say(digit, 7, sven)

    assert not ReviewClaim.objects.exists()


def test_a_proposal_of_the_owner_leaves_the_claim(rita):
    digit = make_read()
    review_claim(viewer=rita)

    say(digit, 1, Viewer(visitor=digit.prediction.visitor))

    assert given(rita) == digit


def test_what_is_labelled_between_finding_and_claiming_is_passed_over(
    rita, sven, monkeypatch
):
    first, second = make_read(confidence=0.4), make_read(confidence=0.5)
    found = [first, second]
    say(Digit.objects.get(pk=first.pk), 7, sven)
    monkeypatch.setattr(selectors, "digits_to_review", lambda **_: (None,))
    monkeypatch.setattr(selectors, "unclaimed", lambda _: found)

    assert given(rita) == second


def test_what_is_claimed_between_finding_and_claiming_is_passed_over(
    rita, sven, monkeypatch
):
    first, second = make_read(confidence=0.4), make_read(confidence=0.5)
    review_claim(viewer=sven)
    monkeypatch.setattr(selectors, "digits_to_review", lambda **_: (None,))
    monkeypatch.setattr(selectors, "unclaimed", lambda _: [first, second])

    assert given(rita) == second
