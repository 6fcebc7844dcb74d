"""How SQLite finds the rows that somebody's predictions are read by."""

from django.db import connection
from django.test.utils import CaptureQueriesContext


def plans_of(captured: CaptureQueriesContext) -> list[str]:
    """The plan of each query that reads one person's predictions in an order."""
    asked = [query["sql"] for query in captured.captured_queries]
    plans = []
    for sql in asked:
        is_of_one = 'FROM "recognizer_prediction" WHERE' in sql and "owner_id" in sql
        if sql.startswith("SELECT") and is_of_one and " ORDER BY " in sql:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {sql.replace('%', '%%')}")
                plans.append(" / ".join(row[3] for row in cursor.fetchall()))
    return plans
