"""Models and the trainings that made them, to look at, and which of them answers."""

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from recognizer.admin.shown import ReadOnly
from recognizer.engine import RecognizerError
from recognizer.models import (
    ForgottenGlyphs,
    ModelVersion,
    TrainingRun,
)
from recognizer.services.model_versions import (
    NothingBefore,
    model_version_rollback,
)
from recognizer.services.training_promotion import version_promote
from recognizer.services.training_runs import TrainingRefused
from recognizer.viewers import viewer_of

# Generic for type checkers only: Django's own classes are not.
if TYPE_CHECKING:
    ModelVersionAdminBase = admin.ModelAdmin[ModelVersion]
    TrainingRunAdminBase = admin.ModelAdmin[TrainingRun]
    ForgottenGlyphsAdminBase = admin.ModelAdmin[ForgottenGlyphs]
else:
    ModelVersionAdminBase = TrainingRunAdminBase = admin.ModelAdmin
    ForgottenGlyphsAdminBase = admin.ModelAdmin


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnly, TrainingRunAdminBase):
    """How trainings went; /training/ starts one."""

    list_display = ("id", "status", "started_at", "finished_at", "version", "note")
    list_filter = ("status",)
    list_select_related = ("version",)
    ordering = ("-id",)

    def has_delete_permission(
        self, request: HttpRequest, obj: TrainingRun | None = None
    ) -> bool:
        return False


@admin.register(ForgottenGlyphs)
class ForgottenGlyphsAdmin(ReadOnly, ForgottenGlyphsAdminBase):
    """How much of what taught a version was deleted since."""

    list_display = ("version_id", "day", "glyphs")
    ordering = ("-day", "-version_id")

    def has_delete_permission(
        self, request: HttpRequest, obj: ForgottenGlyphs | None = None
    ) -> bool:
        return False


@admin.action(description="Let it answer")
def promote(
    model_admin: "ModelVersionAdmin",
    request: HttpRequest,
    queryset: QuerySet[ModelVersion],
) -> None:
    if len(queryset) != 1:
        messages.error(request, "Choose one version: only one can answer.")
        return
    (version,) = queryset
    try:
        # Without a reason: one that was found worse is let answer on its page.
        version_promote(version=version, user=viewer_of(request).user)
    except (TrainingRefused, RecognizerError) as error:
        messages.error(request, f"{version} was not let answer: {error}")
    else:
        messages.success(request, f"{version} answers from now on.")


@admin.action(description="Go back from the live one to the one before")
def rollback(
    model_admin: "ModelVersionAdmin",
    request: HttpRequest,
    queryset: QuerySet[ModelVersion],
) -> None:
    # What is chosen says from where: two who do this at once go back one step only.
    if [version.state for version in queryset] != [ModelVersion.State.LIVE]:
        messages.error(request, "Choose the live version, to go back from it.")
        return
    try:
        version = model_version_rollback(leaving=queryset[0].number)
    except (NothingBefore, RecognizerError) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{version} answers again.")


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnly, ModelVersionAdminBase):
    """Versions change here only in which of them answers, through the services."""

    actions = (promote, rollback)
    list_display = (
        "number",
        "state",
        "architecture",
        "created_at",
        "promoted_at",
        "page",
    )
    list_filter = ("state",)
    ordering = ("-number",)
    readonly_fields = ("page",)

    def has_delete_permission(
        self, request: HttpRequest, obj: ModelVersion | None = None
    ) -> bool:
        return False

    @admin.display(description="page")
    def page(self, version: ModelVersion) -> SafeString:
        return format_html(
            '<a href="{}">Open</a>',
            reverse("web:model", args=[version.number]),
        )
