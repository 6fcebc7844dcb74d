"""The pages for reviewers: one digit after another, or a screenful at once."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from recognizer import selectors
from recognizer.models import Correction, Digit, Reason, Review, label_noun, percent
from recognizer.pictures import glyph_data_url, picture_response
from recognizer.selectors import Accuracy
from recognizer.services.corrections import NothingToUndo
from recognizer.services.reviews import (
    review_claim,
    review_skip,
    review_undo,
    reviews_confirm,
    reviews_set_aside,
)
from recognizer.viewers import Viewer, viewer_of
from recognizer.web.access import for_reviewers, page_or_form
from recognizer.web.labels import label_card
from recognizer.web.presentation import DigitCard, digit_cards, noun
from recognizer.web.redirects import SeeOther

GRID_SIZE = 24
DIGITS = range(10)
# More do not fit into 64 bits.
KEY_DIGITS = 18


class DigitForm(forms.Form):
    """Which digit a grid shows."""

    digit = forms.IntegerField(min_value=0, max_value=9)


class KeysField(forms.TypedMultipleChoiceField):
    """Primary keys; of rows that are gone meanwhile, too, which is no mistake."""

    def valid_value(self, value: str) -> bool:
        is_number = value.isascii() and value.isdecimal()
        return is_number and len(value) <= KEY_DIGITS


class GridForm(DigitForm):
    """The digits of a grid, and which of them are what they were read as."""

    shown = KeysField(coerce=int, required=False)
    right = KeysField(coerce=int, required=False)


@dataclass(frozen=True, slots=True)
class ReviewCard:
    """One digit to look at.

    Attributes:
        question: what people said of it; empty where nobody did.
        alike: URL of the glyph that it looks the same as and whose label is another;
            empty where that is not what is doubted.
        read: what was read, in words.
        among: how many digits the picture holds; where it is not the only one, a box
            must say which it is.
    """

    digit: Digit
    shown: DigitCard
    question: str
    alike: str
    read: str
    is_random: bool
    among: int


@dataclass(frozen=True, slots=True)
class Tile:
    """One digit of a grid."""

    pk: int
    glyph_url: str
    confidence_percent: str


@require_safe
@for_reviewers
def review(request: HttpRequest) -> HttpResponse:
    """What the viewer looks at, or the next one: asking for the page claims it."""
    viewer = viewer_of(request)
    claim = review_claim(viewer=viewer)
    if claim is None:
        return render(request, "review.html", _frame(viewer))
    digit = _digit(viewer, claim.digit_id)
    context = _frame(viewer) | _one(digit, viewer, is_random=claim.is_random)
    return render(request, "review.html", context)


@require_safe
@for_reviewers
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """One that was reviewed before, to change its label."""
    viewer = viewer_of(request)
    digit = _digit(viewer, pk)
    context = _frame(viewer, digit) | _one(digit, viewer, is_random=False)
    return render(request, "review.html", context | {"is_again": True})


@require_safe
@for_reviewers
def image(request: HttpRequest, pk: int) -> HttpResponseBase:
    return picture_response(request, _digit(viewer_of(request), pk).prediction)


@require_POST
@for_reviewers
def skip(request: HttpRequest) -> HttpResponse:
    review_skip(viewer=viewer_of(request))
    return SeeOther(reverse("web:review"))


@require_POST
@for_reviewers
def undo(request: HttpRequest) -> HttpResponse:
    try:
        review_undo(viewer=viewer_of(request))
    except NothingToUndo as error:
        messages.error(request, str(error))
    return SeeOther(reverse("web:review"))


@page_or_form
@for_reviewers
def grid(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _confirm(request)
    asked = DigitForm(request.GET)
    digit = asked.cleaned_data["digit"] if asked.is_valid() else 0
    digits = selectors.digits_for_grid(digit=digit)
    context = {
        "digit": digit,
        "noun": noun(str(digit)),
        "others": DIGITS,
        "tiles": [
            Tile(row.pk, glyph_data_url(row.glyph), row.confidence_percent)
            for row in digits[:GRID_SIZE]
        ],
    }
    return render(request, "review_grid.html", context)


def _confirm(request: HttpRequest) -> HttpResponse:
    form = GridForm(request.POST)
    if not form.is_valid():
        messages.error(request, "This could not be read. Look at the page once more.")
        return SeeOther(f"{request.path}?{request.GET.urlencode()}")
    digit, viewer = form.cleaned_data["digit"], viewer_of(request)
    # Only what the grid can have shown.
    read_so = Digit.objects.filter(predicted=digit)
    shown, right = (set(form.cleaned_data[name]) for name in ("shown", "right"))
    count = reviews_confirm(
        digits=read_so.filter(pk__in=right), label=digit, viewer=viewer
    )
    others = read_so.filter(pk__in=shown - right).order_by("certainty", "pk")
    kept = reviews_set_aside(digits=others[:GRID_SIZE], viewer=viewer)
    words = (_confirmed(count, digit), _left_alone(len(right) - count), _kept(kept))
    messages.success(request, "".join(words))
    return SeeOther(f"{request.path}?digit={digit}")


def _confirmed(count: int, digit: int) -> str:
    if count == 0:
        return "Nothing was confirmed."
    return f"Confirmed: {count} × {digit}."


def _left_alone(count: int) -> str:
    if count == 0:
        return ""
    return (
        f" Left alone: {count}, which somebody else has labelled meanwhile or is "
        f"looking at."
    )


def _kept(count: int) -> str:
    if count == 0:
        return ""
    return f" Kept for you: {count}, which come next under One by one."


def _frame(viewer: Viewer, digit: Digit | None = None) -> dict[str, Any]:
    """What stands around the digit: how far one has come, and the way back."""
    before = selectors.review_before(viewer=viewer, digit=digit)
    progress = selectors.review_progress(viewer=viewer)
    return {
        "progress": progress,
        "accuracy": progress.accuracy and _accuracy_words(progress.accuracy),
        "before": before and before.digit,
        "can_undo": selectors.review_to_undo(viewer=viewer) is not None,
    }


def _one(digit: Digit, viewer: Viewer, *, is_random: bool) -> dict[str, Any]:
    is_disputed = digit.review == Review.DISPUTED
    doubt = selectors.doubt(digit=digit) if is_disputed else None
    return {
        "review": ReviewCard(
            digit=digit,
            shown=digit_cards([digit])[0],
            question=_question(digit, doubt, viewer),
            alike=_alike(doubt),
            read=label_noun(digit.read_label),
            is_random=is_random,
            among=digit.prediction.digits.count(),
        ),
        "label": label_card(digit, viewer),
    }


def _question(digit: Digit, doubt: Correction | None, viewer: Viewer) -> str:
    if digit.label is None:
        return ""
    if digit.review == Review.PROPOSED:
        return f"Its owner says it is {label_noun(digit.label)}."
    if digit.review == Review.CONFIRMED:
        return f"Confirmed: it is {label_noun(digit.label)}."
    return f"{_disagreement(digit, doubt)} {_who_decides(digit, viewer)}"


def _disagreement(digit: Digit, doubt: Correction | None) -> str:
    labels = [label_noun(each) for each in selectors.labels_said(digit=digit)]
    if doubt is None:
        return f"People disagree whether it is {' or '.join(labels)}."
    return f"It was labelled as {' or '.join(labels)}. {doubt.reason_text}."


def _who_decides(digit: Digit, viewer: Viewer) -> str:
    if selectors.decides_alone(viewer=viewer):
        return "You decide, as there is no other reviewer."
    if selectors.may_decide(digit=digit, viewer=viewer):
        return "You decide."
    return "Another reviewer decides."


def _alike(doubt: Correction | None) -> str:
    """The other glyph, unless it was deleted meanwhile."""
    if doubt is None or doubt.reason["kind"] != Reason.ALIKE:
        return ""
    other = Digit.objects.filter(pk=doubt.reason["digit"]).first()
    return glyph_data_url(other.glyph) if other else ""


def _accuracy_words(accuracy: Accuracy) -> str:
    return (
        f"{percent(accuracy.share)}% ({percent(accuracy.low)} to "
        f"{percent(accuracy.high)}%, n = {accuracy.n})"
    )


def _digit(viewer: Viewer, pk: int) -> Digit:
    try:
        return selectors.digit_get(viewer=viewer, pk=pk)
    except Digit.DoesNotExist as error:
        raise Http404("There is no such digit.") from error
