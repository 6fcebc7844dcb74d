"""What programs sign in with."""

import uuid

from django.db import models
from knox.models import AbstractAuthToken

LONGEST_TOKEN_NAME = 100


class ApiToken(AbstractAuthToken):
    """A token that a program signs in with; knox keeps its hash, and nobody its text.

    `objects.create` gives the row and the secret, which is never to be had again.
    """

    # Knox's key is the hash, which would stand in addresses and in the administration.
    public_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField(
        max_length=128, unique=True, editable=False, help_text="SHA-512 of the secret"
    )
    name = models.CharField(
        max_length=LONGEST_TOKEN_NAME,
        help_text="What it is for, in its owner's words",
    )
    # Knox would let a token live for ever.
    expiry = models.DateTimeField("expires")
    last_used_at = models.DateTimeField(
        "last used", null=True, blank=True, help_text="To the minute"
    )

    class Meta:
        verbose_name = "API token"
        ordering = ["created", "public_id"]

    def __str__(self) -> str:
        return self.name
