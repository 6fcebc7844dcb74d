"""Programs that use a site while something happens to it."""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.factories import make_image
from tests.recognizer.processes import Site

TIMEOUT_S = 60
PICTURE = make_image()


@dataclass
class Diary:
    """What programs were answered.

    Attributes:
        kept: ids of the predictions that a 201 told them of.
        refused: the statuses and errors of all other answers.
        broken: requests that got no answer at all.
    """

    kept: list[str] = field(default_factory=list)
    refused: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    broken: list[Exception] = field(default_factory=list)


def create(port: int, picture: bytes = PICTURE) -> tuple[int, dict[str, Any]]:
    """The status and the JSON of the answer to one picture."""
    headers = {"Content-Type": "image/png"}
    return ask(port, "POST", "/api/predictions/", picture, headers)


def ask(
    port: int,
    method: str,
    path: str,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
) -> tuple[int, dict[str, Any]]:
    """The status and the JSON of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    with closing(connection):
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


@contextmanager
def traffic(port: int, *, programs: int = 4) -> Iterator[Diary]:
    """So many programs keep pictures meanwhile, one after the other."""
    diary, is_over = Diary(), threading.Event()

    def run() -> None:
        while not is_over.is_set():
            try:
                status, answer = create(port)
            except (OSError, http.client.HTTPException) as error:
                diary.broken.append(error)
                time.sleep(0.05)
                continue
            if status == 201:
                diary.kept.append(answer["id"])
            else:
                diary.refused.append((status, answer["error"]))

    threads = [threading.Thread(target=run) for _ in range(programs)]
    for thread in threads:
        thread.start()
    try:
        yield diary
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def ids(site: Site) -> set[UUID]:
    """Of the predictions that are kept."""
    rows = site.rows("SELECT public_id FROM recognizer_prediction")
    return {UUID(str(public_id)) for (public_id,) in rows}


def digits(site: Site) -> int:
    return int(site.rows("SELECT count(*) FROM recognizer_digit")[0][0])


def pictures(site: Site) -> list[Path]:
    """The files of what is kept."""
    media = site.folder / "media"
    return [path for path in media.rglob("*") if path.is_file()]
