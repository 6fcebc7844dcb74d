"""Who signs in."""

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """Django's user as it is, under a name of ours: later it could not be changed."""
