"""Everybody's predictions, to look at and to delete."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from recognizer.admin.shown import ReadOnly, ShownDigit
from recognizer.models import (
    Digit,
    Prediction,
)
from recognizer.pictures import picture_response, thumbnail_response
from recognizer.services.predictions import prediction_delete

DIGITS = tuple("0123456789")

# Generic for type checkers only: Django's own classes are not.
if TYPE_CHECKING:
    PredictionAdminBase = admin.ModelAdmin[Prediction]
    DigitInlineBase = admin.StackedInline[Digit, Prediction]
else:
    PredictionAdminBase = admin.ModelAdmin
    DigitInlineBase = admin.StackedInline


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


class DigitInline(ShownDigit, ReadOnly, DigitInlineBase):
    model = Digit
    extra = 0
    can_delete = False
    show_change_link = True
    fields = ("position", "predicted", "glyph_image", "bars_text", "box")
    readonly_fields = fields


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
