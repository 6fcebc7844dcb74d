"""What `manage.py check` can find wrong before a visitor does."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as CheckWarning
from django.core.files.storage import FileSystemStorage, storages

from recognizer import engine


@register()
def media_root_is_writable(
    app_configs: Sequence[Any] | None, **kwargs: Any
) -> list[CheckMessage]:
    if not isinstance(storages["default"], FileSystemStorage):
        return []
    folder = Path(settings.MEDIA_ROOT)
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return []
    return [
        CheckWarning(
            f"Pictures cannot be kept: {folder} is not a folder we may write to.",
            hint=f"Make {nearest} writable for the server's user, or set MEDIA_ROOT.",
            id="recognizer.W001",
        )
    ]


@register()
def shipped_model_is_present(
    app_configs: Sequence[Any] | None, **kwargs: Any
) -> list[CheckMessage]:
    try:
        engine.shipped_manifest()
    except engine.RecognizerError as error:
        return [
            CheckWarning(
                f"The model that comes with the site is missing or damaged: {error}",
                hint="Restore the folder ml/weights from the release you run.",
                id="recognizer.W002",
            )
        ]
    return []


@register()
def backend_is_known(
    app_configs: Sequence[Any] | None, **kwargs: Any
) -> list[CheckMessage]:
    if settings.DIGITS_BACKEND in engine.BACKENDS:
        return []
    return [
        Error(
            f"Expected DIGITS_BACKEND to be one of {', '.join(engine.BACKENDS)}. "
            f"Received: {settings.DIGITS_BACKEND!r}",
            hint="Leave it unset for litert, which is what serves best.",
            id="recognizer.E001",
        )
    ]
