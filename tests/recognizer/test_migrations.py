import hashlib

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

GLYPH = bytes(range(196)) * 4


def migrate_to(name: str):
    executor = MigrationExecutor(connection)
    executor.migrate([("recognizer", name)])
    return (
        MigrationExecutor(connection).loader.project_state([("recognizer", name)]).apps
    )


@pytest.mark.django_db(transaction=True)
def test_digits_from_before_the_corrections_get_their_fingerprints(monkeypatch):
    old = migrate_to("0002_help_texts")
    version = old.get_model("recognizer", "ModelVersion").objects.get()
    prediction = old.get_model("recognizer", "Prediction").objects.create(
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
    for position in range(1001):  # one more than a batch
        old.get_model("recognizer", "Digit").objects.create(
            prediction=prediction,
            position=position,
            box_left=0,
            box_top=0,
            box_width=1,
            box_height=1,
            glyph=GLYPH,
            predicted=1,
            probabilities=[0.1] * 10,
            confidence=0.1,
        )

    new = migrate_to("0003_corrections")

    digits = new.get_model("recognizer", "Digit").objects
    expected = hashlib.sha256(GLYPH).hexdigest()[:32]
    assert digits.filter(fingerprint=expected, review="unreviewed").count() == 1001
