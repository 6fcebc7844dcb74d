from pathlib import Path

import pytest

from recognizer.models import ModelVersion, Prediction
from tests.factories import make_admin, make_prediction, make_user

LIST = "/admin/recognizer/prediction/"


@pytest.fixture
def admin(db, client):
    client.force_login(make_admin())
    return client


def listed(response):
    return list(response.context["cl"].result_list)


def test_staff_see_everybodys_predictions(admin, alice):
    rows = [make_prediction(owner=alice), make_prediction()]

    assert listed(admin.get(LIST)) == rows[::-1]


def test_a_prediction_is_shown_with_picture_glyph_and_bars(admin):
    prediction = make_prediction(confidence=0.91)

    page = admin.get(f"{LIST}{prediction.pk}/change/").content.decode()

    assert f"{LIST}{prediction.pk}/image/" in page
    assert "data:image/png;base64," in page
    assert "7 ██████████████████··  91.0%" in page


def test_the_bars_end_with_that_of_no_digit(admin):
    prediction = make_prediction(confidence=0.05, not_a_digit=0.9)

    page = admin.get(f"{LIST}{prediction.pk}/change/").content.decode()

    assert "not a digit ██████████████████··  90.0%" in page


def test_what_is_not_a_digit_is_listed_as_such(admin):
    make_prediction(text="3", outcome="not_a_digit")

    assert "not a digit, closest 3" in admin.get(LIST).content.decode()


@pytest.mark.parametrize("name", ["image", "thumbnail"])
def test_staff_see_the_pictures(admin, alice, name):
    prediction = make_prediction(owner=alice)

    response = admin.get(f"{LIST}{prediction.pk}/{name}/")

    assert response["Content-Type"] == "image/png"
    assert response.getvalue().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["image", "thumbnail"])
def test_staff_without_the_permission_see_no_pictures(db, client, name):
    client.force_login(make_user(is_staff=True))
    prediction = make_prediction()

    assert client.get(f"{LIST}{prediction.pk}/{name}/").status_code == 404


@pytest.mark.parametrize("name", ["image", "thumbnail"])
def test_users_are_sent_to_the_log_in(alice, client, name):
    client.force_login(alice)
    prediction = make_prediction()

    assert client.get(f"{LIST}{prediction.pk}/{name}/").status_code == 302


@pytest.mark.parametrize("name", ["image", "thumbnail"])
def test_staff_are_not_sent_a_picture_again(admin, name):
    url = f"{LIST}{make_prediction().pk}/{name}/"
    tag = admin.get(url)["ETag"]

    response = admin.get(url, headers={"If-None-Match": tag})

    assert (response.status_code, response.content) == (304, b"")
    assert response["Cache-Control"] == "private, no-cache"


def test_a_picture_of_nothing_is_not_found(admin):
    assert admin.get(f"{LIST}999/image/").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {"outcome__exact": "unsure"},
        {"source__exact": "draw"},
        {"digit": "3"},
    ],
)
def test_filters_find_what_they_name(admin, query):
    wanted = make_prediction(text="33", outcome="unsure", source="draw")
    make_prediction(text="7", outcome="sure", source="upload")

    assert listed(admin.get(LIST, query)) == [wanted]


@pytest.mark.parametrize("value", ["x", "", "12", "-1", "9" * 5000])
def test_a_filter_for_no_digit_filters_nothing(admin, value):
    row = make_prediction()

    assert listed(admin.get(LIST, {"digit": value})) == [row]


def test_the_search_finds_a_public_id(admin):
    wanted = make_prediction()
    make_prediction()

    assert listed(admin.get(LIST, {"q": str(wanted.public_id)})) == [wanted]


def test_the_search_finds_nothing_by_half_an_id(admin):
    row = make_prediction()

    assert listed(admin.get(LIST, {"q": str(row.public_id)[:8]})) == []


def test_predictions_are_not_changed_here(admin):
    prediction = make_prediction(text="7")

    response = admin.post(f"{LIST}{prediction.pk}/change/", {"text": "8"})

    assert response.status_code == 403
    assert Prediction.objects.get().text == "7"


def test_deleting_one_takes_its_picture(admin, django_capture_on_commit_callbacks):
    prediction = make_prediction()

    with django_capture_on_commit_callbacks(execute=True):
        admin.post(f"{LIST}{prediction.pk}/delete/", {"post": "yes"})

    assert not Prediction.objects.exists()
    assert not Path(prediction.image.path).exists()


def test_deleting_many_takes_their_pictures(admin, django_capture_on_commit_callbacks):
    rows = [make_prediction(), make_prediction()]
    form = {
        "action": "delete_selected",
        "_selected_action": [row.pk for row in rows],
        "post": "yes",
    }

    with django_capture_on_commit_callbacks(execute=True):
        admin.post(LIST, form)

    assert not Prediction.objects.exists()
    assert not any(Path(row.image.path).exists() for row in rows)


def test_a_longer_list_needs_no_more_queries(admin, django_assert_max_num_queries):
    for _ in range(10):
        make_prediction(owner=make_user())

    with django_assert_max_num_queries(8):
        admin.get(LIST)


def test_model_versions_are_looked_at_only(admin):
    version = ModelVersion.objects.get()
    url = f"/admin/recognizer/modelversion/{version.pk}"

    assert admin.get(f"{url}/change/").status_code == 200
    assert admin.post(f"{url}/change/", {"state": "retired"}).status_code == 403
    assert admin.post(f"{url}/delete/", {"post": "yes"}).status_code == 403
