import base64
from http import HTTPStatus

import pytest

from recognizer import engine, viewers
from recognizer.models import Digit, Prediction
from tests.factories import make_image, make_reading, make_upload

URL = "/api/predictions/"


def post_file(client, url=URL, **fields):
    return client.post(url, {"image": make_upload(), **fields}, format="multipart")


def test_a_picture_is_read_and_stored(db, api, stub_engine):
    response = post_file(api)

    assert response.status_code == 201
    assert response.json()["digit"] == 7
    assert Prediction.objects.get().text == "7"


def test_location_leads_to_the_stored_prediction(db, api, stub_engine):
    response = post_file(api)

    assert response["Location"] == response.json()["links"]["self"]
    assert api.get(response["Location"]).json()["id"] == response.json()["id"]


def test_the_engine_gets_the_very_bytes_that_were_sent(db, api, stub_engine):
    data = make_image(width=90)

    api.post(URL, {"image": make_upload(data)}, format="multipart")

    assert stub_engine.asked == [data]


@pytest.mark.parametrize("media_type", ["image/png", "image/jpeg", "image/x-unheard"])
def test_a_picture_may_be_the_body_itself(db, api, stub_engine, media_type):
    data = make_image(width=90)

    response = api.post(URL, data, content_type=media_type)

    assert response.status_code == 201
    assert response.json()["source"] == "api"
    assert stub_engine.asked == [data]


def test_a_picture_as_body_may_be_read_without_being_kept(db, api, stub_engine):
    response = api.post(f"{URL}?store=false", make_image(), content_type="image/png")

    assert response.status_code == 200
    assert not Prediction.objects.exists()


def test_an_empty_body_is_no_picture(db, api):
    response = api.post(URL, b"", content_type="image/png")

    assert response.status_code == 400
    assert "image" in response.json()["error"]["fields"]


def test_too_large_a_body_is_refused(db, api, settings):
    settings.MAX_IMAGE_BYTES = 100

    response = api.post(URL, b"x" * 101, content_type="image/png")

    assert response.status_code == 413


def test_every_digit_comes_with_box_glyph_and_ten_probabilities(db, api, stub_engine):
    stub_engine.reading = make_reading(text="26")

    body = post_file(api).json()

    assert [entry["digit"] for entry in body["digits"]] == [2, 6]
    assert body["digits"][0]["box"] == {"left": 0, "top": 8, "width": 12, "height": 24}
    assert len(body["digits"][0]["probabilities"]) == 10
    assert body["digits"][0]["glyph"].startswith("data:image/png;base64,")


def test_a_number_of_two_digits_has_a_text_but_no_one_digit(db, api, stub_engine):
    stub_engine.reading = make_reading(text="26")

    body = post_file(api).json()

    assert body["text"] == "26"
    assert body["digit"] is None
    assert body["probabilities"] is None


def test_what_is_not_a_digit_is_stored_with_the_closest(db, api, stub_engine):
    stub_engine.reading = make_reading(
        digit=3, outcome="not_a_digit", confidence=0.05, not_a_digit=0.9
    )

    response = post_file(api)

    body = response.json()
    assert response.status_code == 201
    assert body["outcome"] == "not_a_digit"
    assert (body["digit"], body["text"]) == (3, "3")


@pytest.mark.parametrize("not_a_digit", [0.0, 0.1234, 0.9])
def test_the_probability_of_being_no_digit_is_told(db, api, stub_engine, not_a_digit):
    stub_engine.reading = make_reading(confidence=0.05, not_a_digit=not_a_digit)

    body = post_file(api).json()

    assert body["digits"][0]["not_a_digit"] == not_a_digit
    assert body["not_a_digit"] == not_a_digit


def test_a_number_of_two_digits_has_no_one_probability_of_being_none(
    db, api, stub_engine
):
    stub_engine.reading = make_reading(text="26")

    assert post_file(api).json()["not_a_digit"] is None


def test_json_may_carry_base64(db, api, stub_engine):
    text = base64.b64encode(make_image()).decode()

    response = api.post(URL, {"image": text}, format="json")

    assert response.status_code == 201
    assert stub_engine.asked == [make_image()]


@pytest.mark.parametrize(
    "head",
    ["data:image/png;base64,", "DATA:IMAGE/PNG;BASE64,", " \n data:image/png;base64,"],
)
def test_json_may_carry_a_data_url(db, api, stub_engine, head):
    text = head + base64.b64encode(make_image()).decode()

    response = api.post(URL, {"image": text}, format="json")

    assert response.status_code == 201
    assert stub_engine.asked == [make_image()]


def test_base64_may_be_broken_into_lines(db, api, stub_engine):
    text = base64.encodebytes(make_image()).decode()

    response = api.post(URL, {"image": text}, format="json")

    assert response.status_code == 201


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ("not base64!", "neither base64"),
        ("aGVs*bG8=", "neither base64"),
        ("data:image/png,raw", "neither base64"),
        ("é", "neither base64"),
        ("", "no bytes"),
        ("data:image/png;base64,", "no bytes"),
        (7, "Received: int"),
        (None, "Send a picture"),
    ],
)
def test_json_without_a_picture_in_it_is_refused_in_words(
    db, api, stub_engine, sent, words
):
    response = api.post(URL, {"image": sent}, format="json")

    assert response.status_code == 400
    assert words in response.json()["error"]["fields"]["image"][0]


@pytest.mark.parametrize("value", ["false", "0"])
def test_a_preview_is_answered_and_not_stored(db, api, stub_engine, value, media_root):
    response = post_file(api, f"{URL}?store={value}")

    assert response.status_code == 200
    body = response.json()
    assert (body["digit"], body["id"], body["created_at"], body["links"]) == (
        7,
        None,
        None,
        {},
    )
    assert not Prediction.objects.exists()
    assert not media_root.exists()


@pytest.mark.parametrize("value", ["true", "1"])
def test_storing_can_be_asked_for_by_name(db, api, stub_engine, value):
    assert post_file(api, f"{URL}?store={value}").status_code == 201


@pytest.mark.parametrize("value", ["no", "False", "", "2"])
def test_store_takes_nothing_but_its_four_words(db, api, stub_engine, value):
    response = post_file(api, f"{URL}?store={value}")

    assert response.status_code == 400
    assert "store" in response.json()["error"]["fields"]
    assert not Prediction.objects.exists()


def test_a_preview_needs_no_database(api, stub_engine):
    # Without the fixture `db`, pytest-django lets no query through.
    assert post_file(api, f"{URL}?store=false").status_code == 200


def test_a_signed_in_users_preview_loads_no_session(
    alice, api, stub_engine, django_assert_num_queries
):
    api.force_login(alice)

    with django_assert_num_queries(0):
        response = post_file(api, f"{URL}?store=false")

    assert response.status_code == 200


def test_a_blank_picture_is_answered_and_never_stored(db, api, stub_engine, media_root):
    stub_engine.reading = make_reading(outcome="blank")

    response = post_file(api)

    assert response.status_code == 200
    body = response.json()
    assert body["outcome"] == "blank"
    assert (body["digit"], body["confidence"], body["probabilities"]) == (None,) * 3
    assert body["digits"] == []
    assert not Prediction.objects.exists()
    assert not media_root.exists()


def test_nobody_becomes_a_visitor_by_a_blank_picture(db, api, stub_engine):
    stub_engine.reading = make_reading(outcome="blank")

    response = post_file(api)

    assert viewers.COOKIE not in response.cookies


def test_the_source_is_api_unless_given(db, api, stub_engine):
    assert post_file(api).json()["source"] == "api"
    assert post_file(api, source="draw").json()["source"] == "draw"


def test_nobody_but_the_import_itself_may_call_a_picture_imported(db, api, stub_engine):
    response = post_file(api, source="import")

    assert response.status_code == 400
    assert "source" in response.json()["error"]["fields"]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("unreadable_image", HTTPStatus.BAD_REQUEST),
        ("image_too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        ("unsupported_image", HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        ("artifact_damaged", HTTPStatus.SERVICE_UNAVAILABLE),
    ],
)
def test_what_the_engine_refuses_is_said_in_its_words(
    db, api, stub_engine, code, status
):
    stub_engine.error = engine.RecognizerError(
        "Save it again as PNG.", code=code, status=status
    )

    response = post_file(api)

    assert response.status_code == status
    assert response.json() == {
        "error": {"code": code, "message": "Save it again as PNG."}
    }
    assert not Prediction.objects.exists()


def test_a_file_over_the_limit_is_too_large(db, api, stub_engine, settings):
    settings.MAX_IMAGE_BYTES = len(make_image()) - 1

    response = post_file(api)

    assert response.status_code == 413
    assert response.json()["error"]["code"] == "image_too_large"
    assert stub_engine.asked == []


def test_base64_over_the_limit_is_too_large(db, api, stub_engine, settings):
    settings.MAX_IMAGE_BYTES = len(make_image()) - 1
    text = base64.b64encode(make_image()).decode()

    response = api.post(URL, {"image": text}, format="json")

    assert response.status_code == 413


def test_a_stored_prediction_has_all_its_digits(db, api, stub_engine):
    stub_engine.reading = make_reading(text="2026")

    post_file(api)

    assert list(Digit.objects.values_list("predicted", flat=True)) == [2, 0, 2, 6]


def test_storing_takes_one_transaction_with_two_inserts(
    db, api, stub_engine, django_assert_num_queries
):
    # Savepoint, prediction, digits, release: a query more is paid by every picture.
    with django_assert_num_queries(4):
        post_file(api)
