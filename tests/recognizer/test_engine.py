import logging
import shutil
import subprocess
import sys
from http import HTTPStatus
from pathlib import Path

import numpy as np
import pytest
from django.db import OperationalError

from ml.artifacts import SHIPPED
from recognizer import engine
from recognizer.engine import live, reading
from recognizer.models import ModelVersion
from recognizer.services.model_versions import (
    model_version_promote,
    model_version_register,
)
from tests.factories import make_artifact, make_glyph
from tests.ml.pages import as_file, make_page

pytestmark = pytest.mark.django_db

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def fresh_engine(monkeypatch):
    """A process that has not read a picture yet, and looks again at every one."""
    model = live.LiveModel()
    monkeypatch.setattr(reading, "_live", model)
    monkeypatch.setattr(live, "RECHECK_S", 0.0)
    return model


@pytest.fixture
def second_version(settings, tmp_path) -> ModelVersion:
    """Another model than the shipped one, as if trained here; a candidate."""
    settings.MODELS_ROOT = tmp_path
    manifest = make_artifact(tmp_path / "mine")
    return model_version_register(folder=tmp_path / "mine", manifest=manifest)


def test_a_picture_is_read_by_the_live_version():
    recognition = engine.recognize(as_file(make_page()))

    assert recognition.reading.text == "2"
    assert recognition.version.number == 1
    assert recognition.took_ms > 0


@pytest.mark.parametrize(
    ("data", "code", "status"),
    [
        (b"", "empty_image", HTTPStatus.BAD_REQUEST),
        (b"text", "unreadable_image", HTTPStatus.BAD_REQUEST),
        (b"<svg/>", "unsupported_image", HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    ],
)
def test_what_cannot_be_read_is_named_for_programs_and_people(data, code, status):
    with pytest.raises(engine.RecognizerError) as caught:
        engine.recognize(data)

    assert (caught.value.code, caught.value.status) == (code, status)
    assert str(caught.value).endswith(".")


def test_a_promotion_is_followed_without_a_restart(second_version):
    before = engine.recognize(as_file(make_page())).version.number

    model_version_promote(version=second_version)

    after = engine.recognize(as_file(make_page())).version.number
    assert (before, after) == (1, second_version.number)


def test_the_last_good_model_answers_when_the_next_is_damaged(second_version, caplog):
    engine.recognize(as_file(make_page()))
    model_version_promote(version=second_version)
    damage(second_version)

    with caplog.at_level(logging.ERROR):
        recognition = engine.recognize(as_file(make_page()))

    assert recognition.version.number == 1
    assert "damaged" in caplog.text


def test_the_same_weights_answer_under_the_number_that_is_live(settings, tmp_path):
    settings.MODELS_ROOT = tmp_path
    shutil.copytree(SHIPPED, tmp_path / "mine")
    copy = model_version_register(
        folder=tmp_path / "mine", manifest=engine.shipped_manifest()
    )
    engine.recognize(as_file(make_page()))

    model_version_promote(version=copy)

    assert engine.recognize(as_file(make_page())).version.number == copy.number


def test_weights_that_were_exchanged_on_disk_do_not_answer():
    ModelVersion.objects.update(digest="of another model")

    with pytest.raises(engine.RecognizerError, match="migrate if") as caught:
        engine.recognize(as_file(make_page()))

    assert caught.value.code == "artifact_damaged"


def test_a_mistake_of_ours_in_loading_is_not_hidden(monkeypatch, second_version):
    engine.recognize(as_file(make_page()))
    model_version_promote(version=second_version)

    def mistake(*_args, **_kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(live.Recognizer, "load", mistake)

    with pytest.raises(ZeroDivisionError):
        engine.recognize(as_file(make_page()))


def test_the_last_good_model_answers_when_the_database_is_away(monkeypatch, caplog):
    engine.recognize(as_file(make_page()))

    monkeypatch.setattr(ModelVersion.objects, "filter", away)

    with caplog.at_level(logging.ERROR):
        recognition = engine.recognize(as_file(make_page()))

    assert recognition.version.number == 1
    assert "no connection" in caplog.text


def test_without_a_model_it_is_the_database_that_is_away(monkeypatch):
    monkeypatch.setattr(ModelVersion.objects, "filter", away)

    with pytest.raises(OperationalError, match="no connection"):
        engine.recognize(as_file(make_page()))


def away(*_args, **_kwargs):
    raise OperationalError("no connection")


def test_without_any_good_model_the_answer_is_503_in_words():
    ModelVersion.objects.update(state=ModelVersion.State.RETIRED)

    with pytest.raises(engine.RecognizerError) as caught:
        engine.recognize(as_file(make_page()))

    assert caught.value.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert "migrate" in str(caught.value)


# As it is after the install: on PostgreSQL, a transaction would end with the error.
@pytest.mark.django_db(transaction=True)
def test_before_the_first_migration_the_shipped_model_answers(monkeypatch):
    monkeypatch.setattr(ModelVersion._meta, "db_table", "not_made_yet")

    recognition = engine.recognize(as_file(make_page()))

    assert recognition.reading.text == "2"


def test_a_damaged_version_is_not_promoted(second_version):
    damage(second_version)

    with pytest.raises(engine.RecognizerError, match="damaged"):
        model_version_promote(version=second_version)

    assert ModelVersion.objects.get(state=ModelVersion.State.LIVE).number == 1


def test_a_model_is_loaded_once_for_many_pictures(monkeypatch, fresh_engine):
    loaded = []
    load = live.Recognizer.load
    monkeypatch.setattr(
        live.Recognizer,
        "load",
        lambda folder, **how: loaded.append(folder) or load(folder, **how),
    )

    for _ in range(3):
        engine.recognize(as_file(make_page()))

    assert len(loaded) == 1


def test_the_steps_are_told_in_words_and_pictures():
    glyph = make_glyph().tobytes()

    steps = engine.explain_steps(as_file(make_page()), glyph)

    assert [step.name for step in steps] == ["grey", "ink", "digit", "glyph"]
    assert steps[-1].png == engine.glyph_png(glyph)
    assert all(step.png.startswith(b"\x89PNG") and step.caption for step in steps)


def test_an_answer_is_explained_by_the_version_that_is_live(second_version):
    model_version_promote(version=second_version)
    (digit,) = engine.recognize(as_file(make_page())).reading.digits

    explanation = engine.explain(digit.glyph.tobytes())

    assert explanation.answer.digit == 2
    assert explanation.answer.probability == pytest.approx(digit.confidence)
    assert explanation.version.number == second_version.number


def test_an_explanation_comes_as_two_pictures(db):
    (digit,) = engine.recognize(as_file(make_page())).reading.digits

    explanation = engine.explain(digit.glyph.tobytes())

    assert explanation.answer.png.startswith(b"\x89PNG")
    assert explanation.runner_up.png.startswith(b"\x89PNG")
    assert explanation.answer.digit != explanation.runner_up.digit


def test_without_a_model_nothing_is_explained():
    ModelVersion.objects.update(state=ModelVersion.State.RETIRED)

    with pytest.raises(engine.RecognizerError) as caught:
        engine.explain(bytes(784))

    assert caught.value.status == HTTPStatus.SERVICE_UNAVAILABLE


def test_a_glyph_is_encoded_from_bytes_and_from_an_array():
    glyph = np.arange(784, dtype=np.uint8)

    assert engine.glyph_png(glyph.tobytes()) == engine.glyph_png(glyph.reshape(28, 28))


def test_serving_never_imports_tensorflow_or_keras(tmp_path):
    code = (
        "import sys, django\n"
        "from django.core.management import call_command\n"
        "django.setup()\n"
        "call_command('migrate', verbosity=0)\n"
        "from django.core.files.uploadedfile import SimpleUploadedFile\n"
        "from django.test import Client\n"
        "from tests.ml.pages import as_file, make_page\n"
        "client = Client(headers={'host': 'localhost'})\n"
        "image = SimpleUploadedFile('2.png', as_file(make_page()))\n"
        "answer = client.post('/api/predictions/', {'image': image})\n"
        "assert answer.json()['digit'] == 2, answer.content\n"
        "assert client.get('/api/schema/').status_code == 200\n"
        "print(sorted({'tensorflow', 'keras'} & sys.modules.keys()))\n"
    )
    environment = {
        "PATH": "",
        "DJANGO_SETTINGS_MODULE": "digitsite.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "MEDIA_ROOT": str(tmp_path),
        "SECRET_KEY": "of this test only",
    }

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env=environment,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def damage(version: ModelVersion) -> None:
    weights = live.folder_of(version) / "model.tflite"
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")


def test_a_model_that_is_gone_is_named(second_version):
    shutil.rmtree(live.folder_of(second_version))

    with pytest.raises(engine.RecognizerError, match=r"manifest\.json"):
        engine.check_artifact(second_version)
