"""Any bytes at all are answered, or refused in words; never anything else.

`benchmarks/fuzz.py` does the same with ten thousand files, and measures.
"""

import subprocess
import sys
import warnings

import pillow_heif
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from benchmarks.mutations import KINDS, SIGNATURES, make_file, originals
from ml import imaging
from ml.artifacts import SHIPPED
from ml.errors import ImageError, ImageTooLarge, MlError
from ml.imaging import decode_image
from ml.inference import Recognizer
from ml.outcomes import Outcome
from tests.ml.pages import as_file, make_page

STABLE = settings(max_examples=200, derandomize=True, deadline=None)
ANSWERS = {str(outcome) for outcome in Outcome} | {
    error.code for error in ImageError.__subclasses__()
}
# Of each kind of picture; the mutations take turns.
FILES_OF_A_KIND = 12
NAMES = [f"{number}-{kind}-{mode}" for number, (kind, mode, _) in enumerate(KINDS)]
# A camera's description that ends in the middle of its list.
CORRUPT_EXIF = b"Exif\0\0MM\0*\0\0\0\x08\0\x05\x01\x12\0\x03"


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load(SHIPPED)


def answer_to(recognizer: Recognizer, data: bytes) -> str:
    """The outcome, or the code of a typed error; another error fails the test."""
    try:
        return str(recognizer.read(data, with_picture=True).outcome)
    except MlError as error:
        return error.code


@STABLE
@given(signature=st.sampled_from(SIGNATURES), rest=st.binary(max_size=2000))
@example(signature=b"", rest=b"")
def test_any_bytes_are_answered_or_refused_in_words(recognizer, signature, rest):
    assert answer_to(recognizer, signature + rest) in ANSWERS


@pytest.mark.parametrize("number", range(len(KINDS)), ids=NAMES)
def test_a_whole_picture_of_every_kind_is_read(recognizer, number):
    assert recognizer.read(originals()[number]).text == "7"


@pytest.mark.parametrize("number", range(len(KINDS)), ids=NAMES)
def test_damaged_files_are_answered_or_refused_in_words(recognizer, number):
    numbers = range(number, len(KINDS) * FILES_OF_A_KIND, len(KINDS))

    answers = {answer_to(recognizer, make_file(each, seed=3)) for each in numbers}

    assert answers <= ANSWERS


def test_what_a_decoder_remarks_on_a_file_is_no_error(recognizer):
    data = as_file(make_page(), "JPEG", exif=CORRUPT_EXIF)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        reading = recognizer.read(data)

    assert reading.text == "2"


@pytest.mark.parametrize("kind", ["WEBP", "AVIF"])
def test_what_is_costly_to_decode_has_a_limit_of_its_own(monkeypatch, kind):
    monkeypatch.setattr(imaging, "MAX_PIXELS_OF_COSTLY", 50_000)

    with pytest.raises(ImageTooLarge):
        decode_image(as_file(make_page(), kind))


def make_large_file(kind: str, mode: str, side_px: int) -> bytes:
    """A large picture in few bytes."""
    pillow_heif.register_heif_opener()
    options = {"TIFF": {"compression": "tiff_lzw"}, "AVIF": {"speed": 10}}
    image = Image.new("L", (side_px, side_px), "white")
    image.paste(0, (side_px // 2, side_px // 4, side_px * 2 // 3, side_px * 3 // 4))
    return as_file(image.convert(mode), kind, **options.get(kind, {}))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "mode", "side_px"),
    [
        ("TIFF", "F", 7050),
        ("TIFF", "I", 7050),
        ("TIFF", "CMYK", 7050),
        ("HEIF", "RGBA", 7050),
        ("WEBP", "RGBA", 4990),
        ("AVIF", "RGBA", 4990),
    ],
)
def test_the_largest_pictures_take_less_than_half_a_gigabyte(
    kind, mode, side_px, tmp_path
):
    path = tmp_path / "large"
    path.write_bytes(make_large_file(kind, mode, side_px))
    code = (
        "import sys\n"
        "from benchmarks.machine import peak_memory_mb\n"
        "from ml.artifacts import SHIPPED\n"
        "from ml.inference import Recognizer\n"
        "data = open(sys.argv[1], 'rb').read()\n"
        "Recognizer.load(SHIPPED).read(data, with_picture=True)\n"
        "print(peak_memory_mb())\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=True
    )

    assert float(done.stdout) < 500
