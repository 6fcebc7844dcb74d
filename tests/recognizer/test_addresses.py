"""From which address a request comes, and whom to believe about it."""

import pytest
from django.test import RequestFactory

from recognizer.addresses import address_of


def address(remote="192.0.2.1", forwarded=None):
    given = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return address_of(RequestFactory().get("/", REMOTE_ADDR=remote, **given))


def test_without_a_proxy_nobody_is_believed_where_he_comes_from(settings):
    settings.DIGITS_PROXIES = 0

    assert address(forwarded="198.51.100.7") == "192.0.2.1"


def test_a_proxy_says_who_asked_it(settings):
    settings.DIGITS_PROXIES = 1

    assert address(forwarded="198.51.100.7") == "198.51.100.7"


def test_what_was_said_before_the_proxy_came_is_not_believed(settings):
    settings.DIGITS_PROXIES = 1

    assert address(forwarded="1.1.1.1, 2.2.2.2,198.51.100.7") == "198.51.100.7"


def test_two_proxies_are_two_entries(settings):
    settings.DIGITS_PROXIES = 2

    assert address(forwarded="1.1.1.1, 198.51.100.7, 10.0.0.2") == "198.51.100.7"


def test_who_went_past_the_outer_proxy_is_where_the_inner_one_saw_him(settings):
    settings.DIGITS_PROXIES = 2

    assert address(forwarded="10.0.0.2") == "10.0.0.2"


@pytest.mark.parametrize(
    "forwarded", [None, "", ",", "nonsense", "1.2.3", "9" * 5000, "1.1.1.1, \x00"]
)
def test_what_is_no_address_is_not_believed(settings, forwarded):
    settings.DIGITS_PROXIES = 1

    assert address(forwarded=forwarded) == "192.0.2.1"


def test_nothing_is_believed_beyond_what_is_no_address(settings):
    settings.DIGITS_PROXIES = 3

    assert address(forwarded="1.1.1.1, nonsense, 10.0.0.2") == "10.0.0.2"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("198.51.100.7:5000", "198.51.100.7"),
        ("[2001:db8::1]:5000", "2001:db8::/64"),
        ("2001:db8::1", "2001:db8::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
    ],
)
def test_proxies_write_addresses_in_several_ways(settings, written, meant):
    settings.DIGITS_PROXIES = 1

    assert address(forwarded=written) == meant


def test_all_addresses_of_one_household_are_one():
    first, second = address("2001:db8:1:2::1"), address("2001:db8:1:2:ffff:1:2:3")

    assert first == second == "2001:db8:1:2::/64"


def test_households_are_told_apart():
    assert address("2001:db8:1:2::1") != address("2001:db8:1:3::1")


def test_a_unix_socket_has_no_address():
    assert address("") == "local"
