"""What holds for every address of the API, also for those that are yet to come."""

import gzip
import re
from uuid import UUID

import pytest

from recognizer.api.urls import urlpatterns
from recognizer.models import Prediction
from tests.api.test_error_shape import assert_error
from tests.factories import make_admin

VALUES = {"uuid": str(UUID(int=1)), "int": "1", "str": "some", "slug": "some"}
HUGE = "9" * 40


def address(route, **values):
    known = VALUES | values
    return "/api/" + re.sub(r"<(\w+):\w+>", lambda found: known[found[1]], route)


ROUTES = sorted(str(each.pattern) for each in urlpatterns)
EVERY = [address(route) for route in ROUTES]
BY_NUMBER = [address(route, int=HUGE) for route in ROUTES if "<int:" in route]
TAKING = [
    address(str(each.pattern))
    for each in urlpatterns
    if hasattr(each.callback.view_class, "post")
]

ODD_BODIES = {
    "nothing": "",
    "no JSON": "{",
    "an array": "[]",
    "null": "null",
    "a number": "7",
    "no number": '{"label": NaN, "leaving": Infinity, "seed": -Infinity}',
    "a BOM": "\ufeff{}",
    "a key without meaning": '{"\\ud800": 1, "": 2}',
}
FIELDS = ("image", "source", "label", "shown", "reason", "leaving", "epochs", "seed")
FIELDS += ("promote", "force")
ODD_VALUES = {
    "null": "null",
    "a list in a list": "[[1]]",
    "an object": '{"a": {}}',
    "beyond 64 bit": HUGE,
    "far below 0": f"-{HUGE}",
    "thousands of figures": "9" * 4000,
    "infinite": "1e400",
    "a NUL": '"\\u0000"',
    "half a character": '"\\ud800"',
    "true": "true",
    "an empty text": '""',
}
ODD_BODIES |= {
    name: "{" + ", ".join(f'"{field}": {value}' for field in FIELDS) + "}"
    for name, value in ODD_VALUES.items()
}
ODD_QUERIES = [
    f"{name}={value}"
    for name in ("size", "digit", "model_version", "confidence_min", "confidence_max")
    for value in ("%00", "nan", "inf", "-1", "1e400", "true", HUGE, "9" * 3000)
] + [
    f"{name}={value}"
    for name in ("created_from", "created_before")
    for value in (
        "%00",
        "2026-13-01",
        "2026-02-30T08:00:00Z",
        "0001-01-01T00:00:00%2B14:00",
        "9999-12-31T23:59:59-14:00",
        "10000-01-01T00:00:00Z",
        "2026-11-02T08:00:00%2B99:99",
    )
]
ODD_QUERIES += [f"before={value}" for value in ("", "%00", "%ff", "AP8=", "A" * 3000)]
ODD_QUERIES += ["is_corrected=maybe", "is_corrected=%00", "outcome=%00", "source=[]"]
ODD_QUERIES += ["&" * 3000]


@pytest.fixture
def staff(db, api):
    api.force_authenticate(make_admin())
    return api


@pytest.mark.parametrize("url", EVERY)
def test_a_method_that_is_not_there_is_said_to_be_even_to_strangers(db, api, url):
    response = api.generic("FOO", url)

    assert_error(response, 405, "method_not_allowed")
    assert "OPTIONS" in response["Allow"]


@pytest.mark.parametrize("url", EVERY)
def test_anybody_may_ask_which_methods_there_are(
    db, api, url, django_assert_num_queries
):
    with django_assert_num_queries(0):
        response = api.options(url)

    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response.json()["description"]
    assert {"GET", "POST", "DELETE"} & set(response["Allow"].split(", "))


@pytest.mark.parametrize("url", EVERY)
def test_head_is_answered_as_get_but_for_the_body(staff, stub_engine, url):
    got, asked = staff.get(url), staff.head(url)

    assert asked.status_code == got.status_code
    assert asked["Content-Type"] == got["Content-Type"]


@pytest.mark.parametrize("url", EVERY)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_who_leaves_out_the_slash_and_would_lose_what_he_sent_is_told(
    db, api, url, method
):
    response = api.generic(method, url[:-1], '{"label": 1}', "application/json")

    assert_error(response, 404, "slash_missing")


@pytest.mark.parametrize("url", EVERY)
def test_who_only_looks_is_led_to_the_address_with_the_slash(db, api, url):
    response = api.get(f"{url[:-1]}?size=3")

    assert response.status_code == 301
    assert response["Location"] == f"{url}?size=3"


def test_a_missing_slash_is_no_error_of_ours_while_debugging(db, api, settings):
    settings.DEBUG = True

    assert api.post("/api/predictions").status_code == 404


@pytest.mark.parametrize("url", ["/api", "/api/", "/api/nothing", "/api/%00/"])
def test_there_is_nothing_at_other_addresses(db, api, url):
    assert_error(api.get(url), 404, "not_found")


@pytest.mark.parametrize("url", BY_NUMBER)
def test_a_number_beyond_64_bit_names_nothing(staff, url):
    methods = set(staff.options(url)["Allow"].split(", ")) - {"OPTIONS"}

    answers = [
        staff.generic(method, url, "{}", "application/json") for method in methods
    ]

    assert {answer.status_code for answer in answers} == {404}


@pytest.mark.parametrize("url", TAKING)
@pytest.mark.parametrize("body", ODD_BODIES.values(), ids=ODD_BODIES)
def test_whatever_is_sent_is_answered_in_one_shape(staff, stub_engine, url, body):
    response = staff.generic("POST", url, body, "application/json")

    assert response.status_code < 500
    if response.status_code >= 400:
        assert_error(response, response.status_code, response.json()["error"]["code"])
    assert not Prediction.objects.exists()


@pytest.mark.parametrize("url", TAKING)
@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "nonsense",
        "*/*",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=rot13",
        "application/json; charset=zlib",
        "application/json; charset=undefined",
        "application/json; charset=utf-16",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=x; charset=hex",
    ],
)
def test_whatever_it_is_called_it_is_answered_in_one_shape(staff, url, content_type):
    response = staff.generic("POST", url, "{}", content_type)

    assert response.status_code < 500
    if response.status_code >= 400:
        assert_error(response, response.status_code, response.json()["error"]["code"])


@pytest.mark.parametrize("url", TAKING)
def test_a_compressed_body_is_refused_before_it_is_read(db, api, url):
    api.force_login(make_admin())

    response = api.generic(
        "POST",
        url,
        gzip.compress(b"{}"),
        "application/json",
        headers={"Content-Encoding": "gzip"},
    )

    assert_error(response, 415, "unsupported_encoding")
    assert response["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("query", ODD_QUERIES, ids=lambda query: query[:40])
def test_whatever_is_asked_of_the_history_is_answered_in_one_shape(staff, query):
    response = staff.get(f"/api/predictions/?{query}")

    assert response.status_code == 400
    assert_error(response, 400, response.json()["error"]["code"])


def test_a_date_without_a_zone_is_in_utc(staff):
    response = staff.get("/api/predictions/?created_from=2026-11-02T08:00:00")

    assert response.status_code == 200


@pytest.mark.parametrize("url", EVERY)
def test_every_address_has_a_limit(narrow, api, url):
    for _ in range(3):
        api.get("/api/predictions/")

    response = api.options(url)

    assert_error(response, 429, "throttled")
    assert int(response["Retry-After"]) > 0
