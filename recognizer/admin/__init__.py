"""The administration: everybody's predictions, to look at, label and delete."""

# Each registers its pages.
from recognizer.admin import (
    batches,
    digits,
    predictions,
    tokens,
    users,
    versions,
    webhooks,
)

__all__ = [
    "batches",
    "digits",
    "predictions",
    "tokens",
    "users",
    "versions",
    "webhooks",
]
