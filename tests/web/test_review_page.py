import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from recognizer.models import Correction, Digit, ReviewClaim, Via
from recognizer.services.corrections import correction_record
from recognizer.services.reviews import review_claim
from recognizer.viewers import Viewer
from tests.factories import make_digit, make_prediction

PAGES = ["/review/", "/review/grid/"]


@pytest.fixture
def reviewer(client, rita):
    """Her browser."""
    client.force_login(rita.user)
    return client


@pytest.fixture
def digit(db) -> Digit:
    return make_prediction(visitor=uuid4()).digits.get()


def label_of(digit):
    return Digit.objects.get(pk=digit.pk).label


def shown(client):
    """The page, its white space made one."""
    return " ".join(client.get("/review/").content.decode().split())


def say(client, digit, label):
    """Press the button of the page."""
    return client.post(
        f"/digits/{digit.pk}/label/", {"label": label, "next": "/review/"}
    )


# Who may


@pytest.mark.parametrize("url", PAGES)
def test_whoever_is_not_signed_in_is_asked_to(client, db, url):
    response = client.get(url)

    assert (response.status_code, response.url) == (
        302,
        f"/accounts/login/?next={url}",
    )


@pytest.mark.parametrize("url", [*PAGES, "/review/{pk}/", "/review/{pk}/image/"])
def test_users_find_nothing_there(client, alice, digit, url):
    client.force_login(alice)

    assert client.get(url.format(pk=digit.pk)).status_code == 404


@pytest.mark.parametrize(
    "url", ["/review/skip/", "/review/undo/", "/review/grid/?digit=7"]
)
def test_users_do_nothing_there(client, alice, digit, url):
    client.force_login(alice)

    response = client.post(url, {"digit": 7, "right": digit.pk})

    assert response.status_code == 404
    assert not Correction.objects.exists()


def test_only_reviewers_are_shown_the_way(client, reviewer, alice):
    assert 'href="/review/"' in client.get("/").content.decode()

    client.force_login(alice)

    assert 'href="/review/"' not in client.get("/").content.decode()


# One by one


def test_a_digit_is_shown_with_its_picture_its_bars_and_every_label(reviewer, digit):
    page = shown(reviewer)

    assert f'href="/review/{digit.pk}/image/"' in page
    assert "data:image/png;base64," in page
    assert "How likely each digit is" in page
    for label in range(11):
        assert f'name="label" value="{label}"' in page
    assert "Read as <strong>a 7</strong>, 99.0% sure." in page


def test_the_picture_is_shown_though_it_is_somebody_elses(reviewer, digit):
    response = reviewer.get(f"/review/{digit.pk}/image/")

    assert response["Content-Type"] == "image/png"
    assert response.getvalue().startswith(b"\x89PNG")


def test_of_a_number_a_box_says_which_digit_it_is_about(reviewer):
    make_prediction(visitor=uuid4(), text="26")

    assert '<rect class="review-box" x="20" y="8"' in shown(reviewer)


def test_of_one_digit_there_is_no_box(reviewer, digit):
    assert "review-box" not in shown(reviewer)


def test_a_refused_picture_was_read_as_not_a_digit(reviewer):
    make_prediction(visitor=uuid4(), outcome="not_a_digit", confidence=0.1)

    page = shown(reviewer)

    assert "Read as <strong>not a digit</strong>." in page
    assert re.search(r'value="10" data-read', page)


def test_what_the_owner_said_is_told(reviewer, digit):
    owner = Viewer(visitor=digit.prediction.visitor)
    correction_record(digit=digit, label=8, viewer=owner)

    assert "Its owner says it is an 8." in shown(reviewer)


def test_what_is_disputed_is_told(reviewer, digit, sven):
    correction_record(digit=digit, label=1, viewer=sven)
    owner = Viewer(visitor=digit.prediction.visitor)
    correction_record(digit=digit, label=7, viewer=owner)

    assert "People disagree whether it is a 1 or a 7." in shown(reviewer)


def test_one_of_the_random_tenth_is_marked(reviewer, digit):
    assert "Drawn at random" not in shown(reviewer)

    ReviewClaim.objects.update(via=Via.RANDOM)

    assert "Drawn at random" in shown(reviewer)


def test_a_label_leads_to_the_next_one(reviewer, digit):
    following = make_prediction(visitor=uuid4()).digits.get()
    shown(reviewer)

    response = say(reviewer, digit, 1)

    assert (response.status_code, response.url) == (303, "/review/")
    assert label_of(digit) == 1
    assert Correction.objects.get().via == Via.QUEUE
    assert f"/review/{following.pk}/image/" in shown(reviewer)


def test_skip_leads_to_the_next_one(reviewer, digit):
    following = make_prediction(visitor=uuid4()).digits.get()
    shown(reviewer)

    response = reviewer.post("/review/skip/")

    assert (response.status_code, response.url) == (303, "/review/")
    assert f"/review/{following.pk}/image/" in shown(reviewer)


def test_undo_shows_the_last_one_again(reviewer, digit):
    make_prediction(visitor=uuid4())
    shown(reviewer)
    say(reviewer, digit, 1)

    response = reviewer.post("/review/undo/")

    assert (response.status_code, response.url) == (303, "/review/")
    assert label_of(digit) is None
    assert f"/review/{digit.pk}/image/" in shown(reviewer)


def test_undo_without_a_reason_is_explained(reviewer):
    response = reviewer.post("/review/undo/", follow=True)

    assert "There is nothing of yours to take back" in response.content.decode()


def test_the_way_back_leads_from_one_to_the_one_before(reviewer):
    digits = [make_prediction(visitor=uuid4()).digits.get() for _ in range(3)]
    for digit in digits[:2]:
        shown(reviewer)
        say(reviewer, digit, 7)

    assert f'id="review-back" href="/review/{digits[1].pk}/"' in shown(reviewer)
    earlier = reviewer.get(f"/review/{digits[1].pk}/").content.decode()
    assert f'id="review-back" href="/review/{digits[0].pk}/"' in earlier
    first = reviewer.get(f"/review/{digits[0].pk}/").content.decode()
    assert "review-back" not in first


def test_a_label_is_changed_on_the_way_back(reviewer, digit):
    shown(reviewer)
    say(reviewer, digit, 1)

    page = reviewer.get(f"/review/{digit.pk}/").content.decode()
    say(reviewer, digit, 4)

    assert "Confirmed: it is a 1." in page
    assert label_of(digit) == 4


def test_an_unknown_digit_is_not_found(reviewer):
    assert reviewer.get("/review/999/").status_code == 404


def test_when_all_is_reviewed_the_page_says_so(reviewer, digit):
    shown(reviewer)
    say(reviewer, digit, 7)

    assert "All reviewed" in shown(reviewer)


def test_what_others_look_at_is_not_called_reviewed(reviewer, digit, sven):
    ReviewClaim.objects.create(
        digit=digit,
        user=sven.user,
        expires_at=timezone.now() + timedelta(minutes=1),
    )

    page = shown(reviewer)

    assert "Nothing for you right now" in page
    assert "All reviewed" not in page


def test_the_page_says_how_far_one_has_come(reviewer, digit):
    make_prediction(visitor=uuid4())
    shown(reviewer)
    ReviewClaim.objects.update(via=Via.RANDOM)
    say(reviewer, digit, 1)

    page = shown(reviewer)

    assert "<dt>Left to review</dt><dd>1</dd>" in page
    assert "1 in the last 1" in page
    assert "0.0% (0.0 to 79.3%, n = 1)" in page


# Many at once


def tiles(client, digit=7):
    page = client.get(f"/review/grid/?digit={digit}").content.decode()
    return [int(pk) for pk in re.findall(r'name="right" value="(\d+)" checked', page)]


def confirm(client, right, digit=7, shown=()):
    said = {"digit": digit, "right": right, "shown": shown}
    return client.post(f"/review/grid/?digit={digit}", said, follow=True)


def test_the_grid_shows_what_was_read_as_one_digit_the_least_certain_first(reviewer):
    sure = make_prediction(confidence=0.9).digits.get()
    unsure = make_prediction(confidence=0.4).digits.get()
    make_prediction(text="3")
    make_prediction(outcome="not_a_digit")

    assert tiles(reviewer) == [unsure.pk, sure.pk]


def test_the_grid_shows_a_screenful(reviewer):
    prediction = make_prediction()
    Digit.objects.bulk_create(
        make_digit(prediction=prediction, position=position)
        for position in range(1, 30)
    )

    assert len(tiles(reviewer)) == 24


def test_the_grid_leaves_out_what_others_look_at(reviewer, digit, sven):
    ReviewClaim.objects.create(
        digit=digit,
        user=sven.user,
        expires_at=timezone.now() + timedelta(minutes=1),
    )

    assert tiles(reviewer) == []


def test_the_rest_is_confirmed_and_what_was_taken_out_comes_one_by_one(reviewer, rita):
    surest, right, wrong = (
        make_prediction(confidence=confidence).digits.get()
        for confidence in (0.9, 0.6, 0.5)
    )
    both = [wrong.pk, surest.pk]

    page = confirm(reviewer, [right.pk], shown=[right.pk, *both]).content.decode()

    assert (label_of(right), label_of(wrong)) == (7, None)
    assert Correction.objects.get().via == Via.GRID
    assert "Confirmed: 1 × 7. Kept for you: 2," in page
    assert tiles(reviewer) == []
    given = []
    for _ in both:
        claim = review_claim(viewer=rita)
        given.append(claim.digit_id)
        say(reviewer, claim.digit, 1)
    assert given == both


def test_what_was_labelled_since_is_not_asked_again(reviewer, digit, sven):
    correction_record(digit=digit, label=1, viewer=sven)

    page = confirm(reviewer, [], shown=[digit.pk]).content.decode()

    assert "Kept for you" not in page
    assert not ReviewClaim.objects.exists()


def test_what_another_one_looks_at_is_not_kept_from_him(reviewer, digit, sven):
    claim = review_claim(viewer=sven)

    page = confirm(reviewer, [], shown=[digit.pk]).content.decode()

    assert "Nothing was confirmed." in page
    assert "Kept for you" not in page
    assert review_claim(viewer=sven) == claim


def test_what_was_not_read_so_is_not_confirmed_so(reviewer, digit):
    confirm(reviewer, [digit.pk], digit=3)

    assert label_of(digit) is None


def test_what_was_deleted_since_is_no_mistake(reviewer, digit):
    confirm(reviewer, [digit.pk, 999])

    assert label_of(digit) == 7


@pytest.mark.parametrize("right", ["x", "-1", "²", "9" * 30])
def test_what_is_no_digit_of_the_grid_is_refused(reviewer, digit, right):
    page = confirm(reviewer, [digit.pk, right]).content.decode()

    assert "Look at the page once more." in page
    assert label_of(digit) is None


@pytest.mark.parametrize("asked", ["", "10", "-1", "x"])
def test_a_grid_of_no_digit_is_that_of_0(reviewer, asked):
    page = reviewer.get(f"/review/grid/?digit={asked}").content.decode()

    assert "No 0 is waiting" in page


def test_what_the_accuracy_leaves_out_is_told(reviewer, digit, rita):
    ReviewClaim.objects.create(
        digit=digit, user=rita.user, via=Via.RANDOM, expires_at=timezone.now()
    )
    say(reviewer, digit, 7)
    owner = Viewer(visitor=digit.prediction.visitor)
    correction_record(digit=digit, label=1, viewer=owner)

    assert "not known yet, without 1 that is disputed" in shown(reviewer)
