"""Characters drawn from fonts."""

import pytest
from PIL import ImageFont

from ml.datasets import typed_digits
from ml.errors import DatasetError
from ml.fonts import LOOK_ALIKES, draw_characters


def test_the_built_in_faces_draw_all_ten_digits():
    characters = draw_characters()

    assert all(len(drawings) > 5 for drawings in characters.digits)
    assert len(characters.others) > 100


def test_letters_that_look_like_digits_stand_apart_with_their_digit():
    characters = draw_characters()

    digits = [digit for _, digit in characters.look_alikes]
    assert set(digits) == set(LOOK_ALIKES.values())
    assert len(digits) == len(LOOK_ALIKES) * len(characters.digits[0])


def test_fonts_of_a_folder_are_drawn(tmp_path):
    (tmp_path / "deep").mkdir()
    default = ImageFont.load_default(40)
    assert isinstance(default, ImageFont.FreeTypeFont)
    (tmp_path / "deep" / "one.ttf").write_bytes(default.font_bytes)

    characters = draw_characters(tmp_path)

    assert [len(drawings) for drawings in characters.digits] == [1] * 10
    assert characters.name == "1 fonts"


def test_a_drawing_is_cut_to_its_ink():
    drawing = draw_characters().digits[8][0]

    assert drawing[0].any()
    assert drawing[-1].any()
    assert drawing[:, 0].any()
    assert drawing[:, -1].any()


def test_a_folder_without_fonts_is_refused_in_words(tmp_path):
    with pytest.raises(DatasetError, match=r"Expected fonts .*ttf"):
        draw_characters(tmp_path)


def test_a_file_that_is_no_font_is_refused_in_words(tmp_path):
    (tmp_path / "broken.ttf").write_bytes(b"no font")

    with pytest.raises(DatasetError, match="broken"):
        draw_characters(tmp_path)


def test_typed_digits_are_a_labelled_set():
    typed = typed_digits(draw_characters())

    assert typed.images.shape[1:] == (28, 28)
    assert set(typed.labels.tolist()) == set(range(10))
