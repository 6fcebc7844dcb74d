"""The administration: everybody's predictions, to look at, label and delete."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

# Each registers its pages.
from recognizer.admin import (
    batches,
    digits,
    predictions,
    tokens,
    versions,
    webhooks,
)
from recognizer.models import User

__all__ = ["batches", "digits", "predictions", "tokens", "versions", "webhooks"]

admin.site.register(User, UserAdmin)
