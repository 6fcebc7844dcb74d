import pytest

from recognizer.answers import digit_data
from recognizer.api.digits import CorrectionListOutput, DigitOutput
from recognizer.models import Correction
from tests.api.shapes import assert_same_fields
from tests.factories import PASSWORD, make_prediction


def url_of(digit, suffix="corrections/"):
    return f"/api/digits/{digit.pk}/{suffix}"


@pytest.fixture
def digit(db, visitor):
    return make_prediction(visitor=visitor).digits.get()


@pytest.fixture
def reviewer(rita):
    return rita.user


def test_a_visitor_says_what_his_digit_is(api, digit):
    response = api.post(url_of(digit), {"label": "1"}, format="json")

    assert response.status_code == 201
    assert response.json()["label"] == "1"
    assert response.json()["review"] == "proposed"


@pytest.mark.parametrize(
    ("sent", "kept"), [("0", "0"), (9, "9"), ("not_a_digit", "not_a_digit")]
)
def test_a_label_is_a_digit_or_none(api, digit, sent, kept):
    body = api.post(url_of(digit), {"label": sent}, format="json").json()

    assert body["label"] == kept


@pytest.mark.parametrize("label", ["10", 10, -1, True, None, "", "seven", [7], 7.0])
def test_any_other_label_is_refused(api, digit, label):
    response = api.post(url_of(digit), {"label": label}, format="json")

    assert response.status_code == 400
    assert "label" in response.json()["error"]["fields"]
    assert not Correction.objects.exists()


def test_a_missing_label_is_named(api, digit):
    response = api.post(url_of(digit), {}, format="json")

    assert response.status_code == 400
    assert "label" in response.json()["error"]["fields"]


def test_the_same_again_adds_nothing(api, digit):
    api.post(url_of(digit), {"label": 1}, format="json")

    response = api.post(url_of(digit), {"label": 1}, format="json")

    assert response.status_code == 200
    assert Correction.objects.count() == 1


def test_a_reviewer_confirms_what_is_not_his(api, digit, reviewer):
    api.force_authenticate(reviewer)

    response = api.post(url_of(digit), {"label": 1}, format="json")

    assert response.json()["review"] == "confirmed"


def test_somebody_elses_digit_is_not_found(api, digit, alice):
    api.force_authenticate(alice)

    response = api.post(url_of(digit), {"label": 1}, format="json")

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"
    assert not Correction.objects.exists()


@pytest.mark.parametrize("pk", [0, 10**30])
def test_a_digit_that_never_was_is_not_found(api, digit, pk):
    assert api.get(f"/api/digits/{pk}/").status_code == 404


def test_a_signed_in_browser_needs_its_token(api, digit, reviewer):
    api.login(username="rita", password=PASSWORD)

    response = api.post(url_of(digit), {"label": 1}, format="json")

    assert response.status_code == 403
    assert not Correction.objects.exists()


def test_a_digit_is_answered_with_its_label(api, digit):
    api.post(url_of(digit), {"label": 1}, format="json")

    body = api.get(url_of(digit, "")).json()

    assert (body["id"], body["digit"], body["label"]) == (digit.pk, 7, "1")


def test_a_prediction_names_its_digits_and_their_labels(api, digit):
    api.post(url_of(digit), {"label": 1}, format="json")

    body = api.get(f"/api/predictions/{digit.prediction.public_id}/").json()

    [entry] = body["digits"]
    assert (entry["id"], entry["label"]) == (digit.pk, "1")
    assert body["digit"] == 7  # what was read stays what was read


def test_all_that_was_said_is_listed(api, digit, reviewer):
    api.post(url_of(digit), {"label": 1}, format="json")
    api.force_authenticate(reviewer)
    api.post(url_of(digit), {"label": "not_a_digit"}, format="json")

    first, second = api.get(url_of(digit)).json()["results"]

    assert (first["old_label"], first["label"], first["is_yours"]) == (None, "1", False)
    assert (second["old_label"], second["label"]) == ("1", "not_a_digit")
    assert (second["old_review"], second["review"]) == ("proposed", "confirmed")
    assert second["is_yours"]


def test_what_was_said_is_taken_back(api, digit):
    api.post(url_of(digit), {"label": 1}, format="json")

    response = api.post(url_of(digit, "corrections/undo/"))

    assert response.status_code == 201
    assert response.json()["label"] is None
    assert response.json()["review"] == "unreviewed"
    undo = api.get(url_of(digit)).json()["results"][-1]
    assert undo["undoes"] == Correction.objects.earliest("id").pk


def test_nothing_can_be_taken_back_where_nothing_was_said(api, digit):
    response = api.post(url_of(digit, "corrections/undo/"))

    assert response.status_code == 409
    assert response.json()["error"]["code"] == "nothing_to_undo"


def test_the_answers_have_the_fields_the_schema_promises(api, digit):
    api.post(url_of(digit), {"label": 1}, format="json")

    assert_same_fields(DigitOutput(), digit_data(digit))
    assert_same_fields(CorrectionListOutput(), api.get(url_of(digit)).json())


# What was shown


def test_a_program_may_say_what_it_was_shown(api, digit, reviewer):
    api.force_authenticate(reviewer)
    shown = {"label": None, "review": "unreviewed"}

    response = api.post(url_of(digit), {"label": 1, "shown": shown}, format="json")

    assert response.status_code == 201


def test_what_is_not_as_it_was_shown_is_left_alone(api, digit, reviewer):
    api.post(url_of(digit), {"label": 4}, format="json")
    api.force_authenticate(reviewer)
    shown = {"label": None, "review": "unreviewed"}

    response = api.post(url_of(digit), {"label": 1, "shown": shown}, format="json")

    assert response.status_code == 409
    error = response.json()["error"]
    assert error["code"] == "labelled_meanwhile"
    assert "Somebody else has labelled this one meanwhile" in error["message"]
    assert Correction.objects.count() == 1


@pytest.mark.parametrize("label", [4, "4"])
def test_what_was_shown_may_be_a_label_as_a_number(api, digit, reviewer, label):
    api.post(url_of(digit), {"label": 4}, format="json")
    api.force_authenticate(reviewer)
    shown = {"label": label, "review": "proposed"}

    response = api.post(url_of(digit), {"label": 1, "shown": shown}, format="json")

    assert response.status_code == 201


@pytest.mark.parametrize(
    "shown", [7, [], {}, {"label": 4}, {"label": 4, "review": "great"}, None]
)
def test_what_cannot_have_been_shown_is_refused(api, digit, shown):
    response = api.post(url_of(digit), {"label": 1, "shown": shown}, format="json")

    assert response.status_code == 400
    assert "shown" in response.json()["error"]["fields"]


def test_what_was_shown_is_compared_in_a_form_as_well(api, digit, reviewer):
    api.post(url_of(digit), {"label": 4}, format="json")
    api.force_authenticate(reviewer)
    shown = '{"label": null, "review": "unreviewed"}'

    response = api.post(url_of(digit), {"label": 1, "shown": shown}, format="multipart")

    assert response.status_code == 409
    assert Correction.objects.count() == 1


@pytest.mark.parametrize("shown", ["7", "{", "[" * 100_000, '{"label": 4}', ""])
def test_what_cannot_have_been_shown_is_refused_in_a_form_as_well(api, digit, shown):
    response = api.post(url_of(digit), {"label": 1, "shown": shown}, format="multipart")

    assert response.status_code == 400
    assert "shown" in response.json()["error"]["fields"]
