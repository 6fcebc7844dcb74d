"""Fills a site's database with a long history, for benchmarks.

Run in the site's environment, where one prediction is stored: the history is that of
whoever stored it. A database that was filled before is taken as it is. Prints, as JSON,
the visitor's cookie, and a cursor for each order at each depth.

    python -m benchmarks.many_rows --rows 1000000
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

import django
import numpy as np

from benchmarks import many_rows_postgresql

if TYPE_CHECKING:
    from recognizer.models import Digit, Prediction

DEPTHS = (0.5, 0.99)
FIRST_DAY = datetime(2024, 11, 1, tzinfo=UTC)
LASTING = timedelta(days=730)
CHUNK = 5_000
# Of a site in use: few are doubtful, fewer are no digits, very few were corrected.
UNSURE, NOT_A_DIGIT, CORRECTED = 0.065, 0.005, 0.001
# The share that the first of two models answered.
OF_THE_OLD_MODEL = 0.8


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args(arguments).rows
    django.setup()
    from recognizer.models import Prediction

    first = Prediction.objects.earliest("pk")
    if not Prediction.objects.filter(visitor=first.visitor).exclude(pk=first.pk)[:1]:
        _fill(first, rows)
    print(json.dumps({"cookie": _cookie(first), "cursors": _cursors(first, rows)}))
    return 0


def _fill(first: "Prediction", rows: int) -> None:
    from django.db import connection

    from recognizer.models import ModelVersion

    ModelVersion.objects.create(
        number=2,
        artifact_path="two",
        digest="2" * 64,
        architecture="cnn",
        preprocessing_version=1,
    )
    if connection.vendor == "postgresql":
        many_rows_postgresql.fill(
            rows,
            first=first.pk,
            not_a_digit=NOT_A_DIGIT,
            doubtful=NOT_A_DIGIT + UNSURE,
            old=OF_THE_OLD_MODEL * rows,
            corrected_every=round(1 / CORRECTED),
            first_day=FIRST_DAY,
            lasting=LASTING,
        )
    else:
        _fill_by_django(first, rows)


def _fill_by_django(first: "Prediction", rows: int) -> None:
    from django.db import connection, transaction

    from recognizer.models import Digit, Prediction

    digit = first.digits.get()
    made = _predictions(first, rows)
    while chunk := list(islice(made, CHUNK)):
        with transaction.atomic():
            Prediction.objects.bulk_create(chunk)
            Digit.objects.bulk_create(_digit(digit, each) for each in chunk)
    # PostgreSQL does it by itself, a while later; on SQLite nobody ever does.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _predictions(first: "Prediction", rows: int) -> "Iterator[Prediction]":
    """Copies of the first one at other times and with other answers."""
    from recognizer.models import Prediction

    rng = np.random.default_rng(0)
    for place in range(rows):
        chance = rng.random()
        outcome, confidence = "sure", 1 - 0.1 * rng.random()
        if chance < NOT_A_DIGIT:
            outcome, confidence = "not_a_digit", 0.5 * rng.random()
        elif chance < NOT_A_DIGIT + UNSURE:
            outcome, confidence = "unsure", 0.3 + 0.6 * rng.random()
        yield Prediction(
            image=first.image.name,
            sha256=first.sha256,
            width=first.width,
            height=first.height,
            source=rng.choice(["draw", "upload", "api"]),
            owner_id=first.owner_id,
            visitor=first.visitor,
            text=str(rng.integers(10)),
            outcome=outcome,
            confidence=round(confidence, 6),
            model_version_id=1 if place < OF_THE_OLD_MODEL * rows else 2,
            preprocessing_version=first.preprocessing_version,
            took_ms=first.took_ms,
            is_corrected=place % round(1 / CORRECTED) == 0,
            created_at=FIRST_DAY + LASTING * (place / rows),
        )


def _digit(first: "Digit", prediction: "Prediction") -> "Digit":
    from recognizer.models import Digit, Review

    read = int(prediction.text)
    return Digit(
        prediction=prediction,
        position=0,
        box_left=first.box_left,
        box_top=first.box_top,
        box_width=first.box_width,
        box_height=first.box_height,
        glyph=first.glyph,
        # All different: copies of one glyph would be labelled together.
        fingerprint=f"{prediction.pk:032x}",
        predicted=read,
        probabilities=first.probabilities,
        confidence=prediction.confidence,
        certainty=prediction.confidence,
        label=(read + 1) % 10 if prediction.is_corrected else None,
        review=Review.PROPOSED if prediction.is_corrected else Review.UNREVIEWED,
    )


def _cookie(first: "Prediction") -> str:
    """What the browser of whoever stored the first one sends."""
    from django.core.signing import get_cookie_signer

    from recognizer.viewers import COOKIE, COOKIE_SALT

    signer = get_cookie_signer(salt=COOKIE + COOKIE_SALT)
    return f"{COOKIE}={signer.sign(str(first.visitor))}"


def _cursors(first: "Prediction", rows: int) -> dict[str, list[str]]:
    from recognizer.models import Prediction
    from recognizer.selectors import Ordering, predictions_visible_to
    from recognizer.viewers import Viewer

    history = predictions_visible_to(Viewer(user=first.owner, visitor=first.visitor))

    def cursor(ordering: Ordering, depth: float) -> str:
        in_order = ordering.beyond(history, None, is_upwards=False)
        # The key alone stands in the index.
        key = in_order.values_list("pk", flat=True)[int(depth * rows)]
        return ordering.cursor(Prediction.objects.get(pk=key))

    return {order: [cursor(order, depth) for depth in DEPTHS] for order in Ordering}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
