import pytest
from django.core.management import CommandError, call_command

from recognizer import engine
from recognizer.engine import artifact_store
from recognizer.models import ModelVersion
from recognizer.selectors import model_version_live
from recognizer.services.model_versions import (
    NothingBefore,
    model_version_promote,
    model_version_register,
    model_version_register_shipped,
    model_version_rollback,
)
from tests.factories import make_artifact, make_model_version


@pytest.fixture
def upgraded(monkeypatch, tmp_path):
    """A release that ships another model than the one registered."""
    manifest = make_artifact(tmp_path / "weights")
    monkeypatch.setattr(artifact_store, "SHIPPED", tmp_path / "weights")
    monkeypatch.setattr(engine, "shipped_manifest", lambda: manifest)
    return manifest


def test_migrating_registers_the_shipped_model_as_number_1_and_live(db):
    version = ModelVersion.objects.get()

    assert (version.number, version.state) == (1, "live")
    assert version.is_shipped
    assert version.digest == engine.shipped_manifest().digest
    assert version.promoted_at is not None


def test_registering_again_changes_nothing(db):
    before = ModelVersion.objects.get()

    assert model_version_register_shipped() == before
    assert ModelVersion.objects.count() == 1


def test_an_upgrade_replaces_the_shipped_model(db, upgraded):
    version = model_version_register_shipped()

    assert (version.number, version.digest) == (2, upgraded.digest)
    assert model_version_live() == version
    assert ModelVersion.objects.get(number=1).state == "retired"


def test_an_upgrade_leaves_a_model_trained_here_live(db, upgraded):
    ModelVersion.objects.update(state="retired")
    own = make_model_version(number=2, state="live")

    version = model_version_register_shipped()

    assert (version.number, version.state) == (3, "candidate")
    assert model_version_live() == own


def test_a_release_rolled_back_brings_its_model_back(db, upgraded):
    newer = make_model_version(number=2, artifact_path="", digest="newer")
    older = make_model_version(number=3, artifact_path="", digest=upgraded.digest)
    ModelVersion.objects.update(state="retired")
    ModelVersion.objects.filter(pk=newer.pk).update(state="live")

    assert model_version_register_shipped() == older
    assert model_version_live() == older


def test_a_release_rolled_back_leaves_a_model_trained_here_live(db, upgraded):
    make_model_version(number=2, artifact_path="", digest=upgraded.digest)
    ModelVersion.objects.update(state="retired")
    own = make_model_version(number=3, state="live")

    model_version_register_shipped()

    assert model_version_live() == own


def test_a_version_whose_files_are_another_models_is_not_promoted(db, upgraded):
    with pytest.raises(engine.RecognizerError, match="Expected version 1 with digest"):
        model_version_promote(version=ModelVersion.objects.get(number=1))


def test_a_model_trained_here_is_a_candidate_first(db, settings, tmp_path):
    settings.MODELS_ROOT = tmp_path

    version = model_version_register(
        folder=tmp_path / "20261120", manifest=engine.shipped_manifest()
    )

    assert (version.number, version.state) == (2, "candidate")
    assert version.artifact_path == "20261120"


def test_a_model_outside_of_its_place_is_refused(db, settings, tmp_path):
    settings.MODELS_ROOT = tmp_path / "models"

    with pytest.raises(ValueError, match="not in the subpath"):
        model_version_register(
            folder=tmp_path / "elsewhere", manifest=engine.shipped_manifest()
        )


def test_promoting_retires_the_one_that_was_live(db, monkeypatch):
    monkeypatch.setattr(engine, "check_artifact", lambda _version: None)
    version = make_model_version(number=2)

    model_version_promote(version=version)

    assert model_version_live() == version
    assert ModelVersion.objects.get(number=1).state == "retired"
    assert version.promoted_at is not None


def test_promoting_the_live_one_changes_nothing(db):
    version = ModelVersion.objects.get(number=1)
    promoted_at = version.promoted_at

    model_version_promote(version=version)

    version.refresh_from_db()
    assert model_version_live() == version
    assert version.promoted_at == promoted_at


def test_a_missing_manifest_stops_no_migration(db, monkeypatch, caplog):
    def missing():
        raise engine.RecognizerError("It is gone.", code="artifact_damaged", status=503)

    monkeypatch.setattr(engine, "shipped_manifest", missing)

    call_command("migrate", verbosity=0)

    assert "The shipped model was not registered: It is gone." in caplog.text


@pytest.fixture
def three_that_were_live(db, settings, tmp_path):
    """Versions 1 (shipped), 2 and 3, promoted in this order."""
    settings.MODELS_ROOT = tmp_path
    for name, threshold in (("two", 0.6), ("three", 0.7)):
        manifest = make_artifact(tmp_path / name, sure_threshold=threshold)
        version = model_version_register(folder=tmp_path / name, manifest=manifest)
        model_version_promote(version=version)


def states():
    return dict(ModelVersion.objects.values_list("number", "state"))


def test_a_rollback_lets_the_one_before_answer(three_that_were_live):
    version = model_version_rollback()

    assert version.number == 2
    assert states() == {1: "retired", 2: "live", 3: "candidate"}


def test_a_second_rollback_goes_one_step_further_back(three_that_were_live):
    model_version_rollback()

    version = model_version_rollback()

    assert version.number == 1
    assert states() == {1: "live", 2: "candidate", 3: "candidate"}


def test_a_rollback_takes_back_a_promotion_and_no_other(three_that_were_live):
    model_version_promote(version=ModelVersion.objects.get(number=1))

    back = [model_version_rollback().number for _ in range(3)]

    # 1, 2, 3 and 1 again were promoted; what answered before each is known.
    assert back == [3, 2, 1]
    assert states() == {1: "live", 2: "candidate", 3: "candidate"}


def test_two_who_leave_the_same_version_go_back_one_step(three_that_were_live):
    model_version_rollback(leaving=3)

    with pytest.raises(NothingBefore, match="went live meanwhile"):
        model_version_rollback(leaving=3)

    assert states() == {1: "retired", 2: "live", 3: "candidate"}


def test_a_version_that_was_replaced_since_it_was_read_is_promoted(
    three_that_were_live,
):
    read_before = ModelVersion.objects.get(number=3)
    model_version_promote(version=ModelVersion.objects.get(number=1))

    model_version_promote(version=read_before)

    assert states() == {1: "retired", 2: "retired", 3: "live"}


def test_what_was_live_before_stays_retired_when_it_is_taken_back(
    three_that_were_live,
):
    model_version_promote(version=ModelVersion.objects.get(number=1))

    model_version_rollback()

    assert states() == {1: "retired", 2: "retired", 3: "live"}


def test_it_is_kept_who_promoted_a_version(three_that_were_live, alice):
    version = ModelVersion.objects.get(number=2)

    model_version_promote(version=version, user=alice)

    assert [promotion.user for promotion in version.promotions.all()] == [None, alice]


def test_without_a_version_before_nothing_is_rolled_back(db):
    with pytest.raises(NothingBefore):
        model_version_rollback()

    assert states() == {1: "live"}


def test_a_damaged_version_is_not_rolled_back_to(three_that_were_live, tmp_path):
    (tmp_path / "two" / "model.tflite").write_bytes(b"damaged")

    with pytest.raises(engine.RecognizerError):
        model_version_rollback()

    assert states() == {1: "retired", 2: "retired", 3: "live"}


def test_the_rollback_command_says_what_answers(three_that_were_live, capsys):
    call_command("rollback")

    assert capsys.readouterr().out == "Version 2 is live again.\n"


def test_the_rollback_command_explains_that_there_is_nothing_before(db):
    with pytest.raises(CommandError, match="No other version"):
        call_command("rollback")


def test_versions_are_listed_with_what_they_came_from(three_that_were_live, capsys):
    ModelVersion.objects.filter(number=3).update(
        parent_id=2, data_fingerprint="abcdef0123456789"
    )

    call_command("models")

    _, newest, *_, oldest = capsys.readouterr().out.splitlines()
    assert newest.split()[:4] == ["3", "live", "cnn", "2"]
    assert "abcdef01" in newest
    assert oldest.split()[:4] == ["1", "retired", "cnn", "–"]
