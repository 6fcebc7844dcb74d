"""The labels that train and measure models."""

import numpy as np

from recognizer.engine import LabelledGlyphs
from recognizer.models import HELD_OUT_BELOW, Digit, Review
from recognizer.selectors.consents import teaching

SIDE_PX = 28
# Rows a query: 784 bytes each.
CHUNK = 2000


def labelled_glyphs() -> LabelledGlyphs:
    """All that reviewers have confirmed, in the order of the fingerprints.

    Of a glyph, a copy must be of somebody who lets his pictures teach.
    Confirmed copies of one glyph cannot differ: they would be disputed.
    """
    confirmed = teaching(Digit.objects.filter(review=Review.CONFIRMED))
    rows = confirmed.order_by("fingerprint").values_list(
        "fingerprint", "glyph", "label"
    )
    once = {
        fingerprint: (bytes(glyph), label)
        for fingerprint, glyph, label in rows.iterator(chunk_size=CHUNK)
    }
    content = b"".join(glyph for glyph, _ in once.values())
    return LabelledGlyphs(
        np.frombuffer(content, np.uint8).reshape(-1, SIDE_PX, SIDE_PX),
        np.array([label for _, label in once.values()], np.uint8),
        np.array([each < HELD_OUT_BELOW for each in once], np.bool_),
    )
