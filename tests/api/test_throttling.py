"""Limits, as programs meet them."""

import pytest

from recognizer.api.base import Api
from recognizer.models import Prediction, RequestAllowance
from tests.api.test_error_shape import assert_error
from tests.factories import make_upload

URL = "/api/predictions/"
PREVIEW = f"{URL}?store=false"


def create(api, **headers):
    return api.post(URL, {"image": make_upload()}, format="multipart", **headers)


def create_three(api):
    pictures = {"images": [make_upload() for _ in range(3)]}
    return api.post(URL, pictures, format="multipart")


def preview(api):
    return api.post(PREVIEW, {"image": make_upload()}, format="multipart")


def statuses(request, times):
    return [request().status_code for _ in range(times)]


def test_who_asks_too_often_is_told_how_long_to_wait(narrow, api, stub_engine):
    statuses(lambda: create(api), 3)

    response = create(api)

    assert_error(response, 429, "throttled")
    assert response["Retry-After"] == "1200"
    assert "20 minutes" in response.json()["error"]["message"]


def test_what_is_refused_is_neither_read_nor_kept(narrow, api, stub_engine):
    statuses(lambda: create(api), 5)

    assert len(stub_engine.asked) == 3
    assert Prediction.objects.count() == 3


def test_a_signed_in_user_may_do_more(narrow, api, alice, stub_engine):
    api.force_authenticate(alice)

    assert statuses(lambda: create(api), 6) == [201] * 5 + [429]


def test_users_behind_one_address_are_counted_apart(
    narrow, api, alice, bob, stub_engine
):
    api.force_authenticate(alice)
    statuses(lambda: create(api), 6)
    api.force_authenticate(bob)

    assert create(api).status_code == 201


def test_addresses_are_counted_apart(narrow, api, stub_engine):
    statuses(lambda: create(api), 4)

    assert create(api, REMOTE_ADDR="192.0.2.9").status_code == 201


def test_previews_are_counted_by_themselves(narrow, api, stub_engine):
    statuses(lambda: create(api), 4)

    assert statuses(lambda: preview(api), 5) == [200] * 4 + [429]


def test_previews_of_a_signed_in_user_load_no_session(
    narrow, api, alice, stub_engine, django_assert_max_num_queries
):
    api.force_login(alice)
    preview(api)

    # The one that counts; SQLite is told how patient to be before and after it.
    with django_assert_max_num_queries(3) as asked:
        preview(api)

    assert not any("session" in query["sql"] for query in asked)


def test_reading_is_not_counted_as_creating(narrow, api, stub_engine):
    statuses(lambda: create(api), 4)

    assert statuses(lambda: api.get(URL), 4) == [200] * 3 + [429]


def test_who_may_not_is_counted_as_well(narrow, api):
    refused = statuses(lambda: api.get("/api/models/"), 4)

    assert refused[3] == 429
    assert 429 not in refused[:3]


def test_who_left_out_the_csrf_token_is_counted_by_his_address(narrow, api, alice):
    api.force_login(alice)

    refused = statuses(lambda: api.post(URL), 4)

    assert refused == [403] * 3 + [429]


def test_the_schema_is_counted_too(narrow, client):
    assert statuses(lambda: client.get("/api/schema/"), 4) == [200] * 3 + [429]


def test_switched_off_nobody_is_counted(narrow, api, stub_engine):
    narrow.DIGITS_THROTTLE = False

    assert statuses(lambda: create(api), 9) == [201] * 9
    assert not RequestAllowance.objects.exists()


class Many(Api):
    """A request with as many pictures as it says."""

    def post(self, request):
        self.charge(request, units=int(request.query_params["n"]) - 1)
        return self.http_method_not_allowed(request)


@pytest.fixture
def send(rf):
    """Send so many pictures in one request."""
    return lambda n: Many.as_view()(rf.post(f"/?n={n}"))


def test_several_pictures_count_for_as_many(narrow, send):
    narrow.DIGITS_RATE_ANONYMOUS = (10, 60 * 60)

    first = send(8)
    second = send(3)

    assert first.status_code == 405
    assert second.status_code == 429
    # Of the 10, 8 and the 1 of the second request itself are gone: 1 is lacking.
    assert second["Retry-After"] == "360"


def test_more_pictures_than_are_ever_allowed_are_refused_for_good(narrow, send):
    response = send(99)

    assert response.status_code == 413
    assert response.data["error"]["code"] == "too_much_at_once"
    assert "Retry-After" not in response


def test_what_is_asked_wrongly_is_counted_as_well(narrow, api, stub_engine):
    wrong = [api.post(f"{URL}?store=maybe").status_code for _ in range(5)]

    assert wrong == [400, 400, 400, 429, 429]


def test_several_that_are_refused_cost_nothing(narrow, api, stub_engine):
    create(api)

    waits = {create_three(api)["Retry-After"] for _ in range(3)}

    assert waits == {"1200"}
    assert [create(api).status_code for _ in range(3)] == [201, 201, 429]
