"""A secret key for a site whose operator has not set one."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 50
SHORTEST_KEY = 50  # What Django's own deployment check asks for.


def read_or_make_secret_key(path: Path) -> str:
    """Return the key kept in `path`, making one only its owner can read if needed.

    Two processes may start at once: both end up with the same key, and neither
    ever reads half of one.

    Raises:
        ImproperlyConfigured: the file holds no usable key.
    """
    if not path.exists():
        _publish(path, secrets.token_urlsafe(KEY_BYTES))
    key = path.read_text(encoding="ascii").strip()
    if len(key) < SHORTEST_KEY:
        raise ImproperlyConfigured(
            f"Expected a key of {SHORTEST_KEY} characters or more in {path}. "
            f"Received: {len(key)}. Delete the file to get a new key (everybody is "
            f"logged out), or set SECRET_KEY."
        )
    return key


def _publish(path: Path, key: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key)
    try:
        # Unlike a rename, a link never replaces the key another process was first with.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
