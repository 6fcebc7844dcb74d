"""The administration: everybody's predictions, to look at, label and delete."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

# Each registers its pages.
from recognizer.admin import batches, digits, predictions, tokens, versions
from recognizer.models import User

__all__ = ["batches", "digits", "predictions", "tokens", "versions"]

admin.site.register(User, UserAdmin)
