"""Rates as the operator writes them."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from digitsite.rates import parse_rate


@pytest.mark.parametrize(
    ("text", "units", "period_s"),
    [
        ("5/s", 5, 1),
        ("600/min", 600, 60),
        (" 20/h ", 20, 3600),
        ("1/day", 1, 86_400),
    ],
)
def test_a_rate_is_a_number_and_a_period(text, units, period_s):
    assert parse_rate(text, name="RATE") == (units, period_s)


@pytest.mark.parametrize("text", ["off", "OFF", " off "])
def test_off_is_no_limit(text):
    assert parse_rate(text, name="RATE") is None


@pytest.mark.parametrize(
    "text",
    ["", "600", "0/min", "-5/min", "6e2/min", "600/minute", "600/fortnight", "٣/min"],
)
def test_nonsense_is_refused_with_the_name_of_the_variable(text):
    with pytest.raises(ImproperlyConfigured, match=r"DIGITS_RATE_USER.*600/min"):
        parse_rate(text, name="DIGITS_RATE_USER")
