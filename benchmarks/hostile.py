"""Sends a site damaged uploads and bodies: it must refuse, and give nothing away.

Somebody keeps pictures, and has a token and a webhook. Two others, one with an
account and one without, send damaged pictures in every way there is, and bodies by
chance to every address of the API, with her ids in them. No answer may be a 5xx, none
may hold anything of hers, no process may die, and in the end all of hers must be there.

    .venv/bin/python -m benchmarks.hostile [--uploads 10000] [--bodies 10000] [--check]
"""

import argparse
import asyncio
import base64
import json
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.hostile_requests import (
    Sent,
    Victim,
    bodies,
    get_request,
    json_request,
    picture_request,
    uploads,
)
from benchmarks.pictures import make_pictures
from benchmarks.servers import Server, ask_manage, digitsite, worker
from benchmarks.tables import table
from benchmarks.visitors import Answer, Connection, Diary

AT_ONCE = 8
ANSWER_WITHIN_S = 60.0
CLIENT_ERROR, SERVER_ERROR = 400, 500
PICTURES = 20
# Where all that somebody keeps is shown.
KEPT = (
    "/api/predictions/?size=100",
    "/api/batches/",
    "/api/webhooks/",
    "/api/tokens/",
)
PASSWORD = "korrekt-horse-{}"  # noqa: S105  (of a site that lives for minutes)
MAKE_USERS = (
    "from recognizer.models import User; "
    "User.objects.create_user('{victim}', password='{password}'); "
    "User.objects.create_user('{other}', password='{password}')"
)


@dataclass(slots=True)
class Report:
    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return sum(counter.total() for counter in self.statuses.values())


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    with tempfile.TemporaryDirectory(prefix="hostile-") as temporary:
        folder = Path(temporary)
        # What is tried here is what passes the limits.
        with digitsite(folder, DIGITS_THROTTLE="off") as server, worker(server):
            report = asyncio.run(_attack(server, options))
    print(_as_markdown(report))
    return 0 if not report.wrong or not options.check else 1


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--uploads", type=int, default=10_000)
    add("--bodies", type=int, default=10_000)
    add("--seed", type=int, default=1)
    add("--check", action="store_true", help="exit with 1 if anything was wrong")
    return parser.parse_args(arguments)


async def _attack(server: Server, options: argparse.Namespace) -> Report:
    victim, other = await _settle(server)
    before = await _all_of(server, victim)
    report, workers = Report(), server.workers()
    senders: tuple[dict[str, str], ...] = (other, {})
    damaged = uploads(options.uploads, options.seed, senders)
    await _send_all(server, damaged, victim, report)
    odd = bodies(options.bodies, options.seed, senders, victim)
    await _send_all(server, odd, victim, report)
    if server.workers() != workers:
        report.wrong.append("A process of the site died, and was started anew.")
    if await _all_of(server, victim) != before:
        report.wrong.append("What she kept is not what is there in the end.")
    return report


async def _settle(server: Server) -> tuple[Victim, dict[str, str]]:
    """Two accounts; the first with pictures, a batch, a webhook and a token."""
    names = [f"{who}-{secrets.token_hex(4)}" for who in ("victim", "other")]
    password = PASSWORD.format(secrets.token_hex(4))
    making = MAKE_USERS.format(victim=names[0], other=names[1], password=password)
    ask_manage(server.environment, "shell", "--no-imports", "--command", making)
    connection = Connection(server.port, Diary())
    headers = []
    for name in names:
        login = base64.b64encode(f"{name}:{password}".encode()).decode()
        sent = json_request(
            "/api/tokens/", {"name": f"of {name}"}, {"Authorization": f"Basic {login}"}
        )
        made = await _asked(connection, server, sent)
        headers.append({"Authorization": f"Token {made['secret']}"})
    victim = headers[0]
    predictions = [
        await _asked(connection, server, picture_request(picture, victim))
        for picture in make_pictures(PICTURES)
    ]
    hook = await _asked(
        connection,
        server,
        json_request(
            "/api/webhooks/",
            {"url": f"https://{names[0]}.example.org/", "events": ["batch.finished"]},
            victim,
        ),
    )
    tokens = await _asked(connection, server, get_request("/api/tokens/", victim))
    connection.close()
    public_ids = tuple(each["id"] for each in predictions)
    digits = tuple(str(d["id"]) for each in predictions for d in each["digits"])
    token_ids = tuple(each["id"] for each in tokens["results"])
    marks = (
        *public_ids,
        *token_ids,
        names[0],
        hook["id"],
        hook["secret"],
        headers[0]["Authorization"].partition(" ")[2],
    )
    ids = {
        "public_id": (*public_ids, *token_ids, hook["id"]),
        "id": digits,
        "number": ("1",),
        "message_id": (hook["id"],),
    }
    return Victim(victim, marks, ids), headers[1]


async def _all_of(server: Server, victim: Victim) -> list[Any]:
    connection = Connection(server.port, Diary())
    asked = [get_request(path, victim.headers) for path in KEPT]
    found = [await _asked(connection, server, each) for each in asked]
    connection.close()
    # When a token was last used changes by asking.
    for token in found[-1]["results"]:
        token.pop("last_used_at", None)
    return found


async def _asked(connection: Connection, server: Server, sent: Sent) -> Any:
    answer = await connection.ask(sent.as_bytes(server.port))
    if answer.status not in {200, 201}:
        raise RuntimeError(
            f"{sent.method} {sent.path}: {answer.status} {answer.body!r}"
        )
    return json.loads(answer.body)


async def _send_all(
    server: Server, requests: Iterator[Sent], victim: Victim, report: Report
) -> None:
    async def send() -> None:
        connection = Connection(server.port, Diary())
        for sent in requests:
            try:
                asking = connection.ask(sent.as_bytes(server.port))
                answer = await asyncio.wait_for(asking, ANSWER_WITHIN_S)
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
                report.wrong.append(f"{_words(sent)}: no answer: {error!r}")
                connection.close()
                continue
            counter = report.statuses.setdefault(sent.kind, Counter())
            counter[answer.status] += 1
            report.wrong += _faults(sent, answer, victim)
        connection.close()

    # One iterator for all: each takes what comes next.
    await asyncio.gather(*(send() for _ in range(AT_ONCE)))


def _faults(sent: Sent, answer: Answer, victim: Victim) -> Iterator[str]:
    if answer.status >= SERVER_ERROR:
        yield f"{_words(sent)}: {answer.status}: {answer.body[:300]!r}"
    asked_for = sent.path.encode() + sent.body
    for mark in victim.marks:
        if (
            mark.encode() in answer.head + answer.body
            and mark.encode() not in asked_for
        ):
            yield f"{_words(sent)}: holds {mark[:8]}… of hers"
    if answer.status >= CLIENT_ERROR and answer.media_type == "application/json":
        error = json.loads(answer.body).get("error")
        if not isinstance(error, dict) or not {"code", "message"} <= error.keys():
            yield f"{_words(sent)}: an error of another shape: {answer.body[:200]!r}"


def _words(sent: Sent) -> str:
    return f"{sent.method} {sent.path[:120]} ({sent.kind}, {len(sent.body)} bytes)"


def _as_markdown(report: Report) -> str:
    rows = [
        [
            kind,
            f"{counter.total():,}",
            ", ".join(f"{n:,} x {status}" for status, n in sorted(counter.items())),
        ]
        for kind, counter in sorted(report.statuses.items())
    ]
    wrong = [f"- {words}" for words in report.wrong[:20]]
    parts = [
        table(["sent", "requests", "answered"], rows),
        f"{report.requests:,} requests, {len(report.wrong)} wrong.",
        *wrong,
        f"{machine.describe()}, {time.strftime('%Y-%m-%d')}.",
    ]
    return "\n\n".join(parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
