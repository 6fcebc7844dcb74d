"""The notebook is run as it stands, with tiny settings and tiny data."""

from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from ml.augmentation import as_glyphs

PATH = Path(__file__).resolve().parents[2] / "notebooks/train_mnist.ipynb"
SETTINGS = """
from dataclasses import replace

import ml.not_digits
from ml.fonts import draw_characters as draw_all


def draw_characters():
    drawn = draw_all()
    few = tuple(of_one[:2] for of_one in drawn.digits)
    return replace(drawn, digits=few, others=drawn.others[::20])


ml.not_digits.INVENTED = ml.not_digits.WRITTEN_LETTERS = 20
MNIST_DIR = {folder!r}
IS_MNIST = False
TRAIN_DIGITS = 400
RECIPE = Recipe(
    architecture="dense-128x2", epochs=2, polish_epochs=0, batch_size=32, kept_aside=100
)
OWN_PICTURE = None
"""


def read() -> NotebookNode:
    return nbformat.read(PATH, as_version=4)


def write_idx(path: Path, array: NDArray[np.uint8]) -> None:
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    path.write_bytes(header + array.tobytes())


@pytest.fixture(scope="module")
def mnist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in MNIST's form with 400 + 100 digits."""
    folder = tmp_path_factory.mktemp("mnist")
    known = load_digits()
    images = as_glyphs((known.images[:500] * (255 / 16)).astype(np.uint8))
    labels = known.target[:500].astype(np.uint8)
    for part, of_part in (("train", slice(400)), ("t10k", slice(400, 500))):
        write_idx(folder / f"{part}-images-idx3-ubyte", images[of_part])
        write_idx(folder / f"{part}-labels-idx1-ubyte", labels[of_part])
    return folder


@pytest.fixture(scope="module")
def run(mnist: Path) -> NotebookNode:
    notebook = read()
    [settings] = [
        cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])
    ]
    settings.source = SETTINGS.format(folder=str(mnist))
    resources = {"metadata": {"path": str(PATH.parent)}}
    return NotebookClient(notebook, timeout=300, resources=resources).execute()


def outputs(run: NotebookNode) -> str:
    return "".join(
        output.get("text", "")
        for cell in run.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stdout"
    )


def test_it_trains_and_tells_of_every_epoch(run):
    assert "400 digits to learn from, 100 to test on" in outputs(run)
    assert "epoch 1/2: loss" in outputs(run)
    assert "epoch 2/2: loss" in outputs(run)


def test_it_writes_and_measures_the_model(run):
    assert "model.tflite" in outputs(run)
    assert "test accuracy" in outputs(run)


def test_it_reads_a_picture_and_says_how_sure_it_is(run):
    last = outputs(run).splitlines()[-1]

    assert last.split(":")[0] in {"sure", "unsure", "not_a_digit"}
    assert last.endswith("%)")


def test_it_shows_its_pictures(run):
    pictures = [
        output
        for cell in run.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]

    assert len(pictures) >= 8


def test_it_complains_of_nothing(run):
    complaints = [
        output["text"]
        for cell in run.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stderr" and "Warning" in output["text"]
    ]

    assert complaints == []


def test_it_is_kept_without_outputs():
    cells = [cell for cell in read().cells if cell.cell_type == "code"]

    assert cells
    assert all(cell.outputs == [] for cell in cells)
    assert all(cell.execution_count is None for cell in cells)
