import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

GLYPH = bytes(range(196)) * 4


@pytest.fixture
def migrate(transactional_db) -> Iterator[Callable[[str], Any]]:
    """Migrate to a name and get the models of then; in the end, to the newest."""

    def migrate_to(name: str) -> Any:
        MigrationExecutor(connection).migrate([("recognizer", name)])
        loader = MigrationExecutor(connection).loader
        return loader.project_state([("recognizer", name)]).apps

    yield migrate_to
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def make_old_digits(apps: Any, count: int, **fields: Any) -> None:
    """Digits of one prediction, as they were then."""
    version = apps.get_model("recognizer", "ModelVersion").objects.get()
    prediction = apps.get_model("recognizer", "Prediction").objects.create(
        sha256="0" * 64,
        width=60,
        height=40,
        source="api",
        outcome="sure",
        confidence=1,
        model_version=version,
        preprocessing_version=1,
        took_ms=1,
    )
    digits = apps.get_model("recognizer", "Digit").objects
    for position in range(count):
        digits.create(
            prediction=prediction,
            position=position,
            box_left=0,
            box_top=0,
            box_width=1,
            box_height=1,
            glyph=GLYPH,
            predicted=1,
            **{"probabilities": [0.1] * 10, "confidence": 0.1} | fields,
        )


def test_digits_from_before_the_corrections_get_their_fingerprints(migrate):
    old = migrate("0002_help_texts")
    make_old_digits(old, 1001)  # one more than a batch

    new = migrate("0003_corrections")

    digits = new.get_model("recognizer", "Digit").objects
    expected = hashlib.sha256(GLYPH).hexdigest()[:32]
    assert digits.filter(fingerprint=expected, review="unreviewed").count() == 1001


@pytest.mark.parametrize(
    ("probabilities", "confidence", "certainty"),
    # Read with 0.9; refused with 0.95.
    [([0.0, 0.9] + [0.0125] * 8, 0.9, 0.9), ([0.005] * 10, 0.005, 0.95)],
)
def test_digits_from_before_the_queue_get_their_certainty(
    migrate, probabilities, confidence, certainty
):
    old = migrate("0003_corrections")
    make_old_digits(old, 1001, probabilities=probabilities, confidence=confidence)

    new = migrate("0004_review_queue")

    digits = new.get_model("recognizer", "Digit").objects
    assert digits.filter(certainty=certainty).count() == 1001


def test_what_was_promoted_before_is_known_as_promotions(migrate):
    old = migrate("0005_training_runs")
    versions = old.get_model("recognizer", "ModelVersion").objects
    versions.update(state="live", promoted_at=datetime(2026, 3, 1, tzinfo=UTC))
    for number, state, day in (
        (2, "retired", 3),
        (3, "retired", 2),
        (4, "candidate", 4),
    ):
        versions.create(
            number=number,
            digest="0" * 64,
            architecture="cnn",
            preprocessing_version=1,
            state=state,
            promoted_at=datetime(2026, 3, day, tzinfo=UTC),
        )

    new = migrate("0007_known_promotions")

    promotions = new.get_model("recognizer", "Promotion").objects.order_by("pk")
    assert [row.version_id for row in promotions] == [3, 2, 1]


@pytest.mark.parametrize(
    ("label", "outcome", "is_corrected"),
    [
        (None, "sure", False),
        (1, "sure", False),
        (2, "sure", True),
        (1, "not_a_digit", True),
        (10, "not_a_digit", False),
    ],
)
def test_what_was_corrected_before_is_found(migrate, label, outcome, is_corrected):
    old = migrate("0011_kept_answers")
    make_old_digits(
        old,
        1,
        certainty=0.1,
        fingerprint="0" * 32,
        label=label,
        review="unreviewed" if label is None else "proposed",
    )
    old.get_model("recognizer", "Prediction").objects.update(outcome=outcome)

    new = migrate("0015_history_orders")

    prediction = new.get_model("recognizer", "Prediction").objects.get()
    assert prediction.is_corrected is is_corrected


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("recognizer_digit", "digit_fingerprint"),
        ("recognizer_learntglyph", "learnt_glyph_fingerprint"),
    ],
)
def test_fingerprints_keep_one_index(migrate, table, name):
    migrate("0018_filtered_histories")

    migrate("0019_one_index_on_fingerprints")

    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    on_them = [each for each in found if found[each]["columns"] == ["fingerprint"]]
    assert on_them == [name]
