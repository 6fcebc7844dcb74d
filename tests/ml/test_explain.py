import subprocess
import sys

import cv2
import numpy as np
import pytest

from ml.artifacts import SHIPPED, Manifest
from ml.explain import BATCH, PATCH_PX, PICTURE_PX, explain, heat_map_png
from ml.inference import Recognizer

FLAG_OF_7 = np.s_[4:9, 4:14]


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load(SHIPPED)


def make_seven():
    """(28, 28) uint8: a 7 without a bar."""
    glyph = np.zeros((28, 28), np.uint8)
    way = np.array([(6, 6), (20, 6), (12, 23)], np.int32)
    return cv2.polylines(glyph, [way], False, 255, 2, cv2.LINE_AA)


def make_square():
    """(28, 28) uint8: nothing but ink within 4 px of the border."""
    glyph = np.zeros((28, 28), np.uint8)
    glyph[4:24, 4:24] = 255
    return glyph


class CornerNetwork:
    """Says 7 for ink in the upper left corner, else 1; remembers what it was asked."""

    def __init__(self, *, strength: float = 6.0) -> None:
        self.asked = []
        self.strength = strength

    def __call__(self, glyphs):
        self.asked.append(len(glyphs))
        ink = glyphs[:, 4:8, 4:8, 0].mean(axis=(1, 2))
        seven = 1 / (1 + np.exp(-self.strength * (ink - 0.5)))
        answer = np.full((len(glyphs), 11), 0.01, np.float32)
        answer[:, 7], answer[:, 1] = 0.91 * seven, 0.91 * (1 - seven)
        return answer


def stub(network) -> Recognizer:
    manifest = Manifest(architecture="stub", temperature=1.0, sure_threshold=0.9)
    return Recognizer(network, manifest)


def test_a_7_without_its_flag_is_less_of_a_7(recognizer):
    found = explain(recognizer, make_seven())

    assert found.digit == 7
    assert found.map_of_digit[FLAG_OF_7].max() > 0.5
    # The flag goes from one upper corner to the other.
    assert found.place_of_digit in ("upper left", "top", "upper right")


def test_where_there_is_no_ink_nothing_matters(recognizer):
    glyph = make_seven()

    found = explain(recognizer, glyph)

    assert not found.map_of_digit[glyph == 0].any()
    assert not found.map_of_runner_up[glyph == 0].any()


def test_the_runner_up_is_the_second_most_probable_digit(recognizer):
    found = explain(recognizer, make_seven())

    of_digits = found.probabilities[:10]
    assert (found.digit, found.runner_up) == tuple(np.argsort(-of_digits)[:2])


def test_what_is_likelier_to_be_no_digit_is_still_explained_as_one():
    def network(glyphs):
        return np.tile(np.float32([0, 0.1, 0.2, *[0] * 7, 0.7]), (len(glyphs), 1))

    found = explain(stub(network), make_square())

    assert (found.digit, found.runner_up) == (2, 1)


def test_the_maps_lie_between_minus_one_and_one(recognizer):
    found = explain(recognizer, make_seven())

    for heat in (found.map_of_digit, found.map_of_runner_up):
        assert (heat.shape, heat.dtype) == ((28, 28), np.float32)
        assert np.abs(heat).max() <= 1


def test_only_the_ink_that_a_network_looks_at_matters():
    found = explain(stub(CornerNetwork()), make_square())

    reach = 8 + PATCH_PX
    assert found.map_of_digit[4:8, 4:8].min() > 0.2
    assert np.abs(found.map_of_digit[reach:, reach:]).max() < 1e-6


def test_what_is_for_the_answer_is_against_the_runner_up():
    found = explain(stub(CornerNetwork()), make_square())

    assert found.runner_up == 1
    assert found.map_of_runner_up[4:8, 4:8].max() < -0.2


def test_the_place_that_counts_is_named():
    found = explain(stub(CornerNetwork()), make_square())

    assert found.place_of_digit == "upper left"


def test_where_nothing_speaks_for_the_runner_up_no_place_is_named():
    found = explain(stub(CornerNetwork()), make_square())

    assert found.place_of_runner_up is None


def test_a_stroke_as_narrow_as_a_1_has_no_left_and_right():
    class Foot:
        def __call__(self, glyphs):
            answer = np.full((len(glyphs), 11), 0.01, np.float32)
            answer[:, 1] = 0.1 + 0.8 * glyphs[:, 20:24, :, 0].max(axis=(1, 2))
            return answer / answer.sum(axis=1, keepdims=True)

    glyph = np.zeros((28, 28), np.uint8)
    glyph[4:24, 12:15] = 255

    assert explain(stub(Foot()), glyph).place_of_digit == "bottom"


def test_the_answer_without_that_place_is_told():
    found = explain(stub(CornerNetwork()), make_square())

    assert found.probabilities.argmax() == 7
    assert found.probabilities_without.argmax() == 1


def test_where_no_place_counts_nothing_is_told_of_it():
    def network(glyphs):
        return np.tile(np.float32([0.1, 0.9, *[0] * 9]), (len(glyphs), 1))

    found = explain(stub(network), make_square())

    assert (found.place_of_digit, found.probabilities_without) == (None, None)


def test_a_map_is_pale_where_hardly_anything_matters():
    found = explain(stub(CornerNetwork(strength=0.2)), make_square())

    assert 0 < np.abs(found.map_of_digit).max() < 0.3


def test_a_network_that_is_certain_is_explained_all_the_same():
    def network(glyphs):
        doubt = 1e-9 * np.exp(-10 * glyphs[:, 4:8, 4:8, 0].mean(axis=(1, 2)))
        answer = np.zeros((len(glyphs), 11))
        answer[:, 7], answer[:, 1] = 1 - doubt, doubt
        return answer

    assert explain(stub(network), make_square()).place_of_digit == "upper left"


def test_no_more_glyphs_are_read_at_once_than_cost_little_memory():
    network = CornerNetwork()

    explain(stub(network), make_square())

    assert max(network.asked) <= BATCH


def test_a_glyph_without_ink_cannot_be_explained(recognizer):
    with pytest.raises(ValueError, match="Expected a glyph with ink"):
        explain(recognizer, np.zeros((28, 28), np.uint8))


def test_the_picture_is_red_for_the_digit_and_blue_against_it():
    heat = np.zeros((28, 28), np.float32)
    heat[4:24, 4:14], heat[4:24, 14:24] = 1, -1

    png = heat_map_png(make_square(), heat)

    pixels = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    middle, quarter = PICTURE_PX // 2, PICTURE_PX // 4
    assert pixels.shape == (PICTURE_PX, PICTURE_PX, 3)
    assert pixels[middle, middle - quarter].argmax() == 2
    assert pixels[middle, middle + quarter].argmax() == 0
    assert pixels[:8, :8].max() == 0


def test_ink_that_does_not_matter_is_grey():
    png = heat_map_png(make_square(), np.zeros((28, 28), np.float32))

    pixels = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    blue, green, red = pixels[PICTURE_PX // 2, PICTURE_PX // 2]
    assert blue == green == red > 100


def test_explaining_never_imports_tensorflow_or_keras():
    code = (
        "import sys\n"
        "import numpy as np\n"
        "from ml.artifacts import SHIPPED\n"
        "from ml.explain import explain\n"
        "from ml.inference import Recognizer\n"
        "glyph = np.zeros((28, 28), np.uint8)\n"
        "glyph[4:24, 13:15] = 255\n"
        "assert explain(Recognizer.load(SHIPPED), glyph).digit == 1\n"
        "print(sorted({'tensorflow', 'keras'} & sys.modules.keys()))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
