"""Models and the trainings that made them, to look at."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest

from recognizer.admin.shown import ReadOnly
from recognizer.models import (
    ModelVersion,
    TrainingRun,
)

# Generic for type checkers only: Django's own classes are not.
if TYPE_CHECKING:
    ModelVersionAdminBase = admin.ModelAdmin[ModelVersion]
    TrainingRunAdminBase = admin.ModelAdmin[TrainingRun]
else:
    ModelVersionAdminBase = TrainingRunAdminBase = admin.ModelAdmin


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
