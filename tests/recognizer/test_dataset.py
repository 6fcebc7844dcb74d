from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from recognizer import selectors
from recognizer.models import Correction, Digit, Prediction
from recognizer.services.datasets import dataset_import
from recognizer.viewers import Viewer
from tests.factories import make_labelled


@pytest.fixture
def reviewer(rita):
    return rita.user


@pytest.fixture
def exported(reviewer, tmp_path) -> Path:
    """Twenty 3s, written by another site."""
    make_labelled(20, reviewer=Viewer(user=reviewer))
    call_command("dataset", "export", str(tmp_path / "set"))
    Prediction.objects.all().delete()
    return tmp_path / "set"


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*.png")
    }


def test_labels_are_exported(reviewer, tmp_path, capsys):
    make_labelled(20, reviewer=Viewer(user=reviewer))

    call_command("dataset", "export", str(tmp_path / "set"))

    pictures = list((tmp_path / "set").glob("*/3/*.png"))
    assert len(pictures) == 20
    assert {path.parent.parent.name for path in pictures} == {"train", "held-out"}
    assert capsys.readouterr().out.startswith("20 glyphs, ")


def test_without_labels_there_is_nothing_to_export(db, tmp_path):
    with pytest.raises(CommandError, match="nothing to export"):
        call_command("dataset", "export", str(tmp_path / "set"))


def test_an_export_never_writes_over_a_folder(reviewer, tmp_path):
    make_labelled(1, reviewer=Viewer(user=reviewer))

    with pytest.raises(CommandError, match="new folder"):
        call_command("dataset", "export", str(tmp_path))


def test_an_import_brings_back_what_was_exported(exported, reviewer, tmp_path):
    imported = dataset_import(folder=exported, reviewer=reviewer)
    call_command("dataset", "export", str(tmp_path / "again"))

    assert (imported.new, imported.known, imported.contradicted) == (20, 0, 0)
    assert files_in(tmp_path / "again") == files_in(exported)


def test_an_imported_glyph_is_a_prediction_with_its_picture(exported, reviewer):
    dataset_import(folder=exported, reviewer=reviewer)

    prediction = Prediction.objects.first()
    assert (prediction.source, prediction.owner) == ("import", reviewer)
    assert prediction.image.read().startswith(b"\x89PNG")
    assert prediction.digits.get().corrections.get().via == "import"


def test_importing_again_changes_nothing(exported, reviewer):
    dataset_import(folder=exported, reviewer=reviewer)

    imported = dataset_import(folder=exported, reviewer=reviewer)

    assert (imported.new, imported.known) == (0, 20)
    assert Digit.objects.count() == Correction.objects.count() == 20


def test_what_a_reviewer_said_stays(exported, reviewer, sven):
    make_labelled(2, reviewer=sven, label=8)

    imported = dataset_import(folder=exported, reviewer=reviewer)

    assert (imported.new, imported.known, imported.contradicted) == (18, 2, 2)
    assert Digit.objects.filter(label=8, review="confirmed").count() == 2


def test_a_proposal_gives_way_to_an_imported_label(exported, reviewer, alice):
    owned = Viewer(user=alice)
    digit = make_labelled(1, reviewer=owned, label=8)[0]

    imported = dataset_import(folder=exported, reviewer=reviewer)

    digit.refresh_from_db()
    assert imported.contradicted == 0
    assert (digit.label, digit.review) == (3, "confirmed")


def test_the_import_names_who_answers_for_it(exported, reviewer, capsys):
    call_command("dataset", "import", str(exported), "--user", "rita")

    assert "20 new glyphs" in capsys.readouterr().out
    assert len(selectors.labelled_glyphs()) == 20


def test_only_staff_answers_for_labels(exported, alice):
    with pytest.raises(CommandError, match="no user alice with the staff status"):
        call_command("dataset", "import", str(exported), "--user", "alice")


def test_a_folder_without_a_set_is_refused(reviewer, tmp_path):
    with pytest.raises(CommandError, match="none of these"):
        call_command("dataset", "import", str(tmp_path), "--user", "rita")
