"""The pages of batches: sending, looking, cancelling, deleting."""

from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from recognizer import viewers
from recognizer.models import Batch, Prediction, Source
from recognizer.viewers import Viewer
from tests.archives import make_batch, make_zip, read_all
from tests.factories import (
    make_admin,
    make_image,
    make_prediction,
    make_reading,
    make_upload,
)

URL = "/batches/"


@pytest.fixture
def mine(alice, client):
    client.force_login(alice)
    return make_batch(viewer=Viewer(user=alice))


def page_of(client, batch, **asked):
    response = client.get(batch.get_absolute_url(), asked)
    assert response.status_code == 200
    return response.content.decode()


def test_files_and_archives_are_sent_by_the_same_form(db, client):
    archive = SimpleUploadedFile("scans.zip", make_zip())

    response = client.post(URL, {"files": [make_upload(name="7.png"), archive]})

    batch = Batch.objects.get()
    assert response.status_code == 303
    assert response["Location"] == batch.get_absolute_url()
    assert (batch.total, batch.source) == (3, Source.UPLOAD)


def test_a_newcomer_finds_his_batch_again(db, client):
    response = client.post(URL, {"files": [make_upload()]})

    assert viewers.COOKIE in response.cookies
    assert client.get(response["Location"]).status_code == 200
    assert "seven.png" in client.get(URL).content.decode()


def test_the_form_is_guarded_against_other_sites(db):
    client = Client(enforce_csrf_checks=True)

    response = client.post(URL, {"files": [make_upload()]})

    assert response.status_code == 403
    assert not Batch.objects.exists()


def test_the_forms_own_token_lets_it_pass(db):
    client = Client(enforce_csrf_checks=True)
    client.get(URL)
    token = client.cookies["csrftoken"].value

    response = client.post(
        URL, {"csrfmiddlewaretoken": token, "files": [make_upload()]}
    )

    assert response.status_code == 303


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        ({}, 400, "There are no files yet."),
        ({"files": ""}, 400, "There are no files yet."),
        (
            {"files": SimpleUploadedFile("a.zip", b"no archive")},
            400,
            "This ZIP cannot be read",
        ),
        (
            {"files": SimpleUploadedFile("a.zip", make_zip([("../7.png", b"x")]))},
            400,
            "not safe to open",
        ),
    ],
)
def test_what_is_not_taken_is_said_on_the_page(db, client, sent, status, words):
    for file in sent.values():
        if file:
            file.seek(0)

    response = client.post(URL, sent)

    assert response.status_code == status
    assert words in response.content.decode()
    assert 'role="alert"' in response.content.decode()
    assert not Batch.objects.exists()


def test_a_body_over_the_limit_is_answered_in_words(db, client, settings):
    settings.MAX_BATCH_BODY_BYTES = 10

    response = client.post(URL, {"files": [make_upload()]})

    assert response.status_code == 413
    assert "Send it in several batches." in response.content.decode()


def test_an_eleventh_batch_is_refused_in_words(alice, client):
    for _ in range(10):
        make_batch(viewer=Viewer(user=alice))
    client.force_login(alice)

    response = client.post("/batches/", {"files": make_upload()})

    assert response.status_code == 409
    assert "You have 10 batches that are not read yet" in response.content.decode()
    assert Batch.objects.count() == 10


def test_the_list_says_how_far_each_batch_is(mine, client, stub_engine):
    read_all(mine)
    mine.items.filter(position=0).update(status="failed", prediction=None)

    page = client.get(URL).content.decode()

    assert "a.png" in page
    assert "and 1 more" in page
    assert "All 2 done." in page
    assert "1 failed." in page


def test_a_batch_is_known_again_by_its_first_file(alice, client):
    client.force_login(alice)
    one, other = (
        make_batch((name, make_image()), viewer=Viewer(user=alice))
        for name in ("monday.png", "<b>tuesday.png")
    )

    listed, page = client.get(URL).content.decode(), page_of(client, other)

    assert "monday.png" in listed
    assert "&lt;b&gt;tuesday.png" in listed
    assert "more" not in page_of(client, one).partition("<h1>")[2].partition("</p>")[0]
    assert "&lt;b&gt;tuesday.png" in page.partition("<h1>")[2].partition("</p>")[0]


def test_the_list_is_walked_by_pages(alice, client, monkeypatch):
    monkeypatch.setattr("recognizer.web.batches.BATCHES_ON_A_PAGE", 1)
    client.force_login(alice)
    older, newer = (make_batch(viewer=Viewer(user=alice)) for _ in range(2))

    first = client.get(URL)
    second = client.get(URL + first.context["older_url"])

    assert [card.batch for card in first.context["cards"]] == [newer]
    assert [card.batch for card in second.context["cards"]] == [older]


def test_a_cursor_that_is_not_ours_is_no_page(db, client):
    assert client.get(URL, {"before": "?"}).status_code == 404


def test_the_page_of_a_batch_shows_what_was_read(mine, client, stub_engine):
    stub_engine.reading = make_reading(outcome="unsure", confidence=0.41)
    read_all(mine)

    page = page_of(client, mine)

    prediction = Prediction.objects.first()
    assert "a.png" in page
    assert "41.0%, unsure: look twice." in page
    assert prediction.get_absolute_url() in page
    assert prediction.thumbnail_url in page
    for form in ("csv", "json", "ndjson"):
        assert f"/api/batches/{mine.public_id}/results/?format={form}" in page


def test_what_failed_stands_first_with_the_reason(alice, client):
    client.force_login(alice)
    batch = read_all(
        make_batch(
            ("a.png", make_image()), ("notes.txt", b"x"), viewer=Viewer(user=alice)
        )
    )

    page = page_of(client, batch)

    files = page[page.index("Its files") :]
    assert files.index("notes.txt") < files.index("a.png")
    assert "not a picture that can be read here" in page


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("sure", "99.0% sure."),
        ("not_a_digit", "Not a digit. Closest: 7."),
    ],
)
def test_outcomes_are_said_in_words(mine, client, outcome, words):
    item = mine.items.first()
    item.prediction = make_prediction(owner=mine.owner, outcome=outcome)
    item.status = "read"
    item.save()

    assert words in page_of(client, mine)


def test_blank_deleted_and_waiting_files_are_said_to_be(mine, client):
    mine.items.filter(position=0).update(status="blank")

    page = page_of(client, mine)
    mine.items.filter(position=0).update(status="read")
    later = page_of(client, mine)

    assert "There is nothing to read in it." in page
    assert "It waits." in page
    assert "It was read, and deleted since." in later


def test_names_are_shown_and_not_carried_out(mine, client):
    mine.items.update(name="<script>alert(1)</script>.png")

    assert "<script>alert" not in page_of(client, mine)


def test_many_files_are_shown_in_pages(alice, client, monkeypatch):
    monkeypatch.setattr("recognizer.web.batches.ITEMS_ON_A_PAGE", 2)
    client.force_login(alice)
    files = [(f"{at}.png", make_image()) for at in range(3)]
    batch = make_batch(*files, viewer=Viewer(user=alice))

    first, second = page_of(client, batch), page_of(client, batch, page=2)

    assert "1–2 of 3" in first
    assert "2.png" in second
    assert "1.png" not in second


def test_a_page_of_files_takes_few_queries(
    mine, client, stub_engine, django_assert_max_num_queries
):
    read_all(mine)

    with django_assert_max_num_queries(9):
        page_of(client, mine)


def test_progress_is_a_piece_of_the_page_until_the_end(mine, client, stub_engine):
    url = f"{mine.get_absolute_url()}progress/"

    before = client.get(url)
    read_all(mine)
    after = client.get(url)

    assert "It waits for the worker." in before.content.decode()
    assert "<html" not in before.content.decode()
    assert after.status_code == 204


def test_a_batch_that_nobody_reads_says_what_is_missing(mine, client, monkeypatch):
    assert "make run" not in page_of(client, mine)
    monkeypatch.setattr("recognizer.web.batches.WORKER_IS_LATE_S", -1)

    assert "make run" in page_of(client, mine)


def test_cancelling_leaves_what_was_read(mine, client):
    response = client.post(f"{mine.get_absolute_url()}cancel/")

    mine.refresh_from_db()
    assert response.status_code == 303
    assert mine.status == "cancelled"
    page = page_of(client, mine)
    assert "Cancelled with 0 of 2 done." in page
    assert "It was never read." in page


def test_cancelling_twice_is_said(mine, client):
    client.post(f"{mine.get_absolute_url()}cancel/")

    response = client.post(f"{mine.get_absolute_url()}cancel/")

    words = [str(message) for message in get_messages(response.wsgi_request)]
    assert words == ["This batch has ended already."]


@pytest.mark.parametrize(("sent", "left"), [({}, 2), ({"predictions": "on"}, 0)])
def test_deleting_asks_first_and_what_goes_with_it(
    mine, client, stub_engine, sent, left
):
    read_all(mine)
    url = f"{mine.get_absolute_url()}delete/"

    asked = client.get(url).content.decode()
    response = client.post(url, sent)

    assert "2 predictions" in asked
    assert response["Location"] == URL
    assert not Batch.objects.exists()
    assert Prediction.objects.count() == left


@pytest.mark.parametrize("path", ["", "progress/", "delete/"])
@pytest.mark.parametrize("who", ["bob", "staff", "visitor"])
def test_to_others_it_is_not_there(mine, bob, path, who):
    other = Client()
    if who != "visitor":
        other.force_login(bob if who == "bob" else make_admin())

    assert other.get(mine.get_absolute_url() + path).status_code == 404


@pytest.mark.parametrize("path", ["cancel/", "delete/"])
def test_others_change_nothing(mine, bob, path):
    other = Client()
    other.force_login(bob)

    assert other.post(mine.get_absolute_url() + path).status_code == 404
    assert Batch.objects.get().status == "queued"


def test_what_does_not_exist_is_not_there(db, client):
    assert client.get(f"{URL}{uuid4()}/").status_code == 404


def test_cancelling_takes_a_form(mine, client):
    assert client.get(f"{mine.get_absolute_url()}cancel/").status_code == 405


def test_the_staff_looks_at_batches_in_the_administration(mine, client):
    client.force_login(make_admin())
    pages = "/admin/recognizer/batch/"

    listed = client.get(pages).content.decode()
    one = client.get(f"{pages}{mine.pk}/change/")

    assert str(mine.public_id) in listed
    assert one.status_code == 200
    assert client.get(f"{pages}add/").status_code == 403
    assert client.post(f"{pages}{mine.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.post(f"{pages}{mine.pk}/change/", {"total": 9}).status_code == 403
