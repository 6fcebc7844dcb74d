from dataclasses import replace

import pytest

from ml.evaluation import Answer, Evaluation
from ml.outcomes import Outcome
from ml.samples import Sample
from tests.factories import make_digit_reading, make_reading

BLANK = Answer("none", Outcome.BLANK, not_a_digit=1.0)
UNREADABLE = Answer("none", "unreadable_image")


def read_as(digit, confidence=0.9, outcome=Outcome.SURE, not_a_digit=0.0):
    return Answer(digit, outcome, digit, confidence, not_a_digit)


def refused(closest="7", confidence=0.2, not_a_digit=0.8):
    return Answer("none", Outcome.NOT_A_DIGIT, closest, confidence, not_a_digit)


def evaluated(*pairs, kind="photo"):
    """An evaluation of (label, answer) pairs."""
    evaluation = Evaluation(["real"])
    for place, (label, answer) in enumerate(pairs):
        evaluation.add(Sample(b"", label, kind, f"{place}.png"), answer, "real")
    return evaluation


def files(results):
    return [result.file for result in results]


def test_figures_count_by_kind_label_and_confusion():
    evaluation = Evaluation(["real"])
    unsure = read_as("1", outcome=Outcome.UNSURE)
    evaluation.add(Sample(b"", "7", "photo"), read_as("7"), "real")
    evaluation.add(Sample(b"", "7", "scan"), unsure, "real")
    evaluation.add(Sample(b"", "0", "scan"), BLANK, "real")

    figures = evaluation.as_dict()

    assert figures["n"] == 3
    assert figures["accuracy"] == pytest.approx(1 / 3)
    assert figures["by_kind"]["photo"] == {"n": 1, "accuracy": 1.0}
    assert figures["by_kind"]["scan"] == {"n": 2, "accuracy": 0.0}
    assert figures["by_digit"]["7"] == {"n": 2, "accuracy": 0.5}
    assert figures["confusion"] == {"0": {"none": 1}, "7": {"1": 1, "7": 1}}
    assert figures["outcomes"] == {"blank": 1, "sure": 1, "unsure": 1}


def test_a_reading_is_answered_with_its_digits():
    answer = Answer.of(make_reading(digit=3, confidence=0.75, outcome="unsure"))

    assert answer == Answer("3", Outcome.UNSURE, "3", 0.75, 0.0)


def test_a_refused_reading_keeps_its_closest_digit():
    answer = Answer.of(make_reading(digit=3, confidence=0.2, outcome="not_a_digit"))

    assert (answer.text, answer.closest, answer.confidence) == ("none", "3", 0.2)


def test_a_blank_reading_is_no_digit_without_a_doubt():
    assert Answer.of(make_reading(outcome="blank")) == BLANK


def test_a_number_is_no_digit_as_far_as_one_of_its_digits_is_none():
    digits = tuple(make_digit_reading(not_a_digit=each) for each in (0.0, 0.01))
    reading = replace(make_reading(text="12"), digits=digits)

    assert Answer.of(reading).not_a_digit == 0.01


def test_sure_counts_how_many_digits_are_called_sure_and_right():
    figures = evaluated(
        ("1", read_as("1")),
        ("2", read_as("2")),
        ("3", read_as("8")),
        ("4", read_as("4", outcome=Outcome.UNSURE)),
        ("none", read_as("5")),
    ).as_dict()

    assert figures["sure"] == {"n": 3, "coverage": 0.75, "accuracy": 2 / 3}


def test_sure_has_no_accuracy_where_nothing_is_called_sure():
    figures = evaluated(("1", BLANK)).as_dict()

    assert figures["sure"] == {"n": 0, "coverage": 0.0, "accuracy": None}


def test_sure_has_no_coverage_without_digits():
    figures = evaluated(("none", read_as("1"))).as_dict()

    assert figures["sure"] == {"n": 0, "coverage": None, "accuracy": None}


def test_a_refused_digit_is_wrong_though_its_closest_one_is_right():
    figures = evaluated(
        ("7", refused("7", confidence=0.2)),
        ("1", read_as("1", 0.9)),
        ("2", BLANK),
        ("3", read_as("8", 0.5)),
        ("none", refused("7", confidence=0.2)),
    ).as_dict()

    assert figures["accuracy"] == 0.4
    assert figures["digits"] == {"n": 4, "refused": 0.25, "closest_accuracy": 0.5}


def test_ece_compares_confidence_with_the_truth_of_digits():
    # Bin of 0.9: two answers, one right, gap 0.4. Bin of 0.5: one, right, gap 0.5.
    figures = evaluated(
        ("1", read_as("1", 0.9)),
        ("2", read_as("7", 0.9)),
        ("3", read_as("3", 0.5)),
        ("none", read_as("3", 1.0)),
    ).as_dict()

    assert figures["ece"] == pytest.approx((2 * 0.4 + 1 * 0.5) / 3)


def test_ece_counts_a_refused_digit_by_its_closest_one():
    figures = evaluated(("7", refused("7", confidence=0.2))).as_dict()

    assert figures["ece"] == pytest.approx(0.8)


def test_ece_does_not_fall_because_nothing_was_found():
    answered = [("1", read_as("1", 0.6))]

    without = evaluated(*answered).as_dict()["ece"]
    with_unanswered = evaluated(*answered, ("2", BLANK), ("3", UNREADABLE)).as_dict()

    assert with_unanswered["ece"] == without == pytest.approx(0.4)


def test_non_digits_are_refused_as_blank_or_as_no_digit():
    figures = evaluated(
        ("none", BLANK), ("none", refused()), ("none", read_as("1")), ("1", BLANK)
    ).as_dict()

    assert figures["not_digits"]["n"] == 3
    assert figures["not_digits"]["refused"] == pytest.approx(2 / 3)


def test_a_non_digit_called_sure_is_counted():
    unsure = read_as("1", outcome=Outcome.UNSURE)

    figures = evaluated(("none", read_as("1")), ("none", unsure)).as_dict()

    assert figures["not_digits"]["sure"] == 0.5


def test_an_unreadable_non_digit_is_neither_refused_nor_right():
    figures = evaluated(("none", UNREADABLE), ("none", BLANK)).as_dict()

    assert figures["not_digits"]["refused"] == 0.5
    assert figures["accuracy"] == 0.5


def test_auroc_tells_digits_from_non_digits_by_not_a_digit():
    # Of the four pairs, three have the non-digit the likelier to be none.
    figures = evaluated(
        ("1", read_as("1", not_a_digit=0.1)),
        ("2", read_as("2", not_a_digit=0.4)),
        ("none", read_as("3", not_a_digit=0.3)),
        ("none", refused(not_a_digit=0.8)),
    ).as_dict()

    assert figures["not_digits"]["auroc"] == 0.75


def test_auroc_sees_differences_far_below_rounding():
    figures = evaluated(
        ("1", read_as("1", not_a_digit=1e-20)),
        ("none", read_as("3", not_a_digit=1e-18)),
    ).as_dict()

    assert figures["not_digits"]["auroc"] == 1.0


def test_auroc_leaves_out_what_could_not_be_read():
    figures = evaluated(
        ("1", read_as("1")), ("2", UNREADABLE), ("none", BLANK), ("none", UNREADABLE)
    ).as_dict()

    assert figures["not_digits"]["auroc"] == 1.0


@pytest.mark.parametrize("label", ["1", "none"])
def test_auroc_needs_digits_and_non_digits(label):
    figures = evaluated((label, read_as("1"))).as_dict()

    assert figures["not_digits"]["auroc"] is None


def test_a_file_that_cannot_be_read_is_listed():
    figures = evaluated(("1", read_as("1")), ("2", UNREADABLE)).as_dict()

    assert figures["unreadable"] == [{"file": "real/1.png", "code": "unreadable_image"}]


def test_one_folder_has_no_sets():
    assert "sets" not in evaluated(("1", read_as("1"))).as_dict()


def test_several_folders_are_measured_together_and_each_by_itself():
    evaluation = Evaluation(["real", "letters", "empty"])
    evaluation.add(Sample(b"", "1", "photo"), read_as("1"), "real")
    evaluation.add(Sample(b"", "none", "greek"), refused(), "letters")

    figures = evaluation.as_dict()

    assert figures["n"] == 2
    assert figures["not_digits"]["auroc"] == 1.0
    assert list(figures["sets"]) == ["real", "letters", "empty"]
    assert figures["sets"]["real"]["by_kind"] == {"photo": {"n": 1, "accuracy": 1.0}}
    assert figures["sets"]["letters"]["not_digits"]["auroc"] is None
    assert (figures["sets"]["empty"]["n"], figures["sets"]["empty"]["accuracy"]) == (
        0,
        None,
    )


def test_what_was_left_out_is_told():
    assert Evaluation(["real"], left_out=3).as_dict()["left_out"] == 3


def test_the_coverage_curve_counts_digits_without_an_answer_as_wrong():
    curve = evaluated(
        ("1", read_as("1", 0.9)), ("2", BLANK), ("3", UNREADABLE), ("none", BLANK)
    ).coverage_curve()

    assert [(point.coverage, point.accuracy) for point in curve] == [
        (pytest.approx(1 / 3), 1.0),
        (1.0, pytest.approx(1 / 3)),
    ]


def test_the_most_certain_misread_digit_comes_first():
    evaluation = evaluated(
        ("1", BLANK),
        ("1", read_as("7", 0.6)),
        ("1", read_as("1", 0.99)),
        ("1", refused(not_a_digit=0.8)),
        ("1", read_as("7", 0.9)),
        ("1", UNREADABLE),
        ("none", read_as("7", 0.9)),
    )

    assert files(evaluation.misread_digits()) == [
        "real/4.png",
        "real/3.png",
        "real/1.png",
        "real/0.png",
    ]


def test_the_most_certain_answer_to_a_non_digit_comes_first():
    evaluation = evaluated(
        ("none", read_as("7", 0.6)),
        ("none", refused()),
        ("none", BLANK),
        ("none", read_as("1", 0.9)),
        ("none", UNREADABLE),
        ("1", read_as("7", 0.9)),
    )

    assert files(evaluation.answered_non_digits()) == ["real/3.png", "real/0.png"]
