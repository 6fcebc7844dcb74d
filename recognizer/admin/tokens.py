"""Tokens of programs, to look at and to revoke."""

from typing import TYPE_CHECKING

from django.contrib import admin

from recognizer.admin.shown import ReadOnly
from recognizer.models import ApiToken

# Generic for type checkers only: Django's own class is not.
if TYPE_CHECKING:
    ApiTokenAdminBase = admin.ModelAdmin[ApiToken]
else:
    ApiTokenAdminBase = admin.ModelAdmin


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly, ApiTokenAdminBase):
    """Whose they are, and how long they live; to delete one is to revoke it.

    Nothing that its secret could be known by is shown: not even the hash.
    """

    list_display = ("name", "user", "created", "last_used_at", "expiry")
    list_select_related = ("user",)
    fields = list_display
    search_fields = ("name", "user__username")
    ordering = ("-created",)
