"""Finding out whether files can be kept, by keeping one."""

import secrets
from contextlib import suppress

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from recognizer.services.left_files import file_names, is_left_behind

PROBE_FOLDER = "health"


def storage_probe() -> None:
    """Write a small file where pictures are kept, read it, and remove it again.

    That a folder may be written to says nothing of a full disk or a quota.

    Raises:
        OSError: it cannot be done, or something else was read.
    """
    content = secrets.token_bytes(16)
    # Named here: half a file, too, must be found again to be removed.
    name = f"{PROBE_FOLDER}/{content.hex()}.bin"
    try:
        name = default_storage.save(name, ContentFile(content))
        with default_storage.open(name) as file:
            read = file.read()
    except BaseException:
        with suppress(OSError):
            default_storage.delete(name)
        raise
    default_storage.delete(name)
    if read != content:
        raise OSError(f"Expected {len(content)} bytes as written. Received: {read!r}")


def storage_probes_left() -> list[str]:
    """Those of processes that were killed before they could remove them."""
    names = file_names(default_storage, PROBE_FOLDER)
    return sorted(name for name in names if is_left_behind(default_storage, name))
