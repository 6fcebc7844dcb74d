import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from recognizer import engine
from recognizer.models import VersionScore
from recognizer.services import version_scores
from recognizer.services.version_scores import version_and_parent_score, version_score
from tests.factories import (
    make_confirmed,
    make_model_version,
    make_prediction,
    make_scores,
)

SHIPPED = 1


class Reader:
    """Answers each glyph with what its first byte says."""

    asked = 0

    def answers(self, glyphs):
        type(self).asked += len(glyphs)
        return [engine.GlyphAnswer(glyph[0], 0.75) for glyph in glyphs]


@pytest.fixture
def reader(monkeypatch):
    class Counted(Reader):
        pass

    monkeypatch.setattr(engine, "glyph_reader", lambda _version: Counted())
    return Counted


def scores(version) -> dict[int, int]:
    rows = VersionScore.objects.filter(version=version)
    return dict(rows.values_list("digit", "answer"))


def test_the_shipped_model_answers_what_it_answered_when_it_read(live):
    digit = make_prediction().digits.get()
    read = engine.recognize_glyph(
        np.frombuffer(digit.glyph, np.uint8).reshape(28, 28)
    ).reading

    version_score(version=live)

    score = VersionScore.objects.get()
    is_refused = read.outcome == engine.Outcome.NOT_A_DIGIT
    (shown,) = read.digits
    assert score.answer == (10 if is_refused else shown.digit)
    expected = shown.not_a_digit if is_refused else shown.confidence
    assert score.confidence == pytest.approx(expected, abs=1e-4)


def test_a_version_scores_all_that_is_confirmed_and_the_newest_others(
    live, reader, monkeypatch
):
    monkeypatch.setattr(version_scores, "OTHERS_SCORED", 2)
    confirmed = make_confirmed()
    _old, *newest = (make_prediction().digits.get() for _ in range(3))

    count = version_score(version=live)

    assert count == 3
    assert set(scores(live)) == {each.pk for each in (confirmed, *newest)}


def test_many_are_scored_chunk_by_chunk(live, reader, monkeypatch):
    monkeypatch.setattr(version_scores, "CHUNK", 2)
    for _ in range(5):
        make_confirmed()
    told = []

    version_score(version=live, on_scored=told.append)

    assert told == [2, 4, 5]
    assert len(scores(live)) == 5


def test_scoring_again_adds_only_what_came_meanwhile(live, reader):
    make_confirmed()
    version_score(version=live)
    later = make_confirmed()

    assert version_score(version=live) == 1
    assert later.pk in scores(live)
    assert reader.asked == 2


def test_without_anything_new_no_model_is_loaded(live, monkeypatch):
    def refused(_version):
        raise AssertionError("It was loaded.")

    monkeypatch.setattr(engine, "glyph_reader", refused)

    assert version_score(version=live) == 0


def test_what_another_process_scored_meanwhile_is_no_mistake(live, monkeypatch):
    digit = make_confirmed()

    class Overtaken(Reader):
        def answers(self, glyphs):
            make_scores(digit, {SHIPPED: 3})
            return super().answers(glyphs)

    monkeypatch.setattr(engine, "glyph_reader", lambda _version: Overtaken())

    version_score(version=live)

    assert scores(live) == {digit.pk: 3}


def test_what_was_deleted_meanwhile_is_left_out(live, monkeypatch):
    gone, left = make_confirmed(), make_confirmed()

    class Overtaken(Reader):
        def answers(self, glyphs):
            gone.prediction.delete()
            return super().answers(glyphs)

    monkeypatch.setattr(engine, "glyph_reader", lambda _version: Overtaken())

    version_score(version=live)

    assert set(scores(live)) == {left.pk}


def test_the_parent_is_scored_as_well(live, candidate, reader):
    make_confirmed()

    version_and_parent_score(version=candidate)

    assert len(scores(live)) == len(scores(candidate)) == 1


def test_a_score_that_fails_is_only_logged(candidate, caplog):
    make_confirmed()

    version_and_parent_score(version=candidate)  # It has no files.

    assert "Model 2 was not held against what is kept" in caplog.text
    assert scores(candidate) == {}


def test_a_version_whose_files_are_another_models_is_not_scored(live):
    make_confirmed()
    other = make_model_version(number=2, artifact_path="")

    with pytest.raises(engine.RecognizerError, match="Expected version 2 with digest"):
        version_score(version=other)


def test_a_deleted_picture_takes_its_scores(live, reader):
    digit = make_confirmed()
    version_score(version=live)

    digit.prediction.delete()

    assert scores(live) == {}


@pytest.mark.parametrize("wrong", [{"answer": 11}, {"confidence": 1.5}])
def test_a_score_that_cannot_be_is_refused(live, wrong):
    given = {"answer": 7, "confidence": 0.5} | wrong

    with pytest.raises(IntegrityError), transaction.atomic():
        VersionScore.objects.create(version=live, digit=make_confirmed(), **given)


def test_the_command_scores_every_version(live, reader, capsys):
    make_model_version(number=2)
    make_confirmed()

    call_command("rescore")

    assert capsys.readouterr().out == (
        "Version 1: 1 new answers.\nVersion 2: 1 new answers.\n"
    )


def test_the_command_scores_one_version(live, candidate, reader):
    make_confirmed()

    call_command("rescore", "2")

    assert (len(scores(live)), len(scores(candidate))) == (0, 1)


def test_a_damaged_version_keeps_no_other_from_being_scored(live, candidate):
    make_confirmed()
    later = make_model_version(
        number=3, artifact_path="", digest=engine.shipped_manifest().digest
    )

    with pytest.raises(CommandError, match="Not scored: version 2"):
        call_command("rescore")

    assert len(scores(live)) == len(scores(later)) == 1


def test_the_command_names_what_it_does_not_know(db):
    with pytest.raises(CommandError, match="There is no version 9"):
        call_command("rescore", "9")
