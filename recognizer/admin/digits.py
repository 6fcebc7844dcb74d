"""Digits, to be labelled in bulk."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from recognizer.admin.shown import ReadOnly, ShownDigit
from recognizer.models import (
    NOT_A_DIGIT,
    Correction,
    Digit,
    ModelVersion,
    OutcomeChoice,
    Via,
    label_text,
)
from recognizer.pictures import glyph_data_url
from recognizer.services.corrections import correction_record
from recognizer.viewers import viewer_of

# Lower bounds, and what they are called; each reaches to the one before.
CONFIDENCES = {
    0.99: "99% or more",
    0.9: "90 to 99%",
    0.5: "50 to 90%",
    0.0: "Less than 50%",
}

# Generic for type checkers only: Django's own classes are not.
if TYPE_CHECKING:
    DigitAdminBase = admin.ModelAdmin[Digit]
    CorrectionInlineBase = admin.TabularInline[Correction, Digit]
else:
    DigitAdminBase = admin.ModelAdmin
    CorrectionInlineBase = admin.TabularInline


class Confidence(admin.SimpleListFilter):
    """Digits by how sure the model was."""

    title = "confidence"
    parameter_name = "confidence"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(bound), words) for bound, words in CONFIDENCES.items()]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Digit]
    ) -> QuerySet[Digit]:
        bounds = list(CONFIDENCES)
        names = [str(bound) for bound in bounds]
        value = self.value()
        if value not in names:
            return queryset
        place = names.index(value)
        above = queryset.filter(confidence__gte=bounds[place])
        return above.filter(confidence__lt=bounds[place - 1]) if place else above


class Agreement(admin.SimpleListFilter):
    """Digits by whether people agree with what was read."""

    title = "label"
    parameter_name = "agreement"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("right", "As it was read"), ("corrected", "Corrected")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Digit]
    ) -> QuerySet[Digit]:
        labelled = queryset.filter(label__isnull=False)
        was_refused = Q(prediction__outcome=OutcomeChoice.NOT_A_DIGIT)
        agrees = (~was_refused & Q(label=F("predicted"))) | (
            was_refused & Q(label=NOT_A_DIGIT)
        )
        match self.value():
            case "right":
                return labelled.filter(agrees)
            case "corrected":
                return labelled.exclude(agrees)
            case _:
                return queryset


class CorrectionInline(ReadOnly, CorrectionInlineBase):
    model = Correction
    extra = 0
    can_delete = False
    verbose_name_plural = "What people said"
    fields = ("said", "old_review", "new_review", "user", "via", "why", "created_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Correction]:
        return super().get_queryset(request).select_related("user")

    @admin.display(description="label")
    def said(self, correction: Correction) -> str:
        taken_back = " (taken back)" if correction.undoes_id else ""
        return f"{correction}{taken_back}"

    @admin.display(description="why", empty_value="-")
    def why(self, correction: Correction) -> str | None:
        return correction.reason_text or None


def _label(request: HttpRequest, queryset: QuerySet[Digit], label: int | None) -> None:
    """Give all of them one label, or (None) each what was read."""
    viewer = viewer_of(request)
    given = 0
    with transaction.atomic():
        # In one order of glyphs, as `reviews_confirm`.
        for digit in queryset.select_related("prediction").order_by("fingerprint"):
            correction = correction_record(
                digit=digit,
                label=digit.read_label if label is None else label,
                viewer=viewer,
                via=Via.ADMIN,
            )
            given += correction is not None
    messages.success(request, f"Labels given: {given}. The others had theirs already.")


@admin.action(description="Confirm what was read")
def confirm(
    model_admin: "DigitAdmin", request: HttpRequest, queryset: QuerySet[Digit]
) -> None:
    _label(request, queryset, None)


def _label_as(label: int) -> Callable[..., None]:
    """The action that gives one label."""

    @admin.action(description=f"Label as {label_text(label)}")
    def label_as(
        model_admin: "DigitAdmin", request: HttpRequest, queryset: QuerySet[Digit]
    ) -> None:
        _label(request, queryset, label)

    label_as.__name__ = f"label_as_{label}"  # By which the form names it.
    return label_as


@admin.register(Digit)
class DigitAdmin(ShownDigit, ReadOnly, DigitAdminBase):
    """Digits are labelled in bulk here, through the service that keeps every label."""

    inlines = (CorrectionInline,)
    actions = (confirm, *(_label_as(label) for label in range(NOT_A_DIGIT + 1)))
    list_display = (
        "glyph_small",
        "predicted",
        "label_shown",
        "review",
        "confidence_text",
        "model_version",
    )
    list_display_links = ("glyph_small", "predicted")
    list_filter = (
        "review",
        Agreement,
        "predicted",
        Confidence,
        ("prediction__model_version", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("prediction__model_version",)
    list_per_page = 50
    ordering = ("-id",)
    show_full_result_count = False
    fields = (
        "prediction",
        "position",
        "in_picture",
        "glyph_image",
        "bars_text",
        "box",
        "predicted",
        "label_shown",
        "review",
        "is_held_out",
    )
    readonly_fields = fields

    def has_delete_permission(
        self, request: HttpRequest, obj: Digit | None = None
    ) -> bool:
        return False  # It goes with its prediction, and not alone.

    @admin.display(description="glyph")
    def glyph_small(self, digit: Digit) -> SafeString:
        return format_html(
            '<img class="glyph" src="{}" alt="" width="56" height="56">',
            glyph_data_url(digit.glyph),
        )

    @admin.display(description="in the picture")
    def in_picture(self, digit: Digit) -> SafeString:
        """The picture, with a box around it: of a number, it may be any."""
        picture = digit.prediction
        return format_html(
            '<svg class="in-picture" viewBox="0 0 {width} {height}" role="img"'
            ' aria-label="The picture, with a box around the digit">'
            '<image href="{url}" width="{width}" height="{height}"/>'
            '<rect x="{left}" y="{top}" width="{wide}" height="{high}"/></svg>',
            url=reverse("admin:recognizer_prediction_image", args=[picture.pk]),
            width=picture.width,
            height=picture.height,
            left=digit.box_left,
            top=digit.box_top,
            wide=digit.box_width,
            high=digit.box_height,
        )

    @admin.display(description="label", ordering="label", empty_value="-")
    def label_shown(self, digit: Digit) -> str | None:
        return digit.label_text or None

    @admin.display(description="confidence", ordering="confidence")
    def confidence_text(self, digit: Digit) -> str:
        return f"{digit.confidence_percent}%"

    @admin.display(description="model version")
    def model_version(self, digit: Digit) -> ModelVersion:
        return digit.prediction.model_version

    @admin.display(description="held out", boolean=True)
    def is_held_out(self, digit: Digit) -> bool:
        return digit.is_held_out
