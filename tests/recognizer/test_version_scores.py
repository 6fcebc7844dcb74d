from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from ml import metrics
from recognizer import engine, selectors
from recognizer.models import Digit, ModelVersion, Review, Source, VersionScore
from recognizer.selectors import Change, Labels
from recognizer.services import version_scores
from recognizer.services.version_scores import version_and_parent_score, version_score
from tests.factories import (
    make_confirmed,
    make_digit,
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


@pytest.fixture
def live(db) -> ModelVersion:
    return selectors.model_version_live()


@pytest.fixture
def candidate(live) -> ModelVersion:
    return make_model_version(number=2, parent=live)


def scores(version) -> dict[int, int]:
    rows = VersionScore.objects.filter(version=version)
    return dict(rows.values_list("digit", "answer"))


# Scoring


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


# Flips


@pytest.fixture
def flips(live, candidate) -> dict[str, Digit]:
    """One digit of each kind, all of them 7s; what 1 and then 2 answers."""
    made = {}
    for name, answers, is_held_out in (
        ("better", (1, 7), True),
        ("better, taught", (1, 7), False),
        ("worse", (7, 10), True),
        ("right", (7, 7), True),
        ("wrong", (1, 2), True),
    ):
        made[name] = make_confirmed(is_held_out=is_held_out)
        make_scores(made[name], dict(zip((1, 2), answers, strict=True)))
    for name, answers in (("changed", (1, 7)), ("same", (7, 7))):
        made[name] = make_prediction().digits.get()
        make_scores(made[name], dict(zip((1, 2), answers, strict=True)))
    make_scores(make_confirmed(), {1: 7})  # Only one of them was asked.
    return made


def test_flips_are_counted_and_the_held_out_ones_apart(flips, live, candidate):
    counts = selectors.flip_counts(version=candidate, against=live)

    assert counts.held_out == selectors.FlipTally(1, 1, 1, 1)
    assert counts.taught == selectors.FlipTally(to_right=1)
    assert (counts.changed, counts.others, counts.n) == (1, 2, 7)
    assert (counts.to_right, counts.to_wrong) == (2, 1)


def test_accuracy_before_and_after_is_that_of_the_same_digits(flips, live, candidate):
    tally = selectors.FlipTally(to_right=2, to_wrong=1, stayed_right=5, stayed_wrong=2)

    assert (tally.n, tally.before.share, tally.after.share) == (10, 0.6, 0.7)
    assert selectors.FlipTally().before is None


@pytest.mark.parametrize(
    ("change", "names"),
    [
        # What is held out comes first.
        (Change.TO_RIGHT, ["better", "better, taught"]),
        (Change.TO_WRONG, ["worse"]),
        (Change.CHANGED, ["changed"]),
    ],
)
def test_flips_are_listed(flips, live, candidate, change, names):
    rows = selectors.flip_digits(version=candidate, against=live, change=change)

    assert list(rows) == [flips[name] for name in names]


def test_a_flip_has_both_answers(flips, live, candidate):
    (row,) = selectors.flip_digits(
        version=candidate, against=live, change=Change.TO_WRONG
    )

    assert (row.was, row.now, row.was_confidence) == (7, 10, 0.9)


@pytest.mark.parametrize("review", [Review.PROPOSED, Review.DISPUTED])
def test_a_label_that_nobody_confirmed_makes_nothing_right(live, candidate, review):
    digit = make_confirmed()
    Digit.objects.update(review=review)
    make_scores(digit, {1: 1, 2: 7})

    counts = selectors.flip_counts(version=candidate, against=live)

    assert (counts.to_right, counts.changed) == (0, 1)


# How well a version answers


def test_the_confusion_matrix_counts_held_out_labels_unless_asked(live):
    make_scores(make_confirmed(label=7), {SHIPPED: 1})
    make_scores(make_confirmed(label=10), {SHIPPED: 10})
    make_scores(make_confirmed(label=7, is_held_out=False), {SHIPPED: 7})
    make_scores(make_prediction().digits.get(), {SHIPPED: 7})

    held_out = selectors.confusion_counts(version=live)

    assert held_out == {(7, 1): 1, (10, 10): 1}
    everything = selectors.confusion_counts(version=live, labels=Labels.ALL)
    assert everything == held_out | {(7, 7): 1}


def test_the_digits_of_a_cell_are_those_that_were_counted(live):
    wanted = make_confirmed(label=7)
    make_scores(wanted, {SHIPPED: 1})
    make_scores(make_confirmed(label=7), {SHIPPED: 7})
    make_scores(make_confirmed(label=2), {SHIPPED: 1})
    make_scores(make_confirmed(label=7, is_held_out=False), {SHIPPED: 1})

    rows = selectors.digits_answered(version=live, label=7, answer=1)

    assert [row.digit for row in rows] == [wanted]


def test_accuracy_is_that_of_each_version(live, candidate):
    for label in (7, 7, 1):
        make_scores(make_confirmed(label=label), {1: 7, 2: 1})

    found = selectors.score_accuracies(versions=[live, candidate])

    assert {number: (each.n, each.share) for number, each in found.items()} == {
        1: (3, pytest.approx(2 / 3)),
        2: (3, pytest.approx(1 / 3)),
    }


def test_reliability_is_that_of_ml(live):
    rng = np.random.default_rng(1)
    confidence = np.append(rng.uniform(0, 1, 200).round(6), [0.0, 1.0])
    right = rng.uniform(0, 1, 202) < confidence
    prediction = make_prediction(text="")
    digits = Digit.objects.bulk_create(
        make_digit(
            prediction=prediction,
            position=position,
            label=7,
            review=Review.CONFIRMED,
            fingerprint=f"{position:032x}",
        )
        for position in range(202)
    )
    for digit, is_right, share in zip(digits, right, confidence, strict=True):
        make_scores(digit, {SHIPPED: 7 if is_right else 1}, confidence=share)

    found = selectors.score_reliability(version=live)

    expected = metrics.reliability(confidence, right)
    assert [(each.n, each.accuracy) for each in found.bins] == [
        (each.n, each.accuracy) for each in expected
    ]
    assert found.error == pytest.approx(
        metrics.expected_calibration_error(confidence, right)
    )


def test_without_scores_there_is_no_calibration_error(live):
    assert selectors.score_reliability(version=live).error is None


# How well it read while it was live


MONDAYS = [date(2026, 11, day) for day in (2, 9, 16)]


@pytest.fixture
def after_these_weeks(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: at(MONDAYS[-1], days=6))


def at(monday, days=0):
    return datetime.combine(monday + timedelta(days=days), time(12), UTC)


def test_accuracy_by_week_is_of_what_was_read_then(live):
    make_confirmed(label=7, text="7", created_at=at(MONDAYS[0]))
    make_confirmed(label=7, text="1", created_at=at(MONDAYS[0], days=6))
    make_confirmed(label=10, outcome="not_a_digit", created_at=at(MONDAYS[1]))
    make_prediction(created_at=at(MONDAYS[1]))  # Nobody reviewed it.

    weeks = selectors.accuracy_by_week(version=live)

    assert [(each.week, each.accuracy.n, each.accuracy.share) for each in weeks] == [
        (MONDAYS[0], 2, 0.5),
        (MONDAYS[1], 1, 1.0),
    ]


def test_each_version_answers_for_what_it_read_itself(
    live, candidate, after_these_weeks
):
    make_confirmed(label=7, created_at=at(MONDAYS[1]))
    make_confirmed(label=1, created_at=at(MONDAYS[1]), model_version_id=2)

    weeks = selectors.accuracy_by_week()

    assert [(each.number, each.accuracy.share) for each in weeks] == [(1, 1), (2, 0)]
    assert len(selectors.accuracy_by_week(version=candidate)) == 1


def test_imports_do_not_say_how_well_people_were_served(live):
    make_confirmed(source=Source.IMPORT)

    assert selectors.accuracy_by_week() == []


def test_of_all_versions_only_the_latest_weeks_are_shown(live, after_these_weeks):
    for monday in MONDAYS:
        make_confirmed(created_at=at(monday))

    weeks = selectors.accuracy_by_week(weeks=2)

    assert [each.week for each in weeks] == MONDAYS[1:]


def test_of_a_version_the_latest_weeks_of_its_use_are_shown(live):
    for week in range(3):
        make_confirmed(created_at=at(date(2020, 1, 6) + timedelta(weeks=week)))

    weeks = selectors.accuracy_by_week(version=live, weeks=2)

    assert [each.week for each in weeks] == [date(2020, 1, 13), date(2020, 1, 20)]
