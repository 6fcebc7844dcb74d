"""What people say that a digit is: as a form, in words, and as pages that take it."""

from dataclasses import dataclass
from functools import cache

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from recognizer import selectors
from recognizer.answers import corrected_text
from recognizer.models import (
    NOT_A_DIGIT,
    Digit,
    Prediction,
    Review,
    label_noun,
    label_text,
)
from recognizer.services.corrections import (
    LabelledMeanwhile,
    NothingToUndo,
    Shown,
    correction_record,
    correction_undo,
)
from recognizer.viewers import Viewer, viewer_of
from recognizer.web.redirects import SeeOther

LABELS = [(label, label_text(label)) for label in range(NOT_A_DIGIT + 1)]


class LabelForm(forms.Form):
    """One of 0 to 9, or NOT_A_DIGIT."""

    label = forms.TypedChoiceField(
        choices=LABELS,
        coerce=int,
    )
    # What was looked at; the pages of owners, who overwrite nobody, do not say.
    shown_label = forms.TypedChoiceField(
        choices=LABELS, coerce=int, required=False, empty_value=None
    )
    shown_review = forms.ChoiceField(choices=Review.choices, required=False)

    @property
    def shown(self) -> Shown | None:
        review = self.cleaned_data["shown_review"]
        return Shown(self.cleaned_data["shown_label"], review) if review else None


@dataclass(frozen=True, slots=True)
class LabelChoice:
    """One button: a label, and whether it is what was read or what holds now."""

    value: int
    text: str
    is_read: bool
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class LabelCard:
    """What was said of a digit, and what can be said.

    Attributes:
        sentence: what was said, or how to say it.
        can_undo: whether the viewer may take back what holds.
    """

    pk: int
    sentence: str
    label: str
    can_undo: bool
    choices: tuple[LabelChoice, ...]

    @property
    def buttons(self) -> SafeString:
        return _buttons(self.choices)


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of all digits of a picture, and what can be said of each.

    Attributes:
        sentence: what stands in the picture, as people have it; else empty.
    """

    cards: list[LabelCard]
    sentence: str


@cache
def _buttons(choices: tuple[LabelChoice, ...]) -> SafeString:
    """The choices as HTML, kept: there are 132 at most, and a history shows 24.

    Rendered anew for each, they took 6 of the 22 ms of a page of the history.
    """
    return render_to_string("_partials/label_buttons.html", {"choices": choices})


def label_cards(prediction: Prediction, viewer: Viewer) -> list[LabelCard]:
    """How a page shows the labels of its digits to their owner."""
    return [label_card(digit, viewer) for digit in prediction.digits.all()]


def said_of(prediction: Prediction, viewer: Viewer) -> Said:
    """How a page shows to their owner what people say of its digits."""
    cards = label_cards(prediction, viewer)
    return Said(cards, _sentence_of_all(prediction, cards))


def label_card(digit: Digit, viewer: Viewer) -> LabelCard:
    can_undo = selectors.correction_to_undo(digit=digit, viewer=viewer) is not None
    return LabelCard(
        pk=digit.pk,
        sentence=_sentence(digit, is_own=can_undo),
        label=digit.label_text,
        can_undo=can_undo,
        choices=_choices(digit.read_label, digit.label),
    )


@cache
def _choices(read: int, said: int | None) -> tuple[LabelChoice, ...]:
    return tuple(
        LabelChoice(label, label_text(label), label == read, label == said)
        for label in range(NOT_A_DIGIT + 1)
    )


@require_POST
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what the form says."""
    viewer = viewer_of(request)
    digit = _digit(viewer, pk)
    form = LabelForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose one of 0 to 9, or \u201cnot a digit\u201d.")
        return _back(request, digit)
    try:
        correction_record(
            digit=digit,
            label=form.cleaned_data["label"],
            viewer=viewer,
            shown=form.shown,
        )
    except LabelledMeanwhile as error:
        messages.error(request, str(error))
        # Only pages of reviewers say what they showed.
        return SeeOther(reverse("web:review-again", args=[digit.pk]))
    return _back(request, digit)


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what the viewer said last."""
    viewer = viewer_of(request)
    digit = _digit(viewer, pk)
    try:
        correction_undo(digit=digit, viewer=viewer)
    except NothingToUndo as error:
        messages.error(request, str(error))
    return _back(request, digit)


def _sentence(digit: Digit, *, is_own: bool) -> str:
    if digit.label is None:
        return "Wrong? Say what it is."
    if digit.review == Review.DISPUTED:
        doubt = selectors.doubt_of_label(digit=digit)
        if doubt is not None and doubt.new_label == digit.label:
            return (
                f"A reviewer says it is {label_noun(digit.label)}. "
                f"{doubt.reason_text}. It will be looked at again."
            )
        return (
            f"Somebody says it is {label_noun(digit.label)}, somebody else disagrees. "
            f"A reviewer will decide."
        )
    if is_own:
        return f"You say it is {label_noun(digit.label)}."
    return f"A reviewer says it is {label_noun(digit.label)}."


def _sentence_of_all(prediction: Prediction, cards: list[LabelCard]) -> str:
    """What is said of a digit; of a number, what it comes to."""
    said = [card for card in cards if card.label]
    if not said:
        return ""
    if len(cards) == 1:
        return cards[0].sentence
    text = (corrected_text(prediction) or "").replace("_", " ")
    if any(each.review == Review.DISPUTED for each in prediction.digits.all()):
        return f"Whether it is {text} will be looked at again."
    if all(card.can_undo for card in said):
        return f"You say it is {text}."
    if any(card.can_undo for card in said):
        return f"You and a reviewer say it is {text}."
    return f"A reviewer says it is {text}."


def _digit(viewer: Viewer, pk: int) -> Digit:
    try:
        return selectors.digit_get(viewer=viewer, pk=pk)
    except Digit.DoesNotExist as error:
        raise Http404("There is no such digit, or it is not yours.") from error


def _back(request: HttpRequest, digit: Digit) -> SeeOther:
    """To the page with the button, which names itself; never to another site."""
    asked = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        asked, {request.get_host()}, require_https=request.is_secure()
    )
    return SeeOther(asked if is_ours else digit.prediction.get_absolute_url())
