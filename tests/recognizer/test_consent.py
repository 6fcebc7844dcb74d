"""People who do not want their pictures to teach a model."""

from uuid import uuid4

import pytest

from recognizer import selectors
from recognizer.models import (
    Digit,
    Prediction,
    Source,
    VisitorConsent,
    glyph_fingerprint,
)
from recognizer.services.accounts import account_delete
from recognizer.services.consents import consent_record
from recognizer.services.corrections import correction_record
from recognizer.services.reviews import review_claim
from recognizer.viewers import Viewer
from tests.factories import PASSWORD, make_glyph_of, make_prediction

LABEL = 3


@pytest.fixture
def visitors(db):
    return Viewer(visitor=uuid4())


def kept_by(viewer, *, number=1, **fields):
    """A digit of his, which nobody has labelled."""
    prediction = make_prediction(owner=viewer.user, visitor=viewer.visitor, **fields)
    digit = prediction.digits.get()
    digit.glyph = make_glyph_of(number)
    digit.fingerprint = glyph_fingerprint(digit.glyph)
    digit.save()
    return digit


def confirmed(viewer, reviewer, **fields):
    digit = kept_by(viewer, **fields)
    correction_record(digit=digit, label=LABEL, viewer=reviewer)
    return digit


def what_trains():
    return [glyph.tobytes() for glyph in selectors.labelled_glyphs().glyphs]


@pytest.fixture(params=["user", "visitor"])
def somebody(request, alice, visitors):
    return Viewer(user=alice) if request.param == "user" else visitors


def test_unless_told_otherwise_pictures_teach(somebody, rita):
    digit = confirmed(somebody, rita)

    assert selectors.may_train(somebody)
    assert what_trains() == [digit.glyph]


def test_where_consent_is_asked_for_they_do_not(somebody, rita, settings):
    settings.DIGITS_TRAIN_CONSENT = False
    digit = confirmed(somebody, rita)
    assert not selectors.may_train(somebody)
    assert what_trains() == []

    consent_record(viewer=somebody, may_train=True)

    assert selectors.may_train(somebody)
    assert what_trains() == [digit.glyph]


def test_whoever_says_no_teaches_nothing_whoever_labelled_it(somebody, rita, bob):
    confirmed(somebody, rita, number=1)
    others = confirmed(Viewer(user=bob), rita, number=2)

    consent_record(viewer=somebody, may_train=False)

    assert what_trains() == [others.glyph]
    counts = selectors.label_counts()
    assert counts.training + counts.held_out == 1


def test_a_change_of_mind_counts(somebody, rita):
    digit = confirmed(somebody, rita)
    consent_record(viewer=somebody, may_train=False)

    consent_record(viewer=somebody, may_train=True)

    assert what_trains() == [digit.glyph]


def test_a_copy_of_somebody_who_says_yes_teaches(somebody, rita, bob):
    confirmed(somebody, rita)
    copy = confirmed(Viewer(user=bob), rita)
    consent_record(viewer=somebody, may_train=False)

    assert what_trains() == [copy.glyph]


def test_reviewers_are_not_given_the_pictures_of_who_says_no(somebody, rita):
    kept_by(somebody)
    consent_record(viewer=somebody, may_train=False)

    assert review_claim(viewer=rita) is None
    assert selectors.review_progress(viewer=rita).left == 0
    assert not selectors.digits_for_grid(digit=7).exists()
    assert selectors.digits_at_random(size=5) == []


def test_nor_what_their_owner_proposed_or_disputed(alice, rita, sven):
    owner = Viewer(user=alice)
    proposed, disputed = kept_by(owner, number=1), confirmed(owner, sven, number=2)
    for digit in (proposed, disputed):
        correction_record(digit=digit, label=5, viewer=owner)
    consent_record(viewer=owner, may_train=False)

    assert review_claim(viewer=rita) is None


@pytest.mark.parametrize("is_on", [True, False])
def test_what_a_reviewer_imported_teaches_whatever_he_says_of_his_own(
    rita, sven, settings, is_on
):
    settings.DIGITS_TRAIN_CONSENT = is_on
    digit = confirmed(rita, sven, source=Source.IMPORT)

    consent_record(viewer=rita, may_train=False)

    assert what_trains() == [digit.glyph]


@pytest.mark.parametrize(
    ("said", "then"),
    [
        ((None, None), None), ((None, False), False), ((None, True), True),
        ((True, None), True), ((True, False), False), ((True, True), True),
        ((False, None), False), ((False, False), False), ((False, True), False),
    ],
)  # fmt: skip
def test_who_logs_in_keeps_the_stricter_word(alice, client, visitor, said, then):
    browser, account = said
    make_prediction(visitor=visitor)
    alice.may_train = account
    alice.save()
    if browser is not None:
        consent_record(viewer=Viewer(visitor=visitor), may_train=browser)

    client.post("/accounts/login/", {"username": "alice", "password": PASSWORD})

    alice.refresh_from_db()
    assert alice.may_train is then
    assert Prediction.objects.get().owner == alice
    assert not VisitorConsent.objects.exists()


def test_what_a_browser_said_goes_with_what_it_kept(visitors):
    consent_record(viewer=visitors, may_train=False)

    account_delete(viewer=visitors)

    assert not VisitorConsent.objects.exists()


def test_of_many_who_said_something_no_query_comes_on_top(
    alice, rita, django_assert_num_queries
):
    for number in range(20):
        confirmed(Viewer(visitor=uuid4()), rita, number=number)
    consent_record(viewer=Viewer(user=alice), may_train=False)

    with django_assert_num_queries(1):
        selectors.labelled_glyphs()

    assert Digit.objects.count() == 20
