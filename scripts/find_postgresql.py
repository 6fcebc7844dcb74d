"""Print the DATABASE_URL of a PostgreSQL for the tests, or say what is missing.

The one that POSTGRESQL_URL names, or one that lets us in on this machine. The tests
make and drop databases of their own there: the role must be allowed to.
"""

import os
import sys

import psycopg

# As Debian's package and the usual containers set them up.
USUAL = [
    "postgres://postgres@127.0.0.1:5432/postgres",
    "postgres://postgres:postgres@127.0.0.1:5432/postgres",
]


def main() -> int:
    named = os.environ.get("POSTGRESQL_URL")
    for url in [named] if named else USUAL:
        try:
            with psycopg.connect(url, connect_timeout=5) as server:
                row = server.execute(
                    "SELECT rolcreatedb OR rolsuper FROM pg_roles "
                    "WHERE rolname = current_user"
                ).fetchone()
        except psycopg.Error as error:
            reason = str(error).strip()
            continue
        if row and row[0]:
            print(url)
            return 0
        reason = "its role may not make databases"
    print(
        "These tests need PostgreSQL 14 or later, and none was found at 127.0.0.1:5432."
        " Start one, or name it: POSTGRESQL_URL=postgres://user:password@host/postgres"
        f"\n({reason})",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
