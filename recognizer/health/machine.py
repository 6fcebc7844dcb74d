"""What this machine gives the site: packages, and folders with room in them."""

import shutil
import stat
import sys
import tempfile
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.db import connection

from recognizer.health.findings import Check, Said, advice, failed, ok

# As scripts/install has it: above, there is no TensorFlow of the pinned version.
PYTHONS = ((3, 11), (3, 14))
MB = 1024**2
# A batch of 250 MB lies in TMPDIR and then where pictures are kept; a model has a few.
NO_ROOM_BYTES = 300 * MB
LITTLE_ROOM_BYTES = 2048 * MB


def packages() -> Said:
    python = ".".join(map(str, sys.version_info[:3]))
    names = {"Django": "django", "LiteRT": "ai-edge-litert"}
    said = [f"{name} {version(package)}" for name, package in names.items()]
    said.append(_tensorflow())
    message = ", ".join([f"Python {python}", *said])
    if not PYTHONS[0] <= sys.version_info < PYTHONS[1]:
        return advice(message, "Python 3.11, 3.12 or 3.13 is what this is tested with.")
    return ok(message)


def _tensorflow() -> str:
    try:
        return f"TensorFlow {version('tensorflow')}"
    except PackageNotFoundError:
        # As it should be where nothing is trained.
        return "no TensorFlow"


def folder(path: Path) -> Said:
    """Whether it can be written to, by nobody else, and has room."""
    place = next(each for each in (path, *path.parents) if each.exists())
    # Not only asked for: a disk may be mounted to be read alone.
    with tempfile.TemporaryFile(dir=place):
        pass
    mode = place.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        hint = f"chmod o-w {place}"
        return advice("Everybody on this machine can change what is in it.", hint)
    return _room(place)


def _room(place: Path) -> Said:
    free = shutil.disk_usage(place).free
    message = f"It can be written to, and {free / MB:,.0f} MB are free."
    hint = f"Make room at {place}, or choose another disk."
    if free < NO_ROOM_BYTES:
        return failed(message, hint)
    return advice(message, hint) if free < LITTLE_ROOM_BYTES else ok(message)


def folders() -> list[Check]:
    """Those that the site writes to."""
    found = {
        "MODELS_ROOT": Path(settings.MODELS_ROOT),
        "TMPDIR": Path(tempfile.gettempdir()),
    }
    if isinstance(storages["default"], FileSystemStorage):
        found["MEDIA_ROOT"] = Path(settings.MEDIA_ROOT)
    if connection.vendor == "sqlite":
        # Beside the file another one is written.
        found["database file"] = Path(connection.settings_dict["NAME"]).parent
    return [
        Check(
            name,
            partial(folder, path),
            "It cannot be written to.",
            f"Make {path} writable for whoever runs the site, or name another.",
        )
        for name, path in sorted(found.items())
    ]


PACKAGES = Check(
    "versions", packages, "Something that the site needs is missing.", "make setup"
)
