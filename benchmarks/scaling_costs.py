"""What one answer costs a site: processor time, bytes, transactions."""

import http.client
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.api_client import Client
from benchmarks.pictures import make_pictures
from benchmarks.servers import Server, work_s

if TYPE_CHECKING:
    # What only calculates needs no PostgreSQL.
    from benchmarks.engines import Engines

PREDICTIONS = "/api/predictions/"
LOOKS = 300
# Of whoever looks: two pages of his history.
HIS_PICTURES = 48


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one answer, or of one picture: processor time in ms, and what is written."""

    site_ms: float
    database_ms: float
    redis_ms: float
    log_bytes: float
    transactions: float


@dataclass(frozen=True, slots=True)
class Costs:
    """Of each kind of answer; and bytes of one prediction, of tables, indexes, file."""

    answers: dict[str, Cost]
    tables: dict[str, float]
    indexes: dict[str, float]
    file_bytes: float
    # What a file takes on a disk of blocks.
    file_blocks_bytes: float

    @property
    def row_bytes(self) -> float:
        """Of its rows, indexes and all."""
        return sum(self.tables.values()) + sum(self.indexes.values())

    @classmethod
    def measured(
        cls, answers: dict[str, Cost], there: "Engines", media: Path
    ) -> "Costs":
        sizes = there.bytes_per_prediction()
        files = [path.stat() for path in media.rglob("*") if path.is_file()]
        return cls(
            answers,
            tables=sizes["table"],
            indexes=sizes["index"],
            file_bytes=sum(each.st_size for each in files) / len(files),
            file_blocks_bytes=sum(each.st_blocks * 512 for each in files) / len(files),
        )


class Meter:
    """Counts from now on what processes of a site, its database and its Redis use."""

    def __init__(self, pids: list[int], there: "Engines") -> None:
        self._pids, self._there = pids, there
        self._work_s, self._used = work_s(pids), there.used()

    def cost(self, count: int) -> Cost:
        """Of one of so many."""
        used = self._there.used().since(self._used)
        return Cost(
            site_ms=1000 * (work_s(self._pids) - self._work_s) / count,
            database_ms=1000 * used.database_s / count,
            redis_ms=1000 * used.redis_s / count,
            log_bytes=used.log_bytes / count,
            transactions=used.transactions / count,
        )


def cost_of_looking(server: Server, there: "Engines") -> dict[str, Cost]:
    """What it costs to look at what one has kept, in each way."""
    client = Client(server.port)
    kept = [
        client.post_picture(PREDICTIONS, picture)["id"]
        for picture in make_pictures(HIS_PICTURES)
    ]
    paths = {
        "history page": "/predictions/",
        "list": PREDICTIONS,
        "one prediction": f"{PREDICTIONS}{kept[0]}/",
        "image": f"{PREDICTIONS}{kept[0]}/image/",
    }
    return {
        name: _look(server, there, path, client.cookies) for name, path in paths.items()
    }


def _look(server: Server, there: "Engines", path: str, cookies: dict[str, str]) -> Cost:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, 60)
    cookie = "; ".join("=".join(pair) for pair in cookies.items())
    meter = Meter(server.workers(), there)
    for _ in range(LOOKS):
        connection.request("GET", path, headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(f"{path}: {answer.status}")
    connection.close()
    return meter.cost(LOOKS)
