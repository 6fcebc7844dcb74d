from uuid import uuid4

import pytest

from recognizer.models import NOT_A_DIGIT, Correction, Digit
from recognizer.services.corrections import correction_record
from recognizer.viewers import Viewer
from tests.factories import make_prediction, make_user


def say(client, digit, **fields):
    return client.post(f"/digits/{digit.pk}/label/", fields)


@pytest.fixture
def prediction(db, visitor):
    return make_prediction(visitor=visitor)


@pytest.fixture
def digit(prediction):
    return prediction.digits.get()


def label_of(digit):
    return Digit.objects.get(pk=digit.pk).label


def test_one_click_says_what_a_digit_is(client, prediction, digit):
    response = say(client, digit, label="1")

    assert (response.status_code, response.url) == (303, prediction.get_absolute_url())
    assert label_of(digit) == 1


def test_the_result_page_offers_every_label(client, prediction, digit):
    page = client.get(prediction.get_absolute_url()).content.decode()

    for label in range(NOT_A_DIGIT + 1):
        assert f'name="label" value="{label}"' in page
    assert "Wrong? Say what it is." in page
    assert "Undo" not in page


def test_the_result_page_says_what_was_said(client, prediction, digit):
    say(client, digit, label="8")

    page = client.get(prediction.get_absolute_url()).content.decode()

    assert "You say it is an 8." in page
    assert f"/digits/{digit.pk}/label/undo/" in page


def test_the_buttons_of_each_digit_are_its_own_though_they_are_kept(
    client, visitor, prediction, digit
):
    other = make_prediction(visitor=visitor, text="3")
    alike = make_prediction(visitor=visitor, text="7")
    say(client, digit, label="8")

    first, second, third = (
        client.get(each.get_absolute_url()).content.decode()
        for each in (prediction, other, alike)
    )

    assert 'value="8" aria-pressed="true"' in first
    assert '7<span class="unseen"> (as read)' in first
    assert '3<span class="unseen"> (as read)' in second
    assert '7<span class="unseen"> (as read)' in third
    assert 'value="8" aria-pressed="true"' not in second + third


def test_what_a_reviewer_says_cannot_be_taken_back_by_the_owner(
    client, prediction, digit
):
    reviewer = Viewer(user=make_user(is_staff=True))
    correction_record(digit=digit, label=NOT_A_DIGIT, viewer=reviewer)

    page = client.get(prediction.get_absolute_url()).content.decode()

    assert "A reviewer says it is not a digit." in page
    assert "label/undo/" not in page


def test_a_dispute_is_told(client, prediction, digit):
    reviewer = Viewer(user=make_user(is_staff=True))
    correction_record(digit=digit, label=1, viewer=reviewer)
    say(client, digit, label="7")

    page = client.get(prediction.get_absolute_url()).content.decode()

    assert "A reviewer will decide." in page


def test_what_was_said_is_taken_back(client, prediction, digit):
    say(client, digit, label="1")

    response = client.post(f"/digits/{digit.pk}/label/undo/")

    assert (response.status_code, response.url) == (303, prediction.get_absolute_url())
    assert label_of(digit) is None


def test_taking_back_nothing_is_explained(client, prediction, digit):
    response = client.post(f"/digits/{digit.pk}/label/undo/", follow=True)

    assert "There is nothing of yours to take back" in response.content.decode()


def test_the_history_says_what_was_said_and_offers_to_change_it(
    client, prediction, digit
):
    say(client, digit, label="1")

    page = client.get("/predictions/").content.decode()

    assert "You say it is a 1." in page
    assert f"/digits/{digit.pk}/label/undo/" in page


def test_the_way_back_is_the_page_of_the_button(client, digit):
    response = say(client, digit, label="1", next="/predictions/?before=Mg#label-1")

    assert response.url == "/predictions/?before=Mg#label-1"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"]
)
def test_the_way_back_never_leads_to_another_site(client, prediction, digit, elsewhere):
    response = say(client, digit, label="1", next=elsewhere)

    assert response.url == prediction.get_absolute_url()


@pytest.mark.parametrize("label", ["11", "-1", "seven", ""])
def test_any_other_label_is_refused(client, digit, label):
    response = say(client, digit, label=label)

    assert response.status_code == 303
    assert not Correction.objects.exists()


def test_somebody_elses_digit_is_not_found(client, visitor, db):
    digit = make_prediction(visitor=uuid4()).digits.get()

    assert say(client, digit, label="1").status_code == 404
    assert client.post(f"/digits/{digit.pk}/label/undo/").status_code == 404


def test_a_label_is_not_given_by_following_a_link(client, digit):
    assert client.get(f"/digits/{digit.pk}/label/").status_code == 405


def test_a_longer_history_needs_no_more_queries(
    client, visitor, db, django_assert_num_queries
):
    for _ in range(4):
        say(client, make_prediction(visitor=visitor).digits.get(), label="1")

    # Predictions, their digits, and these digits' corrections.
    with django_assert_num_queries(3):
        client.get("/predictions/")
