"""A review page that somebody else has overtaken."""

import re
from uuid import uuid4

import pytest

from recognizer.models import Digit, glyph_fingerprint
from recognizer.services.corrections import correction_record
from recognizer.viewers import Viewer
from tests.factories import make_prediction, make_user


@pytest.fixture
def reviewer(client, db):
    """A reviewer's browser."""
    client.force_login(make_user("rita", is_staff=True))
    return client


@pytest.fixture
def sven(db) -> Viewer:
    return Viewer(user=make_user("sven", is_staff=True))


@pytest.fixture
def digit(db) -> Digit:
    return make_prediction(visitor=uuid4()).digits.get()


def fields_of(client, url: str = "/review/") -> dict[str, str]:
    """The hidden fields of a review page's form."""
    page = client.get(url).content.decode()
    form = page[page.index('class="label-choices') :]
    form = form[: form.index("</form>")]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))


def press(client, digit, label, fields):
    """Press a button of a page that was opened before."""
    url = f"/digits/{digit.pk}/label/"
    return client.post(url, fields | {"label": label}, follow=True)


def stands_as(digit):
    fresh = Digit.objects.get(pk=digit.pk)
    return fresh.label, fresh.review


def test_a_page_that_is_up_to_date_labels(reviewer, digit):
    press(reviewer, digit, 1, fields_of(reviewer))

    assert stands_as(digit) == (1, "confirmed")


def test_a_page_that_was_overtaken_labels_nothing(reviewer, sven, digit):
    fields = fields_of(reviewer)
    correction_record(digit=digit, label=4, viewer=sven)

    response = press(reviewer, digit, 1, fields)

    assert stands_as(digit) == (4, "confirmed")
    assert response.redirect_chain == [(f"/review/{digit.pk}/", 303)]
    page = response.content.decode()
    assert "Somebody else has labelled this one meanwhile" in page
    assert "Confirmed: it is a 4." in page


def test_after_a_second_look_it_can_be_labelled(reviewer, sven, digit):
    correction_record(digit=digit, label=4, viewer=sven)

    press(reviewer, digit, 1, fields_of(reviewer, f"/review/{digit.pk}/"))

    assert stands_as(digit) == (1, "confirmed")


@pytest.mark.parametrize(
    "shown",
    [{"shown_review": "great"}, {"shown_label": "x", "shown_review": "proposed"}],
)
def test_what_no_page_can_have_shown_is_refused(reviewer, digit, shown):
    press(reviewer, digit, 1, shown)

    assert stands_as(digit) == (None, "unreviewed")


def test_a_grid_that_was_overtaken_leaves_those_alone_and_says_so(
    reviewer, sven, digit
):
    glyph = bytes(784)
    other = make_prediction(visitor=uuid4()).digits.get()
    Digit.objects.filter(pk=other.pk).update(
        glyph=glyph, fingerprint=glyph_fingerprint(glyph)
    )
    correction_record(digit=digit, label=4, viewer=sven)

    response = reviewer.post(
        "/review/grid/?digit=7",
        {"digit": 7, "right": [digit.pk, other.pk]},
        follow=True,
    )

    assert stands_as(digit) == (4, "confirmed")
    assert stands_as(other) == (7, "confirmed")
    page = response.content.decode()
    assert "Confirmed: 1 × 7. Left alone: 1, which somebody else" in page
