from django.core.management import call_command

from recognizer import checks, engine


def ids(messages):
    return [message.id for message in messages]


def test_the_project_itself_has_nothing_to_complain_about():
    call_command("check", fail_level="WARNING")


def test_a_media_root_that_will_be_made_is_fine(media_root):
    assert checks.media_root_is_writable(None) == []


def test_a_file_for_a_media_root_is_reported(media_root):
    media_root.write_text("")

    assert ids(checks.media_root_is_writable(None)) == ["recognizer.W001"]


def test_a_missing_model_is_reported(monkeypatch):
    def missing():
        raise engine.RecognizerError("It is gone.", code="artifact_damaged", status=503)

    monkeypatch.setattr(engine, "shipped_manifest", missing)

    (message,) = checks.shipped_model_is_present(None)
    assert message.id == "recognizer.W002"
    assert "It is gone." in message.msg


def test_an_unknown_backend_is_reported(settings):
    settings.DIGITS_BACKEND = "torch"

    (message,) = checks.backend_is_known(None)
    assert message.id == "recognizer.E001"
    assert "'torch'" in message.msg


def test_the_backends_are_those_the_engine_knows(monkeypatch, settings):
    monkeypatch.setattr(engine, "BACKENDS", ("torch",))
    settings.DIGITS_BACKEND = "torch"

    assert checks.backend_is_known(None) == []


def test_migrations_are_complete(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
