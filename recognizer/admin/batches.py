"""Everybody's batches, to look at."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest

from recognizer.admin.shown import ReadOnly
from recognizer.models import Batch

# Generic for type checkers only: Django's own class is not.
if TYPE_CHECKING:
    BatchAdminBase = admin.ModelAdmin[Batch]
else:
    BatchAdminBase = admin.ModelAdmin


@admin.register(Batch)
class BatchAdmin(ReadOnly, BatchAdminBase):
    """How far batches are; their owners cancel and delete them."""

    list_display = (
        "public_id",
        "owner",
        "status",
        "total",
        "created_at",
        "heartbeat_at",
        "finished_at",
    )
    list_filter = ("status", "source")
    list_select_related = ("owner",)
    date_hierarchy = "created_at"
    ordering = ("-id",)
    # A link to it would lead nowhere: no address of a file is handed out.
    exclude = ("file",)

    def has_delete_permission(
        self, request: HttpRequest, obj: Batch | None = None
    ) -> bool:
        return False
