"""The examples in JavaScript of docs/api.md run on a page of the site."""

from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page

from tests.docs.examples import stories

# Some say what they found; the day is another one each time.
PRINTED = {"From JavaScript": ("sure 7", "7", "1")}


@pytest.fixture
def seven(tmp_path: Path) -> Path:
    image = Image.new("L", (280, 280), 255)
    stroke = [(80, 60), (200, 60), (130, 220)]
    ImageDraw.Draw(image).line(stroke, fill=0, width=18, joint="curve")
    image.save(tmp_path / "seven.png")
    return tmp_path / "seven.png"


@pytest.mark.parametrize("section", stories("js"))
def test_what_is_written_in_javascript_runs(page: Page, seven, section):
    printed: list[str] = []
    page.on("console", lambda message: printed.append(message.text))
    page.goto("/upload/")
    page.set_input_files("input[type=file]", seven)
    story = "\n".join(example.code for example in stories("js")[section])

    page.evaluate(f"async () => {{ {story} }}")

    for words, line in zip(PRINTED.get(section, ()), printed, strict=False):
        assert words in line
    assert len(printed) >= len(PRINTED.get(section, ()))
