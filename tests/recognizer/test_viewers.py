from uuid import UUID, uuid4

from django.http import HttpResponse
from django.test import RequestFactory

from recognizer import viewers
from recognizer.models import Prediction
from tests.factories import PASSWORD, make_prediction


def request_with_cookie_of(visitor):
    response = HttpResponse()
    viewers.remember_visitor(RequestFactory().get("/"), response, visitor)
    request = RequestFactory().get("/")
    request.COOKIES[viewers.COOKIE] = response.cookies[viewers.COOKIE].value
    return request


def test_a_visitor_is_known_again_by_his_cookie():
    visitor = uuid4()

    assert viewers.visitor_of(request_with_cookie_of(visitor)) == visitor


def test_a_changed_cookie_is_nobodys():
    request = request_with_cookie_of(UUID(int=0))
    cookie = request.COOKIES[viewers.COOKIE]
    request.COOKIES[viewers.COOKIE] = "1" + cookie[1:]

    assert viewers.visitor_of(request) is None


def test_nothing_stored_means_no_cookie():
    response = HttpResponse()

    viewers.remember_visitor(RequestFactory().get("/"), response, None)

    assert viewers.COOKIE not in response.cookies


def test_logging_in_takes_along_what_the_visitor_kept(alice, client, visitor):
    prediction = make_prediction(visitor=visitor)

    client.post("/accounts/login/", {"username": "alice", "password": PASSWORD})

    assert Prediction.objects.get(owner=alice) == prediction


def test_after_logging_out_the_history_stays_with_the_user(alice, client, visitor):
    prediction = make_prediction(visitor=visitor)
    client.post("/accounts/login/", {"username": "alice", "password": PASSWORD})

    client.post("/accounts/logout/")

    assert client.get(prediction.get_absolute_url()).status_code == 404


def test_a_failed_log_in_takes_nothing_along(alice, client, visitor):
    make_prediction(visitor=visitor)

    client.post("/accounts/login/", {"username": "alice", "password": "wrong"})

    assert not Prediction.objects.filter(owner=alice).exists()
