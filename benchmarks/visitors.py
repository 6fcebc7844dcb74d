"""Visitors who use a site all at once, each by a connection of his own.

One process drives them all, so that the site has the machine nearly to itself.
"""

import asyncio
import itertools
import json
import random
import re
import secrets
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

TIMEOUT_S = 60.0
PREDICTIONS = "/api/predictions/"
HISTORY = "/predictions/"
# Who keeps more has the older pictures in his history only.
REMEMBERED = 50
COOKIE = re.compile(rb"(?im)^set-cookie: ([^=;\s]+=[^;\r]*)")


class WrongAnswer(Exception):
    """A site did not answer as it must."""


@dataclass(slots=True)
class Diary:
    """What all visitors saw.

    Attributes:
        seconds: how long each answer took, by what was asked for.
        stored: the public ids that were answered to what was to be kept.
        errors: what went wrong, in words, and how often.
        reopened: connections that the site closed after an answer, as it may.
    """

    seconds: defaultdict[str, list[float]] = field(
        default_factory=lambda: defaultdict(list)
    )
    stored: list[str] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    reopened: int = 0

    @property
    def answers(self) -> int:
        return sum(map(len, self.seconds.values()))


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    head: bytes
    body: bytes

    @property
    def media_type(self) -> str:
        found = re.search(rb"(?im)^content-type: ([^;\r]+)", self.head)
        return found[1].decode() if found else ""


class Connection:
    """A connection that is kept, and opened again where the site closed it."""

    def __init__(self, port: int, diary: Diary) -> None:
        self._port = port
        self._diary = diary
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> Answer:
        """Send a request and read its answer.

        Raises:
            OSError, asyncio.IncompleteReadError: the connection broke.
        """
        is_kept = self._streams is not None
        try:
            return await self._asked(request)
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            # A site may close what it kept just when something is sent: it has not
            # read it then, and any browser sends it again.
            begun = isinstance(error, asyncio.IncompleteReadError) and error.partial
            self.close()
            if begun or not is_kept:
                raise
            self._diary.reopened += 1
            return await self._asked(request)

    async def _asked(self, request: bytes) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(request)
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        names = head.lower()
        if b"\r\ntransfer-encoding: chunked" in names:
            body = await _chunks(reader)
        else:
            length = re.search(rb"\r\ncontent-length: (\d+)", names)
            body = await reader.readexactly(int(length[1]) if length else 0)
        if b"\r\nconnection: close" in names:
            self.close()
        return Answer(int(head[9:12]), head, body)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(parts)


class Visitor:
    """Somebody who draws, keeps some of it, and looks at what he kept."""

    def __init__(
        self, port: int, drawings: Sequence[bytes], diary: Diary, *, seed: int
    ) -> None:
        self._host = f"127.0.0.1:{port}"
        self._connection = Connection(port, diary)
        self._drawings = itertools.cycle(drawings)
        self._diary = diary
        self._rng = random.Random(seed)  # noqa: S311  (chooses what to do next)
        self._cookies: dict[str, str] = {}
        self._kept: list[str] = []
        # While one draws, a preview is asked for at every pause of the pen.
        self._habits: dict[Callable[[], Awaitable[None]], int] = {
            self._preview: 50,
            self._store: 20,
            self._history: 10,
            self._image: 15,
            self._read: 5,
        }

    async def stay(self, until_s: float) -> None:
        """Do one thing after the other until then, whatever goes wrong."""
        kinds, weights = list(self._habits), list(self._habits.values())
        while time.monotonic() < until_s:
            [act] = self._rng.choices(kinds, weights)
            try:
                await asyncio.wait_for(act(), TIMEOUT_S)
            except TimeoutError:
                self._fails(f"{act.__name__}: no answer within {TIMEOUT_S:g} s")
            except (OSError, asyncio.IncompleteReadError, WrongAnswer) as error:
                self._fails(f"{act.__name__}: {type(error).__name__}: {error}")
        self._connection.close()

    def _fails(self, words: str) -> None:
        self._diary.errors[words] += 1
        self._connection.close()

    async def _preview(self) -> None:
        answer = await self._ask("preview", "POST", PREDICTIONS + "?store=false")
        _require(answer, 200, "application/json")
        _require_digit(answer)

    async def _store(self) -> None:
        answer = await self._ask("store", "POST", PREDICTIONS)
        _require(answer, 201, "application/json")
        _require_digit(answer)
        public_id = json.loads(answer.body)["id"]
        self._diary.stored.append(public_id)
        self._kept = [*self._kept[-REMEMBERED + 1 :], public_id]

    async def _history(self) -> None:
        answer = await self._ask("history", "GET", HISTORY)
        _require(answer, 200, "text/html")
        if self._kept and self._kept[-1].encode() not in answer.body:
            raise WrongAnswer("The newest picture is not in the history.")

    async def _image(self) -> None:
        if not self._kept:
            return
        path = f"{PREDICTIONS}{self._rng.choice(self._kept)}/image/"
        answer = await self._ask("image", "GET", path)
        _require(answer, 200, "image/png")
        if not answer.body.startswith(b"\x89PNG"):
            raise WrongAnswer("What was kept is not what comes back.")

    async def _read(self) -> None:
        if not self._kept:
            return
        public_id = self._rng.choice(self._kept)
        answer = await self._ask("read", "GET", f"{PREDICTIONS}{public_id}/")
        _require(answer, 200, "application/json")
        if json.loads(answer.body)["id"] != public_id:
            raise WrongAnswer("Another prediction came back.")

    async def _ask(self, kind: str, method: str, path: str) -> Answer:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}"]
        if self._cookies:
            pairs = "; ".join(
                f"{name}={value}" for name, value in self._cookies.items()
            )
            lines.append(f"Cookie: {pairs}")
        body = b""
        if method == "POST":
            boundary = secrets.token_hex(8)
            body = _form(next(self._drawings), boundary)
            lines.append(f"Content-Type: multipart/form-data; boundary={boundary}")
            lines.append(f"Content-Length: {len(body)}")
        started = time.perf_counter()
        request = "\r\n".join([*lines, "", ""]).encode() + body
        answer = await self._connection.ask(request)
        self._diary.seconds[kind].append(time.perf_counter() - started)
        for cookie in COOKIE.findall(answer.head):
            name, _, value = cookie.decode().partition("=")
            self._cookies[name] = value
        return answer


async def visit(
    port: int, drawings: Sequence[bytes], *, visitors: int, seconds: float
) -> Diary:
    """Let so many visitors use a site for a while; tells what they saw."""
    diary = Diary()
    until_s = time.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        for seed in range(visitors):
            visitor = Visitor(port, drawings, diary, seed=seed)
            group.create_task(visitor.stay(until_s))
    return diary


def _form(picture: bytes, boundary: str) -> bytes:
    head = (
        f"--{boundary}\r\n"
        'Content-Disposition: form-data; name="image"; filename="drawing.png"\r\n'
        "Content-Type: image/png\r\n\r\n"
    )
    return head.encode() + picture + f"\r\n--{boundary}--\r\n".encode()


def _require(answer: Answer, status: int, media_type: str) -> None:
    if (answer.status, answer.media_type) != (status, media_type):
        raise WrongAnswer(
            f"Expected {status} {media_type}. Received: {answer.status} "
            f"{answer.media_type}: {answer.body[:200]!r}"
        )


def _require_digit(answer: Answer) -> None:
    if not json.loads(answer.body)["digits"]:
        raise WrongAnswer("No digit was read in a drawing of one.")
