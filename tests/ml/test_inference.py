import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from ml.artifacts import SHIPPED, Manifest, write_artifact
from ml.augmentation import as_glyphs
from ml.errors import ArtifactError, UnreadableImage
from ml.inference import BACKENDS, KERAS, Recognizer, trace
from ml.outcomes import Outcome
from tests.ml.pages import as_file, make_page


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load(SHIPPED)


@pytest.fixture(scope="module")
def glyphs() -> NDArray[np.uint8]:
    """1,000 glyphs of real handwriting, from scikit-learn's 8x8 digits."""
    images = (load_digits().images[:1000] * (255 / 16)).astype(np.uint8)
    return as_glyphs(images)


def test_a_drawn_2_is_read_as_a_2(recognizer):
    reading = recognizer.read(as_file(make_page()))

    assert reading.text == "2"
    assert reading.outcome == Outcome.SURE
    assert (reading.width, reading.height) == (280, 280)


def test_ten_probabilities_and_that_of_no_digit_sum_to_one(recognizer):
    (digit,) = recognizer.read(as_file(make_page())).digits

    assert len(digit.probabilities) == 10
    assert sum(digit.probabilities) + digit.not_a_digit == pytest.approx(1)
    assert digit.confidence == max(digit.probabilities)
    assert digit.glyph.shape == (28, 28)


def test_a_blank_page_is_blank(recognizer):
    reading = recognizer.read(as_file(np.full((100, 100), 255, np.uint8)))

    assert reading.outcome == Outcome.BLANK
    assert reading.digits == ()
    assert reading.text == ""


def test_many_pictures_are_read_as_each_of_them_alone(recognizer):
    images = [as_file(make_page(left=place)) for place in (40, 80, 120)]

    many = recognizer.read_many(images, with_picture=True)

    for together, image in zip(many, images, strict=True):
        alone = recognizer.read(image, with_picture=True)
        assert (together.text, together.outcome) == (alone.text, alone.outcome)
        assert together.confidence == pytest.approx(alone.confidence, abs=1e-5)
        assert (together.digits[0].box, together.picture) == (
            alone.digits[0].box,
            alone.picture,
        )


def test_what_cannot_be_read_among_many_says_why_and_stops_no_other(recognizer):
    page, blank = as_file(make_page()), as_file(np.full((9, 9), 255, np.uint8))

    first, damaged, empty, last = recognizer.read_many([page, b"no", blank, page])

    assert (first.text, last.text) == ("2", "2")
    assert isinstance(damaged, UnreadableImage)
    assert empty.outcome == Outcome.BLANK


def test_none_of_many_is_no_mistake(recognizer):
    assert recognizer.read_many([]) == []


def test_the_picture_comes_only_when_asked_for(recognizer):
    page = as_file(make_page())

    assert recognizer.read(page).picture is None
    assert recognizer.read(page, with_picture=True).picture is not None


def test_what_is_no_picture_is_a_typed_error(recognizer):
    with pytest.raises(UnreadableImage):
        recognizer.read(b"no picture at all")


def test_most_real_digits_of_8_by_8_px_are_read(recognizer, glyphs):
    labels = load_digits().target[:1000]

    answers = recognizer.probabilities(glyphs).argmax(axis=1)

    assert (answers == labels).mean() > 0.95


def test_litert_and_keras_agree_on_1000_digits(recognizer, glyphs):
    keras = Recognizer.load(SHIPPED, backend=KERAS)

    served, whole = (each.probabilities(glyphs) for each in (recognizer, keras))

    assert len(glyphs) == 1000
    # What serves has weights of 8 bits: it may decide a toss-up otherwise.
    apart = np.abs(served - whole).max(axis=1)
    assert np.quantile(apart, 0.99) < 0.01
    assert apart.max() < 0.05


def test_threads_share_a_recognizer(recognizer, glyphs):
    alone = [recognizer.probabilities(glyph[None])[0] for glyph in glyphs[:200]]

    with ThreadPoolExecutor(8) as pool:
        together = list(
            pool.map(
                lambda glyph: recognizer.probabilities(glyph[None])[0], glyphs[:200]
            )
        )

    assert np.array_equal(alone, together)


def test_a_batch_answers_as_single_glyphs_do(recognizer, glyphs):
    batch = recognizer.probabilities(glyphs[:50])

    single = np.stack(
        [recognizer.probabilities(glyph[None])[0] for glyph in glyphs[:50]]
    )

    assert np.abs(batch - single).max() < 1e-5


def test_an_unknown_backend_is_refused_by_name():
    with pytest.raises(ArtifactError, match="'torch'"):
        Recognizer.load(SHIPPED, backend="torch")


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ArtifactError):
        Recognizer.load(tmp_path)


def test_a_model_for_other_glyphs_is_refused_in_words(tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(SHIPPED, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["preprocessing_version"] = 99
    (folder / "manifest.json").write_text(json.dumps(manifest))

    with pytest.raises(ArtifactError, match=r"version 99.*Train it again"):
        Recognizer.load(folder)


@pytest.mark.parametrize("backend", BACKENDS)
def test_files_that_are_no_models_are_refused(tmp_path, backend):
    def write(folder):
        (folder / "model.keras").write_bytes(b"no model")
        (folder / "model.tflite").write_bytes(b"no model")

    manifest = Manifest(architecture="cnn", temperature=1.0, sure_threshold=0.9)
    write_artifact(tmp_path / "model", manifest, write)

    with pytest.raises(ArtifactError, match="Expected a"):
        Recognizer.load(tmp_path / "model", backend=backend)


def test_the_steps_of_a_blank_page_are_none():
    blank = as_file(np.full((100, 100), 255, np.uint8))

    assert trace(blank, np.zeros((28, 28), np.uint8)) == []


def test_reading_never_imports_tensorflow_or_keras():
    code = (
        "import sys\n"
        "from ml.artifacts import SHIPPED\n"
        "from ml.inference import Recognizer\n"
        "from tests.ml.pages import as_file, make_page\n"
        "assert Recognizer.load(SHIPPED).read(as_file(make_page())).text == '2'\n"
        "print(sorted({'tensorflow', 'keras'} & sys.modules.keys()))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
