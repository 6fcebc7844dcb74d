"""Getting MNIST's four files: from any mirror, resumed where it broke, checked."""

# The standard library on purpose. requests brings neither resume nor digests, so all
# that is below would stay; pooch brings digests and retries, but of the packed file
# (which mirrors pack differently) and from one address, without resume.

import gzip
import hashlib
import http.client
import os
import urllib.error
import urllib.request
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from ml.errors import DatasetError

# Of the unpacked files: mirrors have packed the same contents differently. Their MD5s
# are the well-known ones (6bbc9ace..., a25bea73..., 2646ac64..., 27ae3e4e...).
MNIST_SHA256 = {
    "train-images-idx3-ubyte": (
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
    ),
    "train-labels-idx1-ubyte": (
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
    ),
    "t10k-images-idx3-ubyte": (
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
    ),
    "t10k-labels-idx1-ubyte": (
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
    ),
}

# Tried in this order, each for each file. The first two are what torchvision and
# TensorFlow Datasets fetch from; the last is the authors' page, which often refuses.
MNIST_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "http://yann.lecun.com/exdb/mnist/",
)

# How long a mirror may be silent: long enough for a slow start, short enough that
# three dead mirrors do not look like a hang.
TIMEOUT_S = 20.0
# A broken download is resumed twice before the next mirror has its turn.
TRIES_PER_MIRROR = 3
CHUNK_BYTES = 1 << 16
# The largest packed file has 9.9 MB and unpacks to 47 MB: a mirror that sends far
# more sends something else, and must not fill the disk or the memory.
MAX_PACKED_BYTES = 32 << 20
MAX_UNPACKED_BYTES = 64 << 20

HINT = (
    "If this machine has no network, fetch the four files elsewhere and name their "
    "folder with --mnist DIR or the environment variable MNIST_DIR."
)


class Progress(Protocol):
    """Told after each piece of a download."""

    def __call__(self, name: str, done_bytes: int, total_bytes: int | None) -> None: ...


class _MirrorError(Exception):
    """One mirror failed; the next may not."""


class _CutOffError(Exception):
    """A download broke off; the same mirror may go on with it."""


def default_cache_dir() -> Path:
    """Where fetched data is kept: `digitsite/mnist` in the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "digitsite" / "mnist"


def fetch_mnist(
    cache_dir: Path,
    *,
    mirrors: Sequence[str] = MNIST_MIRRORS,
    progress: Progress | None = None,
    timeout_s: float = TIMEOUT_S,
    sha256: dict[str, str] | None = None,
) -> Path:
    """Have MNIST's four packed files in `cache_dir`, fetching what is not there.

    A file appears under its name only when it is whole and its contents are the
    pinned ones; until then it is a `.part`, which the next try goes on with.

    Args:
        cache_dir: Made if it is not there.
        mirrors: Addresses (http or https) of folders that hold the `.gz` files.
        progress: Called as (file name, bytes so far, bytes in all if known).
        timeout_s: How long a mirror may be silent before the next is tried.
        sha256: Expected SHA-256 of each unpacked file; MNIST's own if None.
    Returns:
        `cache_dir`.
    Raises:
        DatasetError: no mirror gave a file, or the folder cannot be written to;
            says why, and what to do.
    """
    expected = MNIST_SHA256 if sha256 is None else sha256
    _require_web_addresses(mirrors)
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        for name, digest in expected.items():
            target = cache_dir / f"{name}.gz"
            if _unpacked_sha256(target) != digest:
                _fetch_from_any(target, digest, mirrors, progress, timeout_s)
    except OSError as error:
        raise DatasetError(
            f"MNIST could not be written to {cache_dir} ({error}). {HINT}"
        ) from error
    return cache_dir


def _require_web_addresses(mirrors: Sequence[str]) -> None:
    for mirror in mirrors:
        if urlsplit(mirror).scheme not in {"http", "https"}:
            raise DatasetError(
                f"Expected a mirror's address to begin with https:// or http://. "
                f"Received: {mirror}"
            )


def _fetch_from_any(
    target: Path,
    digest: str,
    mirrors: Sequence[str],
    progress: Progress | None,
    timeout_s: float,
) -> None:
    failures = []
    for mirror in mirrors:
        url = f"{mirror.rstrip('/')}/{target.name}"
        try:
            _fetch_from(url, target, digest, progress, timeout_s)
        except _MirrorError as error:
            failures.append(f"{urlsplit(mirror).netloc}: {error}")
        else:
            return
    raise DatasetError(
        f"MNIST's {target.name} could not be fetched ({'; '.join(failures)}). {HINT}"
    )


def _fetch_from(
    url: str, target: Path, digest: str, progress: Progress | None, timeout_s: float
) -> None:
    part = target.with_name(f"{target.name}.part")
    failure = "gave up"
    for _ in range(TRIES_PER_MIRROR):
        had_bytes = _size(part)
        try:
            _download(url, part, progress, timeout_s)
        except _CutOffError as error:
            failure = str(error)
            if _size(part) > had_bytes:
                continue
            break
        if _unpacked_sha256(part) == digest:
            part.replace(target)
            return
        part.unlink(missing_ok=True)
        failure = "sent something else than MNIST's own contents"
        # What was there before may have been another mirror's packing: once more,
        # from the start. Sent whole by this one, it will not get better.
        if not had_bytes:
            break
    raise _MirrorError(failure)


def _download(
    url: str, part: Path, progress: Progress | None, timeout_s: float
) -> None:
    """Append to `part` what it lacks, or begin it anew if the server cannot resume."""
    offset = _size(part)
    headers = {"Accept-Encoding": "identity", "User-Agent": "digitsite"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
    # Whatever the URL says, `_web_opener` opens nothing but http and https.
    request = urllib.request.Request(url, headers=headers)  # noqa: S310  (as said)
    try:
        response = _web_opener().open(request, timeout=timeout_s)
    except urllib.error.HTTPError as error:
        # Nothing is left to send: what is there is whole, or of another packing.
        # The caller's look at its contents tells the two apart.
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return
        raise _MirrorError(f"answered {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:
        raise _MirrorError(f"not reached ({_reason(error)})") from error
    with response:
        can_resume = offset > 0 and _continues_at(response, offset)
        _save(response, part, offset if can_resume else 0, progress)


def _save(
    response: http.client.HTTPResponse,
    part: Path,
    offset: int,
    progress: Progress | None,
) -> None:
    total = None if response.length is None else offset + response.length
    done = offset
    with part.open("r+b" if offset else "wb") as file:
        file.seek(offset)
        while chunk := _read_chunk(response):
            file.write(chunk)
            done += len(chunk)
            if done > MAX_PACKED_BYTES:
                file.truncate(0)
                raise _MirrorError(f"sent more than {MAX_PACKED_BYTES:,} bytes")
            if progress is not None:
                progress(part.stem, done, total)
    # A connection closed early reads like the end of the file.
    if total is not None and done < total:
        raise _CutOffError(f"broke off after {done:,} of {total:,} bytes")


def _read_chunk(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read(CHUNK_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise _CutOffError(f"broke off ({_reason(error)})") from error


def _reason(error: Exception) -> str:
    """The error in words: urllib wraps the one that counts, and some are mute."""
    return str(getattr(error, "reason", error)) or type(error).__name__


def _continues_at(response: http.client.HTTPResponse, offset: int) -> bool:
    """Whether the answer goes on where the part ends; many servers ignore Range."""
    content_range = response.headers.get("Content-Range", "")
    is_partial = response.status == http.HTTPStatus.PARTIAL_CONTENT
    return is_partial and content_range.startswith(f"bytes {offset}-")


def _web_opener() -> urllib.request.OpenerDirector:
    """Opens http and https alone: no redirect leads to a file or to FTP."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _unpacked_sha256(path: Path) -> str:
    """SHA-256 of what a packed file holds; "" if it is not there or damaged."""
    digest = hashlib.sha256()
    unpacked_bytes = 0
    try:
        with gzip.open(path) as file:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
                unpacked_bytes += len(chunk)
                if unpacked_bytes > MAX_UNPACKED_BYTES:
                    return ""
    except (OSError, EOFError, zlib.error):
        return ""
    return digest.hexdigest()


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
