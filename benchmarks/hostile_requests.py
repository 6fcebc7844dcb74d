"""Requests that a site must refuse, or answer as any other: damaged, odd, or by chance.

The same seed and numbers give the same, but for the ids of the site.
"""

import base64
import io
import json
import string
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np

from benchmarks.mutations import make_file
from benchmarks.servers import PROJECT

Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class Sent:
    """A request, and what its path and body were made of."""

    kind: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def as_bytes(self, port: int) -> bytes:
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
        headers = self.headers | {"Content-Length": str(len(self.body))}
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


@dataclass(frozen=True, slots=True)
class Victim:
    """Somebody who uses the site as it is meant.

    Attributes:
        marks: texts of hers, which no answer to others may hold.
        ids: of what is hers, by the name that parameters of paths have.
    """

    headers: dict[str, str]
    marks: tuple[str, ...]
    ids: dict[str, tuple[str, ...]]


def uploads(count: int, seed: int, senders: Sequence[dict[str, str]]) -> Iterator[Sent]:
    ways = (_as_form, _as_base64, _as_body, _as_several, _as_archive)
    for number in range(count):
        rng = np.random.default_rng([seed, number, 1])
        files = [make_file(number + each, seed=seed) for each in range(3)]
        yield ways[number % len(ways)](files, senders[number // len(ways) % 2], rng)


def _as_form(files: Sequence[bytes], headers: dict[str, str], rng: Rng) -> Sent:
    return _form_request(
        "upload: form", "/api/predictions/", {"image": files[:1]}, headers, rng
    )


def _as_several(files: Sequence[bytes], headers: dict[str, str], rng: Rng) -> Sent:
    return _form_request(
        "upload: several", "/api/predictions/", {"images": files}, headers, rng
    )


def _as_archive(files: Sequence[bytes], headers: dict[str, str], rng: Rng) -> Sent:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, content in enumerate(files):
            archive.writestr(f"{_any(NAMES, rng)}{number}.png", content)
    damaged = bytearray(packed.getvalue())
    for place in rng.integers(0, len(damaged), int(rng.integers(0, 6))):
        damaged[place] = rng.integers(256)
    return _form_request(
        "upload: archive", "/api/batches/", {"files": [bytes(damaged)]}, headers, rng
    )


def _as_base64(files: Sequence[bytes], headers: dict[str, str], rng: Rng) -> Sent:
    text = base64.b64encode(files[0]).decode()
    prefix = _any(("", "data:image/png;base64,", "data:,", "\u0000"), rng)
    sent = json_request("/api/predictions/", {"image": prefix + text}, headers)
    return Sent("upload: base64", sent.method, sent.path, sent.headers, sent.body)


def _as_body(files: Sequence[bytes], headers: dict[str, str], rng: Rng) -> Sent:
    kind = _any(("image/png", "image/jpeg", "image/x-nonsense", "image/svg+xml"), rng)
    path = _any(
        ("/api/predictions/", "/api/predictions/?store=false&explain=true"), rng
    )
    return Sent(
        "upload: body", "POST", path, headers | {"Content-Type": kind}, files[0]
    )


def bodies(
    count: int, seed: int, senders: Sequence[dict[str, str]], victim: Victim
) -> Iterator[Sent]:
    schema = json.loads((PROJECT / "docs/openapi.json").read_text(encoding="utf-8"))
    operations = [
        (method.upper(), path, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    properties = _property_names(schema["components"]["schemas"].values())
    for number in range(count):
        rng = np.random.default_rng([seed, number, 2])
        method, path, operation = operations[number % len(operations)]
        headers = dict(senders[number // len(operations) % 2])
        # What the operation knows, and as often what others do.
        known = _property_names(_inputs(operation, schema)) or properties
        names = known if rng.random() < 0.5 else properties
        kind, body, media_type = _body(names, victim, rng)
        if media_type is not None:
            headers["Content-Type"] = media_type
        if rng.random() < 0.2:
            headers["Idempotency-Key"] = _header_text(rng)
        yield Sent(
            f"body: {kind}", method, _path(path, operation, victim, rng), headers, body
        )


def _path(path: str, operation: dict[str, Any], victim: Victim, rng: Rng) -> str:
    for name, values in victim.ids.items():
        value = _any(values, rng) if rng.random() < 0.8 else str(_scalar(rng))
        path = path.replace(f"{{{name}}}", quote(value.encode(errors="replace"), ""))
    names = [
        each["name"]
        for each in operation.get("parameters", [])
        if each.get("in") == "query"
    ]
    query = {
        name: str(_scalar(rng)).encode(errors="replace")
        for name in names
        if rng.random() < 0.3
    }
    return f"{path}?{urlencode(query)}" if query else path


def _body(
    properties: Sequence[str], victim: Victim, rng: Rng
) -> tuple[str, bytes, str | None]:
    ways: dict[str, Callable[[], tuple[bytes, str | None]]] = {
        "objects": lambda: (_json(_object(properties, victim, rng)), JSON_TYPE),
        "any JSON": lambda: (_json(_value(properties, victim, rng, 4)), JSON_TYPE),
        "broken JSON": lambda: (_broken_json(properties, victim, rng), JSON_TYPE),
        "bytes": lambda: (rng.bytes(int(rng.integers(400))), _any(MEDIA_TYPES, rng)),
        "nothing": lambda: (b"", _any(MEDIA_TYPES, rng)),
        "nested": lambda: (_nested(rng), JSON_TYPE),
    }
    kind: str = _any(tuple(ways), rng)
    return kind, *ways[kind]()


JSON_TYPE = "application/json"
MEDIA_TYPES: tuple[str | None, ...] = (
    None,
    JSON_TYPE,
    "application/json; charset=utf-16",
    "application/x-www-form-urlencoded",
    "application/zip",
    "image/png",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "text/plain",
    ";;;",
)
NAMES = ("digit", "../../digit", "/etc/digit", "a/b\\c", "=1+1", "\u202e", "nul", "")
SCALARS: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    2**31,
    2**63,
    -(2**63) - 1,
    10**400,
    1.5,
    1e308,
    "",
    "7",
    "none",
    "\u0000",
    "\ud800",
    "x" * 5000,
    "../../etc/passwd",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "2025-02-30T25:61:00Z",
    "0001-01-01T00:00:00+23:59",
    "http://127.0.0.1:1/",
    "https://[::1]/",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
)


def _scalar(rng: Rng) -> Any:
    if rng.random() < 0.8:
        return _any(SCALARS, rng)
    letters = string.printable + "äß€😀"
    return "".join(_any(letters, rng) for _ in range(int(rng.integers(30))))


def _value(properties: Sequence[str], victim: Victim, rng: Rng, depth: int) -> Any:
    lot = rng.random()
    if depth == 0 or lot < 0.5:
        return _scalar(rng)
    if lot < 0.6:
        return _any(victim.ids["public_id"], rng)
    count = int(rng.integers(4))
    if lot < 0.8:
        return [_value(properties, victim, rng, depth - 1) for _ in range(count)]
    return {
        _any(properties, rng): _value(properties, victim, rng, depth - 1)
        for _ in range(count)
    }


def _object(properties: Sequence[str], victim: Victim, rng: Rng) -> Any:
    names = [_any(properties, rng) for _ in range(int(rng.integers(1, 7)))]
    return {name: _value(properties, victim, rng, 2) for name in names}


def _json(value: Any) -> bytes:
    # ASCII: so a lone surrogate is sent as what JSON allows it to be.
    return json.dumps(value).encode()


def _broken_json(properties: Sequence[str], victim: Victim, rng: Rng) -> bytes:
    text = bytearray(_json(_object(properties, victim, rng)))
    for place in rng.integers(0, len(text), int(rng.integers(1, 4))):
        text[place] = rng.integers(256)
    return bytes(text[: int(rng.integers(1, len(text) + 1))])


def _nested(rng: Rng) -> bytes:
    depth = int(rng.integers(1, 5000))
    opening, closing = _any(((b"[", b"]"), (b'{"image":', b"}")), rng)
    return b"1".join((bytes(opening) * depth, bytes(closing) * depth))


def _header_text(rng: Rng) -> str:
    length = int(rng.integers(1, 300))
    return "".join(chr(int(rng.integers(32, 127))) for _ in range(length))


def _inputs(operation: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The schemas of the bodies that an operation takes."""
    taken = operation.get("requestBody", {}).get("content", {}).values()
    names = [each["schema"].get("$ref", "").rpartition("/")[2] for each in taken]
    known = schema["components"]["schemas"]
    return [known[name] for name in names if name]


def _property_names(schemas: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    names = {name for each in schemas for name in each.get("properties", {})}
    return tuple(sorted(names))


def _any(values: Sequence[Any], rng: Rng) -> Any:
    return values[int(rng.integers(len(values)))]


def get_request(path: str, headers: dict[str, str]) -> Sent:
    return Sent("", "GET", path, headers, b"")


def json_request(path: str, given: Any, headers: dict[str, str]) -> Sent:
    return Sent("", "POST", path, headers | {"Content-Type": JSON_TYPE}, _json(given))


def picture_request(picture: bytes, headers: dict[str, str]) -> Sent:
    headers = headers | {"Content-Type": "image/jpeg"}
    return Sent("", "POST", "/api/predictions/", headers, picture)


def _form_request(
    kind: str,
    path: str,
    fields: dict[str, Sequence[bytes]],
    headers: dict[str, str],
    rng: Rng,
) -> Sent:
    boundary = f"b{int(rng.integers(2**62)):x}"
    parts = []
    for name, files in fields.items():
        for content in files:
            filename = quote(_any(NAMES, rng))
            parts.append(
                f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; '
                f'filename="{filename}"\r\n\r\n'.encode()
                + content
                + b"\r\n"
            )
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    media_type = f"multipart/form-data; boundary={boundary}"
    return Sent(kind, "POST", path, headers | {"Content-Type": media_type}, body)
