"""What comes back of a batch: as JSON, as a table, and line by line."""

import csv
import io
import json

import pytest
from rest_framework.test import APIRequestFactory

from recognizer import selectors
from recognizer.answers import corrected_text
from recognizer.api.batch_data import (
    BatchOutput,
    BatchResultsOutput,
    batch_item_data,
)
from recognizer.models import NOT_A_DIGIT, Batch
from recognizer.services.corrections import correction_record
from recognizer.viewers import Viewer
from tests.api.shapes import assert_same_fields
from tests.archives import make_batch, read_all
from tests.factories import make_image, make_prediction, make_reading


def results_url(batch):
    return f"/api/batches/{batch.public_id}/results/"


def get(api, batch, **asked):
    response = api.get(results_url(batch), asked)
    assert response.status_code == 200, response.content
    return response


def text(response):
    return b"".join(response.streaming_content).decode()


def table(response):
    return list(csv.DictReader(io.StringIO(text(response), newline="")))


@pytest.fixture
def batch(alice, api, stub_engine):
    """A picture, a blank one, a text, and one that waits; they are alice's."""
    api.force_authenticate(alice)
    batch = make_batch(
        *((f"{name}.png", make_image()) for name in "abcd"), viewer=Viewer(user=alice)
    )
    read, blank, failed, _ = batch.items.all()
    read.prediction = make_prediction(owner=alice, outcome="unsure", confidence=0.5)
    read.status, blank.status, failed.status = "read", "blank", "failed"
    failed.error_code, failed.error_message = "unreadable_image", "Send a PNG."
    for item in (read, blank, failed):
        item.save()
    return batch


def test_a_batch_says_how_far_it_is(api, batch):
    data = api.get(f"/api/batches/{batch.public_id}/").json()

    assert_same_fields(BatchOutput(), data)
    assert data["first_file"] == "a.png"
    counts = [data[name] for name in ("total", "waiting", "read", "blank", "failed")]
    assert counts == [4, 1, 1, 1, 1]
    assert set(data["links"]) == {"self", "page", "results", "cancel"}


def test_json_holds_whole_predictions_in_the_order_of_the_files(api, batch):
    response = get(api, batch)

    assert response["Content-Type"] == "application/json"
    data = json.loads(text(response))
    assert_same_fields(BatchResultsOutput(), data)
    results = data["results"]
    assert [each["name"] for each in results] == ["a.png", "b.png", "c.png", "d.png"]
    assert [each["status"] for each in results] == [
        "read",
        "blank",
        "failed",
        "waiting",
    ]
    assert results[0]["prediction"]["outcome"] == "unsure"
    assert len(results[0]["prediction"]["digits"]) == 1
    assert [each["prediction"] for each in results[1:]] == [None] * 3
    assert results[2]["error"] == {"code": "unreadable_image", "message": "Send a PNG."}
    assert results[0]["error"] is None


def test_a_table_has_a_row_for_each_file(api, batch):
    response = get(api, batch, format="csv")

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert f'"batch-{batch.public_id}.csv"' in response["Content-Disposition"]
    read, blank, failed, waiting = table(response)
    assert read == {
        "name": "a.png",
        "status": "read",
        "outcome": "unsure",
        "digit": "7",
        "text": "7",
        "confidence": "0.5",
        "label": "",
        "prediction": str(batch.items.first().prediction.public_id),
        "error_code": "",
        "error_message": "",
    }
    assert (blank["outcome"], blank["digit"], blank["confidence"]) == ("blank", "", "")
    assert (failed["error_code"], failed["error_message"]) == (
        "unreadable_image",
        "Send a PNG.",
    )
    assert (waiting["status"], waiting["outcome"]) == ("waiting", "")


def test_ndjson_is_one_result_a_line(api, batch):
    response = get(api, batch, format="ndjson")

    assert response["Content-Type"] == "application/x-ndjson"
    lines = text(response).splitlines()
    whole = json.loads(text(get(api, batch)))["results"]
    assert [json.loads(line) for line in lines] == whole


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/x-ndjson", "application/x-ndjson"),
        ("application/json", "application/json"),
        ("image/png", "application/json"),
    ],
)
def test_the_form_may_be_asked_for_by_accept(api, batch, accept, content_type):
    response = api.get(results_url(batch), headers={"Accept": accept})

    assert response.status_code == 200
    assert response["Content-Type"] == content_type


@pytest.mark.parametrize(
    ("outcome", "names"),
    [("unsure", ["a.png"]), ("blank", ["b.png"]), ("sure", [])],
)
def test_only_what_was_answered_so_may_be_asked_for(api, batch, outcome, names):
    response = get(api, batch, outcome=outcome)

    assert [each["name"] for each in json.loads(text(response))["results"]] == names


@pytest.mark.parametrize("form", ["json", "csv"])
def test_an_outcome_that_there_is_not_is_an_error_in_json(api, batch, form):
    response = api.get(results_url(batch), {"outcome": "perhaps", "format": form})

    assert response.status_code == 400
    assert response["Content-Type"] == "application/json"
    assert response.json()["error"]["code"] == "invalid"


@pytest.mark.parametrize("form", ["xlsx", "xml"])
def test_a_form_that_there_is_not_is_refused_by_name(api, batch, form):
    response = api.get(results_url(batch), {"format": form})

    assert response.status_code == 400
    assert response["Content-Type"] == "application/json"
    assert "json, csv, ndjson" in response.json()["error"]["fields"]["format"][0]


@pytest.mark.parametrize(
    "name",
    [
        "=1+1.png",
        "+1.png",
        "-1.png",
        "@SUM(A1).png",
        "\t=1.png",
        "\t1.png",
        "\r=1.png",
        " =1.png",
    ],
)
def test_a_name_is_never_a_formula(api, batch, name):
    batch.items.update(name=name)

    rows = table(get(api, batch, format="csv"))

    assert [row["name"] for row in rows] == [f"'{name}"] * 4


@pytest.mark.parametrize("name", ['a"b.png', "a,b.png", "a;b.png", "é€.png", "1-2.png"])
def test_any_other_name_comes_back_as_it_was(api, batch, name):
    batch.items.update(name=name)

    assert table(get(api, batch, format="csv"))[0]["name"] == name


def test_what_people_said_stands_beside_what_was_read(alice, api, batch):
    digit = batch.items.first().prediction.digits.get()
    correction_record(digit=digit, label=1, viewer=Viewer(user=alice))

    assert table(get(api, batch, format="csv"))[0]["label"] == "1"
    assert json.loads(text(get(api, batch)))["results"][0]["label"] == "1"


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([None, None], None),
        ([None, 4], "24"),
        ([1, NOT_A_DIGIT], "1"),
        ([NOT_A_DIGIT, NOT_A_DIGIT], "not_a_digit"),
    ],
)
def test_labels_of_several_digits_are_one_text(db, labels, words):
    prediction = make_prediction(text="26")
    for digit, label in zip(prediction.digits.all(), labels, strict=True):
        digit.label = label
        digit.review = "proposed" if label is not None else "unreviewed"
        digit.save()

    assert corrected_text(prediction) == words


def test_what_was_deleted_since_is_left_out(api, batch):
    batch.items.first().prediction.delete()

    row = table(get(api, batch, format="csv"))[0]

    assert (row["status"], row["outcome"], row["prediction"]) == ("read", "", "")


def test_thousands_of_results_come_some_at_a_time(
    api, batch, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(selectors.batches, "ITEMS_AT_ONCE", 2)

    with django_assert_max_num_queries(9):
        names = [row["name"] for row in table(get(api, batch, format="csv"))]

    assert names == ["a.png", "b.png", "c.png", "d.png"]


def test_an_answer_begins_before_all_of_it_is_read(api, batch, monkeypatch):
    seen = []
    real = selectors.batch_items
    monkeypatch.setattr(
        selectors,
        "batch_items",
        lambda *args, **kwargs: (
            seen.append(item) or item for item in real(*args, **kwargs)
        ),
    )

    stream = iter(get(api, batch, format="ndjson").streaming_content)
    next(stream)

    assert len(seen) == 1


def test_a_batch_of_real_pictures_comes_back_whole(db, api, stub_engine):
    stub_engine.reading = make_reading(text="2026")

    batch = read_all(make_batch())

    assert batch.status == Batch.Status.FINISHED
    items = list(selectors.batch_items(batch))
    data = [batch_item_data(item, APIRequestFactory().get("/")) for item in items]
    assert [each["prediction"]["text"] for each in data] == ["2026", "2026"]
    assert data[0]["prediction"]["digit"] is None
