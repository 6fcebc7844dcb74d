import pytest
from django.core.files.storage import default_storage

from recognizer import engine
from recognizer.models import (
    Correction,
    Digit,
    ModelVersion,
    Prediction,
    TrainingRun,
    Via,
)
from recognizer.services.corrections import correction_record
from recognizer.viewers import Viewer
from tests.factories import (
    make_admin,
    make_model_version,
    make_prediction,
    make_user,
)

LIST = "/admin/recognizer/prediction/"
DIGITS = "/admin/recognizer/digit/"


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
    assert not default_storage.exists(prediction.image.name)


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
    assert not any(default_storage.exists(row.image.name) for row in rows)


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


def act(client, action, *digits):
    chosen = [digit.pk for digit in digits]
    return client.post(DIGITS, {"action": action, "_selected_action": chosen})


def make_one(**fields) -> Digit:
    return make_prediction(**fields).digits.get()


def test_digits_are_listed_with_their_glyphs(admin):
    digit = make_one()

    response = admin.get(DIGITS)

    assert listed(response) == [digit]
    assert "data:image/png;base64," in response.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"review__exact": "confirmed"},
        {"agreement": "corrected"},
        {"predicted": "3"},
        {"confidence": "0.5"},
        {"prediction__model_version__number__exact": "2"},
    ],
)
def test_filters_of_digits_find_what_they_name(admin, query):
    make_model_version(number=2)
    wanted = make_one(text="3", confidence=0.6, model_version_id=2)
    reviewer = Viewer(user=make_user(is_staff=True))
    correction_record(digit=wanted, label=8, viewer=reviewer)
    make_one()

    assert listed(admin.get(DIGITS, query)) == [wanted]


@pytest.mark.parametrize(
    ("outcome", "label", "agreement"),
    [
        ("sure", 7, "right"),
        ("sure", 1, "corrected"),
        ("not_a_digit", 10, "right"),
        ("not_a_digit", 7, "corrected"),
    ],
)
def test_digits_are_found_by_whether_people_agree(admin, outcome, label, agreement):
    digit = make_one(outcome=outcome)
    reviewer = Viewer(user=make_user(is_staff=True))
    correction_record(digit=digit, label=label, viewer=reviewer)
    other = {"right": "corrected", "corrected": "right"}[agreement]

    assert listed(admin.get(DIGITS, {"agreement": agreement})) == [digit]
    assert listed(admin.get(DIGITS, {"agreement": other})) == []


def test_what_was_read_is_confirmed_in_bulk(admin):
    digits = [make_one(text="3"), make_one(outcome="not_a_digit")]
    # Another glyph: two labels of one would contradict each other.
    Digit.objects.filter(pk=digits[1].pk).update(fingerprint="0" * 32)

    act(admin, "confirm", *digits)

    assert [Digit.objects.get(pk=each.pk).label for each in digits] == [3, 10]
    assert [each.via for each in Correction.objects.all()] == [Via.ADMIN] * 2


@pytest.mark.parametrize("label", [0, 9, 10])
def test_a_label_is_given_in_bulk(admin, label):
    digit = make_one()

    act(admin, f"label_as_{label}", digit)

    digit.refresh_from_db()
    assert (digit.label, digit.review) == (label, "confirmed")
    assert Correction.objects.get().new_label == label


def test_a_digit_is_shown_with_what_people_said_of_it(admin):
    digit = make_one()
    reviewer = Viewer(user=make_user("rita", is_staff=True))
    correction_record(digit=digit, label=1, viewer=reviewer)

    page = admin.get(f"{DIGITS}{digit.pk}/change/").content.decode()

    assert "no label to 1" in page
    assert "rita" in page


def test_a_digit_is_shown_where_it_stands_in_its_picture(admin):
    prediction = make_prediction(text="26")
    digit = prediction.digits.get(position=1)

    page = admin.get(f"{DIGITS}{digit.pk}/change/").content.decode()

    assert f'<image href="{LIST}{prediction.pk}/image/"' in page
    assert '<rect x="34" y="8" width="12" height="24"/>' in page


def test_digits_are_not_changed_or_deleted_around_the_services(admin):
    digit = make_one()
    url = f"{DIGITS}{digit.pk}"

    assert admin.post(f"{url}/change/", {"label": "8"}).status_code == 403
    assert admin.post(f"{url}/delete/", {"post": "yes"}).status_code == 403
    assert admin.get(f"{DIGITS}add/").status_code == 403
    act(admin, "delete_selected", digit)
    assert Digit.objects.get().label is None


def test_a_longer_list_of_digits_needs_no_more_queries(
    admin, django_assert_max_num_queries
):
    for _ in range(10):
        make_prediction(owner=make_user())

    with django_assert_max_num_queries(8):
        admin.get(DIGITS)


def test_trainings_are_shown_and_never_changed(client, db):
    client.force_login(make_admin())
    run = TrainingRun.objects.create(status="failed", note="It ran out of memory.")

    page = client.get("/admin/recognizer/trainingrun/").content.decode()
    change = client.post(f"/admin/recognizer/trainingrun/{run.pk}/change/", {})
    deletion = client.post(f"/admin/recognizer/trainingrun/{run.pk}/delete/", {})

    assert "It ran out of memory." in page
    assert (change.status_code, deletion.status_code) == (403, 403)


VERSIONS = "/admin/recognizer/modelversion/"


def act_on_versions(client, action, *numbers):
    rows = ModelVersion.objects.filter(number__in=numbers)
    form = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(VERSIONS, form, follow=True).content.decode()


@pytest.fixture
def two_versions(db, monkeypatch):
    monkeypatch.setattr(engine, "check_artifact", lambda _version: None)
    return make_model_version(number=2)


def live_number():
    return ModelVersion.objects.get(state="live").number


def test_a_version_is_let_answer(admin, two_versions):
    page = act_on_versions(admin, "promote", 2)

    assert "Model 2 answers from now on." in page
    assert live_number() == 2


def test_two_versions_are_not_let_answer(admin, two_versions):
    page = act_on_versions(admin, "promote", 1, 2)

    assert "only one can answer" in page
    assert live_number() == 1


def test_a_damaged_version_is_not_let_answer(admin):
    make_model_version(number=2)

    page = act_on_versions(admin, "promote", 2)

    assert "Model 2 was not let answer" in page
    assert live_number() == 1


def test_the_live_version_is_gone_back_from(admin, two_versions):
    act_on_versions(admin, "promote", 2)

    page = act_on_versions(admin, "rollback", 2)

    assert "Model 1 answers again." in page
    assert live_number() == 1


def test_only_from_the_live_version_one_goes_back(admin, two_versions):
    act_on_versions(admin, "promote", 2)

    page = act_on_versions(admin, "rollback", 1)

    assert "Choose the live version" in page
    assert live_number() == 2


def test_without_a_version_before_one_does_not_go_back(admin):
    page = act_on_versions(admin, "rollback", 1)

    assert "No other version has answered before this one." in page


def test_a_version_leads_to_its_page(admin):
    version = ModelVersion.objects.get()

    assert 'href="/models/1/"' in admin.get(VERSIONS).content.decode()
    change = admin.get(f"{VERSIONS}{version.pk}/change/").content.decode()
    assert 'href="/models/1/"' in change
