"""What somebody takes along: all that he keeps, as one ZIP."""

import io
import json
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIRequestFactory

from recognizer.api.serializers import prediction_data
from recognizer.models import Prediction
from recognizer.services import exports
from recognizer.services.corrections import correction_record
from recognizer.services.exports import account_export
from recognizer.viewers import Viewer
from tests.archives import make_batch, read_all
from tests.factories import make_prediction, make_token, make_webhook
from tests.recognizer.reading_plans import plans_of


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(exports, "ROWS_AT_ONCE", 2)


def export_of(viewer):
    return ZipFile(io.BytesIO(b"".join(account_export(viewer=viewer))))


def lines(archive, name):
    return [json.loads(line) for line in archive.read(name).splitlines()]


def test_an_export_has_the_fields_of_the_api_without_links(alice, small_chunks):
    kept = [make_prediction(owner=alice, text=text) for text in ("7", "26", "5")]
    request = APIRequestFactory().get("/")

    rows = lines(export_of(Viewer(user=alice)), "predictions.ndjson")

    assert [row["id"] for row in rows] == [str(each.public_id) for each in kept[::-1]]
    answer = prediction_data(
        kept[0], kept[0].digits.all(), is_stored=True, request=request
    )
    assert set(rows[2]) == set(answer) - {"links"}
    assert set(rows[2]["digits"][0]) == set(answer["digits"][0])


def test_an_export_holds_every_picture_as_it_is_kept(alice, small_chunks):
    kept = [make_prediction(owner=alice) for _ in range(5)]

    archive = export_of(Viewer(user=alice))

    for prediction in kept:
        data = archive.read(f"pictures/{prediction.public_id}.png")
        assert data == prediction.image.open("rb").read()
    assert "missing.txt" not in archive.namelist()


def test_a_missing_picture_is_noted_and_ends_nothing(alice):
    gone, kept = make_prediction(owner=alice), make_prediction(owner=alice)
    gone.image.storage.delete(gone.image.name)

    archive = export_of(Viewer(user=alice))

    assert archive.read("missing.txt").decode() == f"{gone.public_id}\n"
    assert f"pictures/{kept.public_id}.png" in archive.namelist()
    assert f"pictures/{gone.public_id}.png" not in archive.namelist()


def test_a_strange_file_name_makes_no_strange_entry(alice):
    prediction = make_prediction(owner=alice)
    name = f"{prediction.image.name}./../../evil"
    Prediction.objects.filter(pk=prediction.pk).update(image=name)

    names = export_of(Viewer(user=alice)).namelist()

    assert not any(".." in name for name in names)


def test_what_was_said_is_exported_without_the_names_of_others(alice, rita):
    digit = make_prediction(owner=alice).digits.get()
    correction_record(digit=digit, label=3, viewer=Viewer(user=alice))
    correction_record(digit=digit, label=4, viewer=rita)

    of_owner = lines(export_of(Viewer(user=alice)), "corrections.ndjson")
    of_reviewer = lines(export_of(rita), "corrections.ndjson")

    assert [(row["label"], row["is_yours"]) for row in of_owner] == [
        ("3", True),
        ("4", False),
    ]
    assert of_owner[0]["prediction"] == str(digit.prediction.public_id)
    assert [(row["label"], row["prediction"]) for row in of_reviewer] == [("4", None)]
    assert b"rita" not in export_of(Viewer(user=alice)).read("corrections.ndjson")


def test_tokens_are_exported_without_their_secrets(alice):
    token, secret = make_token(alice)

    archive = export_of(Viewer(user=alice))

    text = archive.read("tokens.json").decode()
    assert json.loads(text)[0]["id"] == str(token.pk)
    assert secret not in text
    assert token.digest not in text


def test_the_account_is_exported_without_the_password(alice):
    archive = export_of(Viewer(user=alice))

    account = json.loads(archive.read("account.json"))
    assert account["username"] == "alice"
    assert "password" not in account
    assert b"predictions.ndjson" in archive.read("README.txt")


def test_a_visitor_takes_along_what_his_browser_kept(alice):
    visitor = uuid4()
    prediction = make_prediction(visitor=visitor)
    make_prediction(owner=alice)
    digit = prediction.digits.get()
    correction_record(digit=digit, label=3, viewer=Viewer(visitor=visitor))

    archive = export_of(Viewer(visitor=visitor))

    (row,) = lines(archive, "predictions.ndjson")
    (correction,) = lines(archive, "corrections.ndjson")
    assert row["id"] == str(prediction.public_id)
    assert correction["prediction"] == str(prediction.public_id)
    assert f"pictures/{prediction.public_id}.png" in archive.namelist()


def test_a_newcomers_export_is_empty(alice):
    make_prediction()

    archive = export_of(Viewer())

    assert lines(archive, "predictions.ndjson") == []
    assert archive.testzip() is None


def test_an_export_comes_in_pieces_and_not_at_once(alice, monkeypatch):
    monkeypatch.setattr(exports, "PIECE_BYTES", 100)
    for _ in range(10):
        make_prediction(owner=alice)

    pieces = list(account_export(viewer=Viewer(user=alice)))

    assert len(pieces) > 10
    assert ZipFile(io.BytesIO(b"".join(pieces))).testzip() is None


def test_whoever_leaves_an_export_half_way_breaks_nothing(alice, monkeypatch):
    monkeypatch.setattr(exports, "PIECE_BYTES", 1)
    make_prediction(owner=alice)
    pieces = account_export(viewer=Viewer(user=alice))
    for _ in range(2):  # Into the middle of predictions.ndjson.
        next(pieces)

    pieces.close()

    assert list(pieces) == []


def test_an_export_tells_of_batches_and_their_files(alice, bob, stub_engine):
    batch = make_batch(viewer=Viewer(user=alice))
    make_batch(viewer=Viewer(user=bob))
    read_all(batch)

    (row,) = lines(export_of(Viewer(user=alice)), "batches.ndjson")

    assert row["id"] == str(batch.public_id)
    assert [file["name"] for file in row["files"]] == ["a.png", "b.png"]
    made = Prediction.objects.filter(owner=alice).values_list("public_id", flat=True)
    assert {file["prediction"] for file in row["files"]} == {str(each) for each in made}


def test_an_export_holds_no_secret_of_a_webhook(alice):
    webhook = make_webhook(owner=alice)

    archive = export_of(Viewer(user=alice))

    (entry,) = json.loads(archive.read("webhooks.json"))
    assert entry["url"] == webhook.url
    assert webhook.secret.encode() not in archive.read("webhooks.json")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="plans are SQLite's")
def test_nobody_elses_predictions_are_read_for_an_export(alice, small_chunks):
    for _ in range(3):
        make_prediction(owner=alice)

    with CaptureQueriesContext(connection) as captured:
        export_of(Viewer(user=alice))

    plans = plans_of(captured)
    assert len(plans) >= 4
    for plan in plans:
        assert "prediction_owner_created_at" in plan
        assert "TEMP B-TREE" not in plan


def test_what_is_kept_while_an_export_goes_on_shifts_nothing(alice, small_chunks):
    kept = [make_prediction(owner=alice) for _ in range(5)]
    rows = exports._prediction_rows(Viewer(user=alice))

    first = next(rows)
    make_prediction(owner=alice)
    ids = [row["id"] for row in (first, *rows)]

    assert ids == [each.public_id for each in reversed(kept)]


def test_equally_old_predictions_are_all_exported(alice, small_chunks):
    kept = [make_prediction(owner=alice) for _ in range(5)]
    Prediction.objects.update(created_at=kept[0].created_at)

    rows = exports._prediction_rows(Viewer(user=alice))

    assert [row["id"] for row in rows] == [each.public_id for each in reversed(kept)]


@pytest.mark.parametrize("rows_of", ["_correction_rows", "_batch_rows"])
def test_no_read_stays_open_while_a_row_is_sent(alice, small_chunks, rows_of):
    viewer = Viewer(user=alice)
    for label in range(5):
        make_batch(viewer=viewer)
        digit = make_prediction(owner=alice).digits.get()
        correction_record(digit=digit, label=label, viewer=viewer)
    table = {"_correction_rows": "correction", "_batch_rows": "batch"}[rows_of]

    with CaptureQueriesContext(connection) as captured:
        sent = list(getattr(exports, rows_of)(viewer))

    asked = [query["sql"] for query in captured.captured_queries]
    read = [sql for sql in asked if f'FROM "recognizer_{table}"' in sql]
    assert len(sent) == 5
    assert [" LIMIT 2" in sql for sql in read] == [True] * 4
