import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ml.artifacts import SHIPPED
from recognizer.models import ModelVersion
from recognizer.services.model_versions import model_version_register
from tests.factories import make_artifact, make_model_version
from tests.ml.pages import as_file, make_page


@pytest.fixture
def another(db, settings, tmp_path) -> ModelVersion:
    """A second version: the shipped weights with another threshold."""
    settings.MODELS_ROOT = tmp_path / "models"
    folder = settings.MODELS_ROOT / "another"
    return model_version_register(folder=folder, manifest=make_artifact(folder))


@pytest.fixture
def damaged(db, another, settings) -> ModelVersion:
    """A version whose files are gone."""
    return make_model_version(number=3, artifact_path="gone", architecture="dense")


def make_folder(folder: Path, *labels: str) -> Path:
    """Pages with a 2 on each, labelled as said."""
    folder.mkdir()
    for index in range(len(labels)):
        (folder / f"{index}.png").write_bytes(as_file(make_page()))
    rows = [f"{index}.png,{label}" for index, label in enumerate(labels)]
    (folder / "labels.csv").write_text("\n".join(["file,label", *rows]))
    return folder


def run(*arguments: object) -> str:
    out = io.StringIO()
    call_command("compare", *map(str, arguments), stdout=out)
    return out.getvalue()


def rows(*arguments: object) -> list[dict[str, object]]:
    return json.loads(run(*arguments, "--format", "json"))


def test_every_version_has_a_row(another):
    head, live, candidate = run().splitlines()

    assert head.split()[:4] == ["version", "architecture", "parameters", "MMAC"]
    assert live.startswith("1 live")
    assert candidate.startswith("2 candidate")


def test_only_the_versions_that_are_named_are_compared(another):
    assert [row["number"] for row in rows(2)] == [2]


def test_a_version_named_twice_has_one_row(another):
    assert [row["number"] for row in rows(2, 1, 2)] == [2, 1]


def test_versions_that_are_not_there_are_named(another):
    with pytest.raises(CommandError, match=r"no version 7, 9\. There are: 1, 2"):
        run(7, 1, 9)


def test_a_row_says_what_a_version_costs(another):
    [row] = rows(1)

    assert row["parameters"] > 100_000
    assert row["multiplications"] > 1_000_000
    assert row["litert_bytes"] == (SHIPPED / "model.tflite").stat().st_size
    assert 0 < row["glyph_ms"] < 100
    assert row["mnist_test_accuracy"] > 0.99


def test_sizes_in_the_manifest_are_not_counted_again(another, settings):
    folder = settings.MODELS_ROOT / another.artifact_path
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["metrics"] = {"parameters": 12, "multiplications": 34}
    (folder / "manifest.json").write_text(json.dumps(manifest))

    [row] = rows(2)

    assert (row["parameters"], row["multiplications"]) == (12, 34)


def test_every_folder_is_a_column(another, tmp_path):
    right = make_folder(tmp_path / "right", "2")
    mixed = make_folder(tmp_path / "mixed", "2", "3")

    head, *versions = run("--data", right, "--data", mixed).splitlines()

    assert head.endswith("right (1)  mixed (2)")
    assert [row.split()[-2:] for row in versions] == [["100.00%", "50.00%"]] * 2


def test_the_figures_of_a_folder_are_those_of_evaluate(another, tmp_path):
    folder = make_folder(tmp_path / "mixed", "2", "3", "none")
    out = io.StringIO()
    call_command("evaluate", str(folder), "--format", "json", stdout=out)
    evaluated = json.loads(out.getvalue())

    [row] = rows(1, "--data", folder)

    assert row["sets"]["mixed"] == {
        key: evaluated[key] for key in ("n", "accuracy", "sure", "ece", "not_digits")
    }


def test_a_file_that_cannot_be_read_counts_as_wrong(another, tmp_path):
    folder = make_folder(tmp_path / "mixed", "2", "2")
    (folder / "0.png").write_text("no picture")

    [row] = rows(1, "--data", folder)

    assert row["sets"]["mixed"]["accuracy"] == 0.5


def test_no_more_than_the_limit_is_read(another, tmp_path):
    folder = make_folder(tmp_path / "many", *"22222")

    [row] = rows(1, "--data", folder, "--limit", 3)

    assert row["sets"]["many"]["n"] == 3


def test_a_damaged_version_says_so_and_stops_no_other(damaged, tmp_path):
    folder = make_folder(tmp_path / "right", "2")

    lines = run("--data", folder).splitlines()

    assert lines[3].split() == ["3", "candidate", "dense", *"––––––"]
    assert "100.00%" in lines[2]
    assert lines[-1].startswith("version 3: Expected a model's manifest at")


def test_a_damaged_version_says_so_in_json(damaged):
    *_, row = rows()

    assert "manifest" in row["error"]
    assert row["sets"] == {}


def test_another_models_files_are_not_taken_for_a_versions(another):
    ModelVersion.objects.filter(number=2).update(digest="0" * 64)

    assert "Expected version 2 with digest 0000" in run(2)


def test_a_folder_without_samples_is_refused(another, tmp_path):
    with pytest.raises(CommandError, match=r"labels\.csv"):
        run("--data", tmp_path / "models")
