"""The administration: everybody's predictions, to look at, label and delete."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from recognizer.models import (
    NOT_A_DIGIT,
    Correction,
    Digit,
    ModelVersion,
    OutcomeChoice,
    Prediction,
    TrainingRun,
    User,
    Via,
    label_text,
)
from recognizer.pictures import glyph_data_url, picture_response, thumbnail_response
from recognizer.services.corrections import correction_record
from recognizer.services.predictions import prediction_delete
from recognizer.viewers import viewer_of

BAR_CELLS = 20
LABEL_CELLS = len("not a digit")
DIGITS = tuple("0123456789")
# Lower bounds, and what they are called; each reaches to the one before.
CONFIDENCES = {
    0.99: "99% or more",
    0.9: "90 to 99%",
    0.5: "50 to 90%",
    0.0: "Less than 50%",
}

# Generic for type checkers only: Django's own classes are not.
if TYPE_CHECKING:
    PredictionAdminBase = admin.ModelAdmin[Prediction]
    ModelVersionAdminBase = admin.ModelAdmin[ModelVersion]
    DigitAdminBase = admin.ModelAdmin[Digit]
    DigitInlineBase = admin.StackedInline[Digit, Prediction]
    CorrectionInlineBase = admin.TabularInline[Correction, Digit]
    TrainingRunAdminBase = admin.ModelAdmin[TrainingRun]
else:
    PredictionAdminBase = ModelVersionAdminBase = admin.ModelAdmin
    DigitAdminBase = TrainingRunAdminBase = admin.ModelAdmin
    DigitInlineBase = admin.StackedInline
    CorrectionInlineBase = admin.TabularInline


class ReadOnly:
    """Rows that are made elsewhere and only looked at here."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False


class PredictedDigit(admin.SimpleListFilter):
    """Predictions in which a digit was found, or came closest."""

    title = "digit"
    parameter_name = "digit"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(digit, digit) for digit in DIGITS]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Prediction]
    ) -> QuerySet[Prediction]:
        value = self.value()
        if value not in DIGITS:
            return queryset
        # Not a join: a number with two sevens would be listed twice.
        found = Digit.objects.filter(prediction=OuterRef("pk"), predicted=int(value))
        return queryset.filter(Exists(found))


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


class ShownDigit:
    """A digit in pictures and words."""

    @admin.display(description="glyph")
    def glyph_image(self, digit: Digit) -> SafeString:
        return format_html(
            '<img src="{}" alt="What the model saw" width="112" height="112">',
            glyph_data_url(digit.glyph),
        )

    @admin.display(description="probabilities")
    def bars_text(self, digit: Digit) -> SafeString:
        lines = format_html_join(
            "\n",
            "{} {} {}%",
            (
                (
                    bar.label.rjust(LABEL_CELLS),
                    _bar_text(bar.probability),
                    bar.percent.rjust(5),
                )
                for bar in (*digit.bars, digit.not_a_digit_bar)
            ),
        )
        return format_html("<pre>{}</pre>", lines)

    @admin.display(description="box")
    def box(self, digit: Digit) -> str:
        return (
            f"{digit.box_width} x {digit.box_height} px at "
            f"{digit.box_left}, {digit.box_top}"
        )


class DigitInline(ShownDigit, ReadOnly, DigitInlineBase):
    model = Digit
    extra = 0
    can_delete = False
    show_change_link = True
    fields = ("position", "predicted", "glyph_image", "bars_text", "box")
    readonly_fields = fields


class CorrectionInline(ReadOnly, CorrectionInlineBase):
    model = Correction
    extra = 0
    can_delete = False
    verbose_name_plural = "What people said"
    fields = ("said", "old_review", "new_review", "user", "via", "created_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Correction]:
        return super().get_queryset(request).select_related("user")

    @admin.display(description="label")
    def said(self, correction: Correction) -> str:
        taken_back = " (taken back)" if correction.undoes_id else ""
        return f"{correction}{taken_back}"


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


@admin.register(Prediction)
class PredictionAdmin(ReadOnly, PredictionAdminBase):
    inlines = (DigitInline,)
    list_display = (
        "thumbnail",
        "answer",
        "outcome",
        "confidence_text",
        "created_at",
        "source",
        "owner",
        "model_version",
    )
    list_display_links = ("thumbnail", "answer")
    list_filter = ("outcome", "source", "model_version", PredictedDigit, "created_at")
    list_select_related = ("model_version", "owner")
    list_per_page = 50
    ordering = ("-id",)
    search_fields = ("public_id",)
    search_help_text = "The whole public id, as in the address of the page."
    show_full_result_count = False
    view_on_site = False  # The page is only for the one whose it is.
    fields = (
        "public_id",
        "picture",
        "answer",
        "outcome",
        "confidence_text",
        "source",
        "owner",
        "visitor",
        "model_version",
        "preprocessing_version",
        "took_ms",
        "width",
        "height",
        "sha256",
        "created_at",
    )
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        # Cacheable, because the pictures say themselves how they may be kept.
        pictures = [
            path(
                "<int:pk>/image/",
                self.admin_site.admin_view(self.image_view, cacheable=True),
                name="recognizer_prediction_image",
            ),
            path(
                "<int:pk>/thumbnail/",
                self.admin_site.admin_view(self.thumbnail_view, cacheable=True),
                name="recognizer_prediction_thumbnail",
            ),
        ]
        return pictures + super().get_urls()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Prediction], search_term: str
    ) -> tuple[QuerySet[Prediction], bool]:
        """By the whole id only: parts of it would need a scan of the table."""
        if not search_term:
            return queryset, False
        try:
            public_id = UUID(search_term.strip())
        except ValueError:
            return queryset.none(), False
        return queryset.filter(public_id=public_id), False

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[Any], list[Any]]:
        """Its digits go with it, though nobody may delete one alone."""
        objects, counts, needed, protected = super().get_deleted_objects(objs, request)
        return objects, counts, needed - {Digit._meta.verbose_name}, protected

    def delete_model(self, request: HttpRequest, obj: Prediction) -> None:
        prediction_delete(prediction=obj)

    def delete_queryset(
        self, request: HttpRequest, queryset: QuerySet[Prediction]
    ) -> None:
        for prediction in queryset:
            prediction_delete(prediction=prediction)

    def image_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return picture_response(request, self._viewable(request, pk))

    def thumbnail_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return thumbnail_response(request, self._viewable(request, pk))

    @admin.display(description="picture")
    def thumbnail(self, prediction: Prediction) -> SafeString:
        return format_html(
            '<img src="{}" alt="" height="48" loading="lazy">',
            reverse("admin:recognizer_prediction_thumbnail", args=[prediction.pk]),
        )

    @admin.display(description="picture")
    def picture(self, prediction: Prediction) -> SafeString:
        url = reverse("admin:recognizer_prediction_image", args=[prediction.pk])
        return format_html(
            '<a href="{}"><img src="{}" alt="The picture" height="200"></a>', url, url
        )

    @admin.display(description="answer", ordering="text")
    def answer(self, prediction: Prediction) -> str:
        return prediction.answer

    @admin.display(description="confidence", ordering="confidence")
    def confidence_text(self, prediction: Prediction) -> str:
        return f"{prediction.confidence_percent}%"

    def _viewable(self, request: HttpRequest, pk: int) -> Prediction:
        prediction = self.get_object(request, str(pk))
        if prediction is None or not self.has_view_permission(request, prediction):
            raise Http404("There is no such prediction.")
        return prediction


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnly, TrainingRunAdminBase):
    """How trainings went; `manage.py train` starts one."""

    list_display = ("id", "status", "started_at", "finished_at", "version", "note")
    list_filter = ("status",)
    list_select_related = ("version",)
    ordering = ("-id",)

    def has_delete_permission(
        self, request: HttpRequest, obj: TrainingRun | None = None
    ) -> bool:
        return False


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnly, ModelVersionAdminBase):
    list_display = ("number", "state", "architecture", "created_at", "promoted_at")
    list_filter = ("state",)
    ordering = ("-number",)

    def has_delete_permission(
        self, request: HttpRequest, obj: ModelVersion | None = None
    ) -> bool:
        return False


def _bar_text(share: float) -> str:
    return ("█" * round(share * BAR_CELLS)).ljust(BAR_CELLS, "·")


admin.site.register(User, UserAdmin)
