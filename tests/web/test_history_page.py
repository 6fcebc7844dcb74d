from uuid import uuid4

from django.core.files.storage import default_storage

from recognizer.models import Prediction
from recognizer.web import views
from tests.factories import make_prediction


def predictions_in(context):
    return [prediction for prediction, _labels in context["entries"]]


def listed(client):
    return predictions_in(client.get("/predictions/").context)


def test_it_shows_the_visitors_own_and_no_others(db, client, visitor):
    mine = make_prediction(visitor=visitor)
    make_prediction(visitor=uuid4())

    assert listed(client) == [mine]


def test_a_signed_in_user_sees_his_own_on_every_device(alice, bob, client):
    mine = make_prediction(owner=alice)
    make_prediction(owner=bob)
    client.force_login(alice)

    assert listed(client) == [mine]


def test_a_newcomer_is_told_that_there_is_nothing_yet(db, client):
    assert client.get("/predictions/").status_code == 200


def test_each_entry_leads_to_its_page_and_shows_a_thumbnail(db, client, visitor):
    prediction = make_prediction(visitor=visitor)

    page = client.get("/predictions/").content.decode()

    assert f'href="{prediction.get_absolute_url()}"' in page
    assert prediction.thumbnail_url in page


def test_what_is_not_a_digit_is_listed_as_such(db, client, visitor):
    make_prediction(visitor=visitor, text="3", outcome="not_a_digit")

    page = client.get("/predictions/").content.decode()

    assert "Not a digit" in page
    assert "Closest: 3" in page
    assert "Delete this picture" in page


def test_pages_lead_to_older_and_back_to_newer(db, client, visitor, monkeypatch):
    monkeypatch.setattr(views, "HISTORY_PAGE_SIZE", 2)
    rows = [make_prediction(visitor=visitor) for _ in range(3)][::-1]

    first = client.get("/predictions/").context
    second = client.get(f"/predictions/{first['older_url']}").context
    back = client.get(f"/predictions/{second['newer_url']}").context

    assert predictions_in(first) == predictions_in(back) == rows[:2]
    assert predictions_in(second) == rows[2:]
    assert (first["newer_url"], second["older_url"]) == (None, None)


def test_an_emptied_page_leads_to_the_first(db, client, visitor, monkeypatch):
    monkeypatch.setattr(views, "HISTORY_PAGE_SIZE", 1)
    rows = [make_prediction(visitor=visitor) for _ in range(2)]
    older_url = client.get("/predictions/").context["older_url"]
    rows[0].delete()

    response = client.get(f"/predictions/{older_url}")

    assert response.status_code == 302
    assert response["Location"] == "/predictions/"


def test_a_made_up_cursor_is_not_found(db, client, visitor):
    assert client.get("/predictions/?before=nonsense!").status_code == 404


def test_deleting_is_asked_about_first(db, client, visitor):
    prediction = make_prediction(visitor=visitor)

    response = client.get(f"{prediction.get_absolute_url()}delete/")

    assert response.status_code == 200
    assert Prediction.objects.exists()


def test_who_deletes_what_is_not_a_digit_is_told_what_it_is(db, client, visitor):
    prediction = make_prediction(visitor=visitor, text="3", outcome="not_a_digit")

    page = client.get(f"{prediction.get_absolute_url()}delete/").content.decode()

    assert "It does not look like a digit. Closest: 3." in page


def test_deleting_takes_picture_and_rows_and_says_so(
    db, client, visitor, django_capture_on_commit_callbacks
):
    prediction = make_prediction(visitor=visitor)

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(f"{prediction.get_absolute_url()}delete/", follow=True)

    assert "deleted" in response.content.decode()
    assert not Prediction.objects.exists()
    assert not default_storage.exists(prediction.image.name)


def test_another_persons_prediction_cannot_be_deleted(alice, bob, client):
    prediction = make_prediction(owner=bob)
    client.force_login(alice)

    response = client.post(f"{prediction.get_absolute_url()}delete/")

    assert response.status_code == 404
    assert Prediction.objects.exists()
