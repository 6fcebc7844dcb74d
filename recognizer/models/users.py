"""Who signs in, and who says that his pictures may teach."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """Django's user, and what he says of his pictures."""

    may_train = models.BooleanField(
        null=True,
        blank=True,
        editable=False,
        help_text="Whether his pictures may teach models; null: as the site has it",
    )


class VisitorConsent(models.Model):
    """What a visitor said of his pictures; one who has said nothing has none."""

    visitor = models.UUIDField(unique=True)
    may_train = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.visitor}: {'yes' if self.may_train else 'no'}"
