"""The same long history as `many_rows`, made by PostgreSQL itself, which is quicker.

Rows are copies of the first prediction and of its digit, at other times and with other
answers. Indexes are made once all rows are there, but for those that keep rows unique.
"""

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.utils import CursorWrapper

# One statement's: what it has yet to check of its foreign keys is kept in memory.
CHUNK = 250_000

# Not `random()` in one place for two columns: each would be another number.
DRAWN = """
    SELECT place, random() AS chance, random() AS sureness,
        floor(random() * 3)::int + 1 AS source, floor(random() * 10)::int AS read
    FROM generate_series(%(begin)s, %(end)s - 1) AS place
"""
MADE = f"""
WITH first AS (SELECT * FROM recognizer_prediction WHERE id = %(first)s),
drawn AS ({DRAWN}),
made AS (
    INSERT INTO recognizer_prediction (
        public_id, image, sha256, width, height, source, owner_id, visitor, text,
        outcome, confidence, model_version_id, preprocessing_version, took_ms,
        is_corrected, created_at
    )
    SELECT gen_random_uuid(), image, sha256, width, height,
        (ARRAY['draw', 'upload', 'api'])[drawn.source], owner_id, visitor, read::text,
        CASE WHEN chance < %(not_a_digit)s THEN 'not_a_digit'
            WHEN chance < %(doubtful)s THEN 'unsure' ELSE 'sure' END,
        CASE WHEN chance < %(not_a_digit)s THEN 0.5 * sureness
            WHEN chance < %(doubtful)s THEN 0.3 + 0.6 * sureness
            ELSE 1 - 0.1 * sureness END,
        CASE WHEN place < %(old)s THEN 1 ELSE 2 END, preprocessing_version, took_ms,
        place %% %(corrected_every)s = 0,
        %(first_day)s::timestamptz + %(lasting)s::interval * (place / %(rows)s::float)
    FROM drawn, first ORDER BY place
    RETURNING id, text::int AS read, confidence, is_corrected
)
INSERT INTO recognizer_digit (
    prediction_id, position, box_left, box_top, box_width, box_height, glyph,
    fingerprint, predicted, probabilities, confidence, certainty, label, review
)
SELECT made.id, 0, box_left, box_top, box_width, box_height, glyph,
    -- All different: copies of one glyph would be labelled together.
    md5(made.id::text), read, probabilities, made.confidence, made.confidence,
    CASE WHEN is_corrected THEN (read + 1) %% 10 END,
    CASE WHEN is_corrected THEN 'proposed' ELSE 'unreviewed' END
FROM made, recognizer_digit AS digit WHERE digit.prediction_id = %(first)s
ORDER BY made.id
"""  # noqa: S608  (put together of our own words)
TABLES = ("recognizer_prediction", "recognizer_digit")
INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename = ANY(%s) AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""


def fill(rows: int, **asked: Any) -> None:
    """Add so many rows to the first prediction and to its digit.

    Args:
        asked: what stands in MADE.
    """
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute("SELECT setseed(0)")
        with _without_indexes(cursor):
            for begin in range(0, rows, CHUNK):
                end = min(begin + CHUNK, rows)
                cursor.execute(MADE, asked | {"begin": begin, "end": end, "rows": rows})
        # What a server does by itself sooner or later.
        cursor.execute(f"VACUUM ANALYZE {', '.join(TABLES)}")


@contextmanager
def _without_indexes(cursor: "CursorWrapper") -> "Iterator[None]":
    cursor.execute(INDEXES, [list(TABLES)])
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    yield
    for _, definition in indexes:
        cursor.execute(definition)
