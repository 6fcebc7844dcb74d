"""What PostgreSQL and Redis do for a site: processor time, log, connections, bytes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import redis

from benchmarks.servers import children, work_s

TABLES = ("recognizer_prediction", "recognizer_digit")
SIZES = """
SELECT relname, pg_table_size(oid), 'table' FROM pg_class
WHERE relname = ANY(%(tables)s)
UNION ALL
SELECT index.relname, pg_relation_size(index.oid), 'index'
FROM pg_index JOIN pg_class AS index ON index.oid = indexrelid
JOIN pg_class AS its ON its.oid = indrelid WHERE its.relname = ANY(%(tables)s)
"""
TRANSACTIONS = (
    "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
)
CONNECTIONS = (
    "SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = current_database()"
)


@dataclass(frozen=True, slots=True)
class Used:
    """So far, or between two moments.

    Attributes:
        database_s, redis_s: processor time of all their processes.
        log_bytes: what PostgreSQL wrote into its log of changes (WAL).
        transactions: of this site's database.
    """

    database_s: float
    redis_s: float
    log_bytes: float
    transactions: int

    def since(self, before: "Used") -> "Used":
        return Used(
            database_s=self.database_s - before.database_s,
            redis_s=self.redis_s - before.redis_s,
            log_bytes=self.log_bytes - before.log_bytes,
            transactions=self.transactions - before.transactions,
        )


class NotEmpty(Exception):
    """Somebody else's data may be there."""


class Engines:
    """A database and a Redis of the benchmark's own, on this machine."""

    def __init__(self, database_url: str, redis_url: str) -> None:
        self.database_url, self.redis_url = database_url, redis_url
        self._redis = redis.Redis.from_url(redis_url)
        self._database = psycopg.connect(database_url, autocommit=True)
        pid = self.one("SELECT pg_backend_pid()")
        # The parent of all its processes.
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        self._server = int(stat.rpartition(")")[2].split()[1])

    def one(self, query: str) -> Any:
        """The one value that a query answers."""
        row = self._database.execute(query.encode()).fetchone()
        return row[0] if row else None

    def used(self) -> Used:
        # What has ended by now is counted with the parent.
        database_s = work_s([self._server], with_ended=True)
        database_s += work_s(children(self._server))
        info: Any = self._redis.info("cpu")
        return Used(
            database_s=database_s,
            redis_s=info["used_cpu_sys"] + info["used_cpu_user"],
            log_bytes=float(self.one("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")),
            transactions=self.one(TRANSACTIONS),
        )

    def connections(self) -> int:
        """Of the site's processes, to the database."""
        return int(self.one(CONNECTIONS))

    def bytes_per_prediction(self) -> dict[str, dict[str, float]]:
        """Of tables and of indexes, by name."""
        rows = self.one("SELECT count(*) FROM recognizer_prediction")
        found = self._database.execute(SIZES.encode(), {"tables": list(TABLES)})
        sizes: dict[str, dict[str, float]] = {"table": {}, "index": {}}
        for name, size, kind in found:
            sizes[kind][name] = size / rows
        return sizes

    def refuse_if_used(self) -> None:
        """Make sure that nothing is there.

        Raises:
            NotEmpty: something is.
        """
        if self.one("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"):
            raise NotEmpty("Expected an empty database. Received: one with tables.")
        if self._redis.dbsize():
            raise NotEmpty("Expected an empty Redis. Received: one with keys.")

    def close(self) -> None:
        self._database.close()
        self._redis.flushdb()
        self._redis.close()


@contextmanager
def engines(database_url: str, redis_url: str) -> Iterator[Engines]:
    """Both, if they are empty; Redis is emptied in the end.

    Raises:
        NotEmpty: they are not.
    """
    there = Engines(database_url, redis_url)
    there.refuse_if_used()
    try:
        yield there
    finally:
        there.close()
