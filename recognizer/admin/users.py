"""Accounts, to make, change and end."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from recognizer.models import User
from recognizer.services.accounts import LastSuperuser, account_delete
from recognizer.viewers import Viewer

# Generic for type checkers only: Django's own class is not.
if TYPE_CHECKING:
    AccountAdminBase = UserAdmin[User]
else:
    AccountAdminBase = UserAdmin


@admin.register(User)
class AccountAdmin(AccountAdminBase):
    """Django's, where an account ends with all that it kept, or not at all."""

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[Any], list[Any]]:
        """What it kept goes with it, though some of it nobody may delete alone."""
        objects, counts, needed, protected = super().get_deleted_objects(objs, request)
        return objects, counts, needed & {User._meta.verbose_name}, protected

    def delete_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            # In a transaction of Django's, which ends before this is caught.
            return super().delete_view(request, object_id, extra_context)
        except LastSuperuser as error:
            return _refused(request, error)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method != "POST":
            return super().changelist_view(request, extra_context)
        try:
            # Of those that are chosen all go, or none, and so does what the log says.
            with transaction.atomic():
                return super().changelist_view(request, extra_context)
        except LastSuperuser as error:
            return _refused(request, error)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        account_delete(viewer=Viewer(user=obj))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            account_delete(viewer=Viewer(user=user))


def _refused(request: HttpRequest, error: LastSuperuser) -> HttpResponse:
    messages.error(request, f"{error} Nothing is deleted.")
    return HttpResponseRedirect(request.get_full_path())
