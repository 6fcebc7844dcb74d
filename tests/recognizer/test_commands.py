import io
import json
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from recognizer import engine, selectors
from recognizer.models import ModelVersion
from recognizer.services.training_runs import TrainingOptions, training_run_start
from tests.factories import make_artifact, make_labelled, make_reading
from tests.ml.pages import as_file, make_page


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pages with a 2 on them, of which one is labelled wrongly, and a blank one."""
    pages = {
        "a.png": make_page(),
        "b.png": make_page(digit_px=120),
        "c.png": np.full((50, 50), 255, np.uint8),
    }
    for name, page in pages.items():
        (tmp_path / name).write_bytes(as_file(page))
    (tmp_path / "labels.csv").write_text(
        "file,label,kind\na.png,2,page\nb.png,3,page\nc.png,2,empty\n"
    )
    return tmp_path


def run(*arguments: object, **options: object) -> str:
    out = io.StringIO()
    call_command(*map(str, arguments), stdout=out, **options)
    return out.getvalue()


def test_evaluate_prints_the_figures_as_json(db, folder):
    figures = json.loads(run("evaluate", folder, "--format", "json"))

    assert figures["n"] == 3
    assert figures["accuracy"] == pytest.approx(1 / 3)
    assert figures["by_kind"]["page"] == {"n": 2, "accuracy": 0.5}
    assert figures["by_digit"]["2"]["n"] == 2
    assert figures["confusion"] == {"2": {"2": 1, "none": 1}, "3": {"2": 1}}


def test_evaluate_prints_the_figures_for_people(db, folder):
    text = run("evaluate", folder)

    assert "accuracy  33.33%  (n = 3)" in text
    assert "3: 2 x1" in text


def test_evaluate_reads_no_more_than_the_limit(stub_engine, folder):
    figures = json.loads(run("evaluate", folder, "--format", "json", "--limit", "2"))

    assert figures["n"] == len(stub_engine.asked) == 2


def test_evaluate_goes_the_way_of_the_page(stub_engine, folder):
    stub_engine.reading = make_reading(digit=3)

    figures = json.loads(run("evaluate", folder, "--format", "json"))

    assert stub_engine.asked[0] == (folder / "a.png").read_bytes()
    assert figures["confusion"]["3"] == {"3": 1}


def test_evaluate_counts_a_file_that_cannot_be_read_as_wrong(db, folder):
    (folder / "b.png").write_text("no picture")

    figures = json.loads(run("evaluate", folder, "--format", "json"))

    assert figures["outcomes"]["unreadable_image"] == 1
    assert figures["confusion"]["3"] == {"none": 1}


def test_evaluate_lists_the_files_that_cannot_be_read(db, folder):
    (folder / "b.png").write_text("no picture")

    figures = json.loads(run("evaluate", folder, "--format", "json"))

    assert figures["unreadable"] == [
        {"file": f"{folder.name}/b.png", "code": "unreadable_image"}
    ]


def test_evaluate_goes_on_after_a_file_that_cannot_be_opened(
    stub_engine, folder, monkeypatch
):
    def refuse(self):
        raise PermissionError

    monkeypatch.setattr(engine.Sample, "read", refuse)

    figures = json.loads(run("evaluate", folder, "--format", "json"))

    assert figures["outcomes"] == {"unreadable_file": 3}


def test_evaluate_says_how_far_its_confidence_can_be_trusted(stub_engine, folder):
    stub_engine.reading = make_reading(digit=2, confidence=0.9)

    figures = json.loads(run("evaluate", folder, "--format", "json"))

    assert figures["sure"] == {
        "n": 3,
        "coverage": 1.0,
        "accuracy": pytest.approx(2 / 3),
    }
    assert figures["ece"] == pytest.approx(0.9 - 2 / 3)


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """A folder of what is no digit: a letter, and one that looks like a 1."""
    folder = tmp_path / "letters"
    folder.mkdir()
    for name in ("a.png", "l.png"):
        (folder / name).write_bytes(as_file(make_page()))
    (folder / "labels.csv").write_text(
        "file,label,kind\na.png,none,latin\nl.png,none,digit-like latin\n"
    )
    return folder


def test_evaluate_measures_several_folders_together_and_each(
    stub_engine, folder, letters
):
    figures = json.loads(run("evaluate", folder, letters, "--format", "json"))

    assert figures["n"] == 5
    assert {name: each["n"] for name, each in figures["sets"].items()} == {
        folder.name: 3,
        "letters": 2,
    }


def test_evaluate_tells_digits_from_what_is_none_across_folders(
    stub_engine, folder, letters
):
    figures = json.loads(run("evaluate", folder, letters, "--format", "json"))

    assert figures["not_digits"] == {"n": 2, "refused": 0.0, "sure": 1.0, "auroc": 0.5}


def test_evaluate_leaves_out_the_kinds_it_is_told(stub_engine, folder, letters):
    options = ("--without-kind", "digit-like", "--without-kind", "empty")

    figures = json.loads(run("evaluate", folder, letters, *options, "--format", "json"))

    assert sorted(figures["by_kind"]) == ["latin", "page"]
    assert figures["left_out"] == 2


def test_evaluate_refuses_to_leave_out_everything(letters):
    options = ("--without-kind", "latin", "--without-kind", "digit")

    with pytest.raises(CommandError, match="'latin' or 'digit'"):
        run("evaluate", letters, *options)


def test_evaluate_prints_what_is_sure_and_what_is_refused(stub_engine, folder, letters):
    text = run("evaluate", folder, letters)

    assert "called sure          100.00% of the digits" in text
    assert "right when sure        0.00%  (n = 3)" in text
    assert "calibration error     99.00%  (ECE)" in text
    assert "non-digits refused     0.00%  (n = 2)" in text
    assert "digit or not, AUROC   0.5000" in text


def test_evaluate_prints_a_row_for_each_of_several_folders(
    stub_engine, folder, letters
):
    rows = [line.split() for line in run("evaluate", folder, letters).splitlines()]

    assert ["letters", "2", "0.00%", "–", "–", "–", "0.00%"] in rows


def test_evaluate_prints_the_files_that_cannot_be_read(db, folder):
    (folder / "b.png").write_text("no picture")

    assert f"{folder.name}/b.png: unreadable_image" in run("evaluate", folder)


def test_evaluate_writes_a_report_beside_its_figures(db, folder, tmp_path):
    report = tmp_path / "new" / "report"
    errors = io.StringIO()

    out = run("evaluate", folder, "--format", "json", "--report", report, stderr=errors)

    assert json.loads(out)["n"] == 3
    assert (report / "index.html").is_file()
    assert str(report / "index.html") in errors.getvalue()


def test_evaluate_refuses_a_report_in_a_file_before_it_reads(
    stub_engine, folder, tmp_path
):
    file = tmp_path / "report"
    file.touch()

    with pytest.raises(CommandError, match=r"--report: Expected a folder.*report"):
        run("evaluate", folder, "--report", file)

    assert stub_engine.asked == []


@pytest.mark.parametrize("limit", ["0", "-3", "many"])
def test_evaluate_refuses_a_limit_that_is_none(folder, limit):
    words = f"--limit: Expected a whole number above 0. Received: {limit}"

    with pytest.raises(CommandError, match=words):
        run("evaluate", folder, "--limit", limit)


def test_evaluate_says_what_a_folder_must_hold(tmp_path):
    with pytest.raises(CommandError, match=r"labels\.csv"):
        run("evaluate", tmp_path)


def test_promote_makes_a_version_live(db):
    assert "Version 1 is live" in run("promote", 1)


def test_promote_names_the_versions_there_are(db):
    with pytest.raises(CommandError, match="There are: 1"):
        run("promote", 7)


@pytest.fixture
def trained(monkeypatch) -> dict[str, object]:
    """Stands for the training; remembers what was asked of it."""
    asked: dict[str, object] = {}

    def train(data, recipe, folder, *, labelled, start, progress):
        asked.update(
            data=data, recipe=recipe, folder=folder, start=start, labelled=labelled
        )
        progress.on_step(1, 1)
        progress.on_epoch(engine.EpochProgress(1, 1, 0.5, 0.9, 0.8, 2.0))
        return make_artifact(folder)

    monkeypatch.setattr(engine, "train", train)
    return asked


def test_train_keeps_the_model_as_a_candidate(db, trained, settings, tmp_path):
    settings.MODELS_ROOT = tmp_path / "models"

    text = run(
        "train", "--from-scratch", "--mnist", tmp_path, "--epochs", 1, "--seed", 5
    )

    version = ModelVersion.objects.latest("number")
    assert version.state == ModelVersion.State.CANDIDATE
    assert "epoch 1/1" in text
    assert f"manage.py promote {version.number}" in text
    assert (trained["recipe"].epochs, trained["recipe"].seed) == (1, 5)
    assert trained["data"].mnist == tmp_path


def test_training_anew_learns_what_was_confirmed_as_well(
    trained, rita, settings, tmp_path
):
    settings.MODELS_ROOT = tmp_path / "models"
    make_labelled(10, reviewer=rita)

    run("train", "--from-scratch", "--mnist", tmp_path)

    labelled = selectors.labelled_glyphs()
    assert len(trained["labelled"]) == len(labelled) == 10
    version = ModelVersion.objects.latest("number")
    assert version.data_fingerprint == labelled.fingerprint()


def test_training_anew_waits_for_the_training_that_goes_on(trained, db, tmp_path):
    training_run_start(options=TrainingOptions())

    with pytest.raises(CommandError, match="going on already"):
        run("train", "--from-scratch", "--mnist", tmp_path)

    assert trained == {}


def test_train_with_an_output_folder_keeps_no_version(db, trained, tmp_path):
    run("train", "--from-scratch", "--mnist", tmp_path, "--output", tmp_path / "new")

    assert trained["folder"] == tmp_path / "new"
    assert ModelVersion.objects.count() == 1


def test_train_takes_mnist_from_the_settings(db, trained, settings, tmp_path):
    settings.MNIST_DIR = str(tmp_path / "mnist")
    settings.MODELS_ROOT = tmp_path / "models"

    run("train", "--from-scratch")

    assert trained["data"].mnist == tmp_path / "mnist"


def test_train_never_writes_over_a_folder(db, trained, tmp_path):
    with pytest.raises(CommandError, match="not there yet"):
        run("train", "--from-scratch", "--output", tmp_path)


@pytest.mark.parametrize("epochs", ["0", "-3", "many"])
def test_train_refuses_epochs_that_are_none(trained, tmp_path, epochs):
    words = f"--epochs: Expected a whole number above 0. Received: {epochs}"

    with pytest.raises(CommandError, match=words):
        run("train", "--from-scratch", "--output", tmp_path / "new", "--epochs", epochs)

    assert trained == {}


def test_train_says_what_is_wrong_with_the_data(db, tmp_path):
    with pytest.raises(CommandError, match="--mnist DIR"):
        run(
            "train", "--from-scratch", "--mnist", tmp_path, "--output", tmp_path / "new"
        )
