"""Model versions in words and figures, as the pages for the staff show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from recognizer import engine, selectors
from recognizer.models import ModelVersion, TrainingRun
from recognizer.reports.charts import (
    Bar,
    Matrix,
    label_matrix,
    percent,
    reliability_bars,
)
from recognizer.selectors import Accuracy, Labels

HELD_OUT_TEST = "held-out labels"
# Of the sets that this project reads, by how a manifest names them.
SETS = {
    "mnist-train": "MNIST, its training part",
    "usps-all": "USPS",
    "usps-train": "USPS, its training part",
    "semeion": "Semeion",
    "optdigits-train": "optdigits, its training part",
    "typed": "typed digits, drawn from fonts",
    "written": "digits by made-up hands",
}


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version as the list shows it; a text is "–" where something is not known."""

    version: ModelVersion
    run: TrainingRun | None
    labels: str
    mnist: str
    held_out: str
    size: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a version learnt from.

    Attributes:
        sets: names of sets, in words.
        labels: how many labels that reviewers confirmed.
        recipe: name and value of what was chosen for the training.
        trouble: why none of this is known; empty where it is.
    """

    sets: list[str]
    labels: int
    recipe: list[tuple[str, str]]
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """How well a version answers confirmed labels."""

    accuracy: str
    interval: str
    n: int
    error: str
    matrix: Matrix
    bars: list[Bar]


def version_row(version: ModelVersion) -> VersionRow:
    run = run_of(version)
    gate = held_out_of(run)
    return VersionRow(
        version=version,
        run=run,
        labels=f"{count:,}" if (count := lesson(version).labels) else "–",
        mnist=mnist_words(version),
        held_out=_before_and_after(gate) if gate else "–",
        size=size_words(version),
    )


def run_of(version: ModelVersion) -> TrainingRun | None:
    """The training that made it here; None where it came otherwise."""
    run: TrainingRun | None = getattr(version, "training_run", None)
    return run


def held_out_of(run: TrainingRun | None) -> dict[str, Any] | None:
    """What the gate measured on held-out labels, if there were any."""
    tests = run.gate if run else []
    found = (test for test in tests if test["name"] == HELD_OUT_TEST)
    test = next(found, None)
    return test if test and test["after"] is not None else None


def gate_rows(run: TrainingRun | None) -> list[dict[str, Any]]:
    return [
        test | {"before": percent(test["before"]), "after": percent(test["after"])}
        for test in (run.gate if run else [])
    ]


def _before_and_after(test: Mapping[str, Any]) -> str:
    return f"{percent(test['before'])} → {percent(test['after'])}"


def mnist_words(version: ModelVersion) -> str:
    return percent(version.metrics.get("mnist_test_accuracy"))


def size_words(version: ModelVersion) -> str:
    parameters = version.metrics.get("parameters")
    return f"{parameters:,}" if parameters else "–"


def origin_words(version: ModelVersion) -> str:
    if version.parent_id is not None:
        return f"model {version.parent_id}"
    return "came with the site" if version.is_shipped else "no other"


def lesson(version: ModelVersion) -> Lesson:
    try:
        training = engine.manifest_of(version).training
    except engine.RecognizerError as error:
        return Lesson([], 0, [], str(error))
    data: Mapping[str, Any] = training.get("data", {})
    sets = [SETS.get(name, name) for name in data if name not in _NO_SETS]
    if characters := data.get("characters"):
        sets.append(f"characters of {characters}, as what is no digit")
    return Lesson(sets, data.get("corrections_n", 0), _recipe(training))


# What stands among the sets of a manifest and is none.
_NO_SETS = {"corrections", "corrections_n", "characters"}


def _recipe(training: Mapping[str, Any]) -> list[tuple[str, str]]:
    recipe: Mapping[str, Any] = training.get("recipe", {})
    shown = {
        "epochs": "epochs",
        "polish_epochs": "epochs of polish",
        "learning_rate": "learning rate",
        "seed": "seed",
    }
    return [
        (words, str(recipe[name])) for name, words in shown.items() if recipe.get(name)
    ]


def measured(version: ModelVersion, labels: Labels) -> Measured | None:
    """None where no label of this kind was scored."""
    accuracy = selectors.score_accuracies(versions=[version], labels=labels).get(
        version.number
    )
    if accuracy is None:
        return None
    reliability = selectors.score_reliability(version=version, labels=labels)
    counts = selectors.confusion_counts(version=version, labels=labels)

    def url_of(label: int, answer: int) -> str:
        query = urlencode({"label": label, "answer": answer, "labels": labels.value})
        return f"{reverse('web:model-cell', args=[version.number])}?{query}"

    return Measured(
        accuracy=percent(accuracy.share),
        interval=interval_words(accuracy),
        n=accuracy.n,
        error=percent(reliability.error),
        matrix=label_matrix(counts, url_of=url_of),
        bars=reliability_bars(reliability.bins),
    )


def interval_words(accuracy: Accuracy) -> str:
    return f"{percent(accuracy.low)} to {percent(accuracy.high)}"
