import csv
import io
import json
import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from recognizer import engine
from recognizer.management.readings import as_text
from recognizer.models import Prediction
from recognizer.services import predictions
from tests.factories import make_image, make_reading
from tests.ml.pages import as_file, make_page
from tests.recognizer.processes import ROOT

TOOK = "took_ms"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures of a 2, one of them further down, a file that is no picture."""
    place = tmp_path / "pictures"
    (place / "below").mkdir(parents=True)
    two = as_file(make_page())
    (place / "a.png").write_bytes(two)
    (place / "below" / "b.PNG").write_bytes(two)
    (place / "c.png").write_text("no picture")
    (place / "notes.txt").write_text("left out by its ending")
    return place


def run(*arguments: object, status: int = 0) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    if status:
        with pytest.raises(SystemExit) as ended:
            call_command("predict", *map(str, arguments), stdout=out, stderr=err)
        assert ended.value.code == status
    else:
        call_command("predict", *map(str, arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def process(*arguments: object, folder: Path, **given) -> subprocess.CompletedProcess:
    """The command as people start it, before there is a database."""
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": f"sqlite:///{folder}/none.sqlite3",
    }
    return subprocess.run(
        [sys.executable, ROOT / "manage.py", "predict", *arguments],
        env=environment,
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=120,
        **given,
    )


def test_people_get_a_table(db, folder):
    out, _ = run(folder / "a.png")

    head, row = out.splitlines()
    assert head.split() == ["outcome", "read", "sure", "file"]
    assert row.split()[:2] == ["sure", "2"]
    assert row.endswith(str(folder / "a.png"))


def test_a_long_number_does_not_run_into_what_follows():
    answer = {"outcome": "sure", "text": "202601358947", "confidence": 1.0}

    _head, row = as_text(iter([{"file": "a.png"} | answer]))

    assert row.split() == ["sure", "202601358947", "100.0", "%", "a.png"]


def test_of_a_folder_all_pictures_are_read_in_order(db, folder):
    out, _ = run(folder, "--format", "ndjson", status=1)

    names = [json.loads(line)["file"] for line in out.splitlines()]
    assert names == [str(folder / each) for each in ("a.png", "c.png", "below/b.PNG")]


def test_a_bad_file_is_named_and_does_not_stop_the_rest(db, folder):
    gone = folder / "gone.png"

    out, err = run(gone, folder / "c.png", folder / "a.png", status=1)

    assert len(out.splitlines()) == 2
    assert f"{gone}: It cannot be read: No such file or directory." in err
    assert f"{folder / 'c.png'}: This file is not a picture" in err


def test_programs_get_an_object_for_a_bad_file_too(db, folder):
    out, _ = run(folder / "gone.png", "--format", "ndjson", status=1)

    error = json.loads(out)["error"]
    assert error["code"] == "unreadable_file"
    assert error["message"].startswith("It cannot be read")


def test_a_folder_without_pictures_is_an_error(db, tmp_path):
    _, err = run(tmp_path, status=1)

    assert "There is no picture in this folder." in err


def test_a_file_over_the_limit_is_not_read(db, folder, settings):
    settings.MAX_IMAGE_BYTES = 10

    out, _ = run(folder / "a.png", "--format", "ndjson", status=1)

    assert json.loads(out)["error"]["code"] == "image_too_large"


def test_the_names_and_values_are_those_of_the_api(db, api, folder):
    picture = folder / "a.png"
    with picture.open("rb") as file:
        answer = api.post("/api/predictions/?store=false", {"image": file}).json()

    record = json.loads(run(picture, "--format", "ndjson")[0])

    assert record.pop("file") == str(picture)
    assert record.pop("source") == "import"
    del record[TOOK], answer[TOOK], answer["source"], answer["links"]
    assert record == answer


def test_what_is_blank_has_no_confidence(db, stub_engine, folder):
    stub_engine.reading = make_reading(outcome="blank")

    record = json.loads(run(folder / "a.png", "--format", "ndjson")[0])

    assert (record["outcome"], record["confidence"]) == ("blank", None)


def test_json_is_one_list(db, folder):
    out, _ = run(folder, "--format", "json", status=1)

    assert len(json.loads(out)) == 3


def test_a_list_of_nothing_but_errors_is_a_list(db, tmp_path):
    out, _ = run(tmp_path / "gone.png", "--format", "json", status=1)

    assert [set(each) for each in json.loads(out)] == [{"file", "error"}]


def test_csv_has_a_line_for_each_file(db, folder):
    out, _ = run(folder, "--format", "csv", status=1)

    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["text"] for row in rows] == ["2", "", "2"]
    assert [row["error"] for row in rows] == ["", "unreadable_image", ""]


@pytest.mark.parametrize("name", ["=1+1.png", "+1.png", "-1.png", "@a.png", " =1.png"])
def test_a_name_is_no_formula(db, stub_engine, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(make_image())

    out, _ = run("--format", "csv", "--", name)

    assert out.splitlines()[1].startswith(f"'{name},")


def test_numbers_are_left_as_they_are(db, stub_engine, folder):
    stub_engine.reading = make_reading(text="2026")

    out, _ = run(folder / "a.png", "--format", "csv")

    assert next(csv.DictReader(io.StringIO(out)))["text"] == "2026"


def test_nothing_is_kept(db, folder):
    run(folder / "a.png")

    assert not Prediction.objects.exists()


def test_what_is_kept_is_the_users(alice, folder):
    out, _ = run(folder / "a.png", "--keep", "--user", "alice", "--format", "ndjson")

    kept = Prediction.objects.get()
    assert (kept.owner, kept.source) == (alice, "import")
    record = json.loads(out)
    assert record["id"] == str(kept.public_id)
    assert datetime.fromisoformat(record["created_at"]).date() == kept.created_at.date()
    assert record["digits"][0]["id"] == kept.digits.get().pk


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--keep"], "go together"),
        (["--user", "alice"], "go together"),
        (["--keep", "--user", "nobody"], "no user nobody"),
    ],
)
def test_options_that_do_not_fit_are_a_matter_of_usage(alice, folder, options, words):
    with pytest.raises(CommandError, match=words) as refused:
        run(folder / "a.png", *options)

    assert refused.value.returncode == 2


def test_a_disk_that_is_full_ends_it_with_the_file_it_came_to(
    alice, folder, monkeypatch
):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(predictions, "_keep", refuse)

    with pytest.raises(CommandError, match=r"a\.png: It could not be kept: .*space"):
        run(folder, "--keep", "--user", "alice")


def test_without_a_model_nothing_more_is_tried(db, stub_engine, folder):
    stub_engine.error = engine.RecognizerError(
        "No model.", code="artifact_damaged", status=503
    )

    with pytest.raises(CommandError, match="No model"):
        run(folder)

    assert len(stub_engine.asked) == 1


def test_files_are_read_one_after_another(db, stub_engine, folder):
    lines = []

    class Watching(io.StringIO):
        def write(self, text):
            lines.append((text, len(stub_engine.asked)))
            return super().write(text)

    call_command(
        "predict",
        *[str(folder / "a.png")] * 3,
        format="ndjson",
        stdout=Watching(),
    )

    assert [asked for text, asked in lines if text] == [1, 2, 3]


def test_it_works_right_after_the_install(folder):
    ended = process(folder / "a.png", "--format", "ndjson", folder=folder)

    assert ended.returncode == 0
    assert json.loads(ended.stdout)["text"] == "2"


def test_before_there_is_a_database_nothing_can_be_kept(folder):
    ended = process(folder / "a.png", "--keep", "--user", "alice", folder=folder)

    assert ended.returncode == 1
    assert b"Run manage.py migrate first" in ended.stderr


def test_without_a_file_it_says_how_it_is_used(folder):
    ended = process(folder=folder)

    assert ended.returncode == 2
    assert b"usage:" in ended.stderr


def test_a_picture_comes_through_the_standard_input(folder):
    picture = (folder / "a.png").read_bytes()

    ended = process("-", "--format", "csv", folder=folder, input=picture)

    assert ended.returncode == 0
    assert ended.stdout.splitlines()[1].startswith(b"-,sure,2,2,")


def test_names_that_are_no_text_are_read_and_written(folder):
    place = folder / "strange"
    place.mkdir()
    for name in (b"caf\xe9.png", b"two\nlines\x1b[2J.png"):
        shutil.copy(folder / "a.png", place / os.fsdecode(name))

    ended = process(place, folder=folder)

    assert ended.returncode == 0
    assert rb"/caf\xe9.png" in ended.stdout
    assert rb"/two\nlines\x1b[2J.png" in ended.stdout


def test_whoever_reads_no_further_hears_no_complaint(folder):
    many = " ".join(["a.png"] * 200)
    command = f"'{sys.executable}' '{ROOT}/manage.py' predict {many} --format ndjson"

    ended = subprocess.run(
        ["/bin/bash", "-c", f"{command} | head -n 1; exit ${{PIPESTATUS[0]}}"],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "DATABASE_URL": f"sqlite:///{folder}/none.sqlite3",
        },
        capture_output=True,
        check=False,
        timeout=120,
    )

    assert ended.returncode == 141
    assert len(ended.stdout.splitlines()) == 1
    assert b"Error" not in ended.stderr
