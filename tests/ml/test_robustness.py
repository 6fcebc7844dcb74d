"""Clear digits keep their answer, whatever befalls their picture on the way here."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from benchmarks.disturbances import (
    DISTURBANCES,
    Between,
    Disturbance,
    OneOf,
    page_of,
    plain,
)
from ml.arrays import Grey
from ml.artifacts import SHIPPED
from ml.inference import Recognizer

# The same examples in every run, so that only a change of the code can fail.
STABLE = settings(max_examples=30, derandomize=True, deadline=None)
DIGITS_LOOKED_AT = 300


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load(SHIPPED)


@pytest.fixture(scope="module")
def clear_pages(recognizer) -> dict[str, Grey]:
    """Of each digit, the page that is read most surely, by its label."""
    digits = load_digits()
    clearest: dict[str, tuple[float, Grey]] = {}
    for image, target in zip(
        digits.images[:DIGITS_LOOKED_AT], digits.target, strict=False
    ):
        ink = (image * (255 / 16)).astype(np.uint8)
        page, label = page_of(np.pad(ink, 2)), str(target)
        reading = recognizer.read(plain(page))
        found = reading.confidence if reading.text == label else 0.0
        if found > clearest.get(label, (0.0, page))[0]:
            clearest[label] = found, page
    return {label: page for label, (_, page) in sorted(clearest.items())}


def any_parameters(disturbance: Disturbance) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {name: any_value(each) for name, each in disturbance.parameters.items()}
    )


def any_value(parameter: Between | OneOf) -> st.SearchStrategy[Any]:
    if isinstance(parameter, Between):
        return st.floats(parameter.low, parameter.high)
    return st.sampled_from(parameter.values)


def test_there_is_a_clear_page_of_every_digit(clear_pages):
    assert "".join(clear_pages) == "0123456789"


@pytest.mark.parametrize("disturbance", DISTURBANCES, ids=lambda each: each.name)
@STABLE
@given(data=st.data())
def test_a_clear_digit_keeps_its_answer(recognizer, clear_pages, disturbance, data):
    label = data.draw(st.sampled_from("0123456789"), label="digit")
    parameters = data.draw(any_parameters(disturbance), label="parameters")

    reading = recognizer.read(disturbance.apply(clear_pages[label], **parameters))

    assert reading.text == label
