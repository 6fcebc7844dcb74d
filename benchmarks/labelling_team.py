"""A team that uploads pictures, labels what the queue gives it, and has the site learn.

It knows the site by its API alone, and the truth from the labels of its folder.
"""

import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.api_client import Client, UnexpectedStatus
from ml.samples import Sample, labelled_files

DIGITS: Final = 10
PREVIEW: Final = "/api/predictions/?store=false"
REFUSED: Final = "not_a_digit"
MNIST_TEST: Final = "MNIST test set"
ASK_EVERY_S: Final = 1.0
# As servers look up every two seconds which version is live.
FOLLOW_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Read:
    """How many pictures were read right.

    Attributes:
        pictures: how many there are.
        right: answered with what they are; refusing a digit is an error.
        closest: the same, with the closest guess at what was refused.
    """

    pictures: int
    right: int
    closest: int

    @property
    def errors(self) -> int:
        return self.pictures - self.right

    @property
    def closest_errors(self) -> int:
        return self.pictures - self.closest


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What the team has sent and the site keeps.

    Attributes:
        truths: what each digit is, by the digit's key.
        misread: the keys of those that were read wrongly or refused.
    """

    truths: Mapping[int, int]
    misread: frozenset[int]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What came of a review.

    Attributes:
        labels: how many digits were given one.
        errors: how many of these digits had been misread.
        at_random: how many errors as many digits drawn at random hold, on average.
        at_most: as many errors as there were to be found.
        wrong: how many labels are wrong on purpose.
    """

    labels: int
    errors: int
    at_random: float
    at_most: int
    wrong: int

    @property
    def times(self) -> float:
        """How many times the errors that a review at random finds."""
        return self.errors / self.at_random if self.at_random else 1.0


@dataclass(frozen=True, slots=True)
class Trained:
    """How a training ended.

    Attributes:
        version: what answers now; None if that is what answered before.
        mnist: accuracy on MNIST's test set, before and after, as the gate measured it.
        against: the names of what it is worse at; it answers if there are none.
        seconds: from start to end, as the site says.
    """

    version: int | None
    mnist: tuple[float, float]
    against: tuple[str, ...]
    seconds: float

    @property
    def mnist_lost(self) -> float:
        """In points, of what answers: nothing where the old version goes on."""
        before, after = self.mnist
        return 0.0 if self.against else 100 * (before - after)


def digits_of(folders: Iterable[Path]) -> list[Sample]:
    """The pictures of one digit each; of copies of a file the first alone.

    Else one could be learnt from, and its copy be measured.
    """
    samples = [each for folder in folders for each in labelled_files(folder)]
    once = {
        hashlib.sha256(sample.read()).hexdigest(): sample
        for sample in reversed(samples)
        if sample.label.isdecimal() and len(sample.label) == 1
    }
    return list(reversed(once.values()))


def halves(samples: Sequence[Sample], seed: int) -> tuple[list[Sample], list[Sample]]:
    """Part them at random: what is uploaded, and what the result is measured on."""
    order = np.random.default_rng(seed).permutation(len(samples)).tolist()
    middle = len(samples) // 2
    return (
        [samples[index] for index in order[:middle]],
        [samples[index] for index in order[middle:]],
    )


def upload(client: Client, samples: Iterable[Sample]) -> Uploaded:
    """Send pictures to be kept; of what is blank there is nothing to label."""
    truths: dict[int, int] = {}
    misread: set[int] = set()
    for sample in samples:
        answer = client.post_picture("/api/predictions/", sample.read())
        if len(answer["digits"]) != 1:
            continue
        key, truth = answer["digits"][0]["id"], int(sample.label)
        truths[key] = truth
        if not _is_right(answer, truth):
            misread.add(key)
    return Uploaded(truths, frozenset(misread))


def review(
    client: Client, uploaded: Uploaded, *, count: int, wrong: float = 0.0, seed: int = 1
) -> Reviewed:
    """Label what the queue gives, until there are enough labels or no more digits.

    Args:
        count: how many labels to give.
        wrong: this share of them, drawn at random, is another digit than the true one.
    """
    rng = np.random.default_rng((seed, count))
    errors = labels = mistakes = 0
    while labels < count and (given := client.post("/api/reviews/")):
        key = given["digit"]["id"]
        label = uploaded.truths[key]
        if rng.random() < wrong:
            label = int((label + rng.integers(1, DIGITS)) % DIGITS)
            mistakes += 1
        client.post(f"/api/digits/{key}/corrections/", label=label)
        labels += 1
        errors += key in uploaded.misread
    share = len(uploaded.misread) / max(1, len(uploaded.truths))
    at_most = min(labels, len(uploaded.misread))
    return Reviewed(labels, errors, share * labels, at_most, mistakes)


def train(client: Client, *, seed: int) -> Trained:
    """Let the site learn what is confirmed, and wait until it has.

    Raises:
        UnexpectedStatus: the training failed.
    """
    run = client.post("/api/training-runs/", seed=seed)
    while run["status"] in ("queued", "running"):
        time.sleep(ASK_EVERY_S)
        run = client.get(f"/api/training-runs/{run['id']}/")
    if run["status"] != "succeeded":
        raise UnexpectedStatus(f"The training did not succeed: {run['note']}")
    against = tuple(test["name"] for test in run["gate"] if not test["is_passed"])
    [mnist] = [test for test in run["gate"] if test["name"] == MNIST_TEST]
    return Trained(
        None if against else run["model_version"],
        (mnist["before"], mnist["after"]),
        against,
        _seconds(run),
    )


def measure(
    client: Client, samples: Sequence[Sample], version: int | None = None
) -> Read:
    """Have pictures read that are not kept.

    Args:
        version: which is to answer; whichever does if None.
    """
    answers = [_answer(client, sample, version) for sample in samples]
    pairs = [
        (answer, int(sample.label))
        for answer, sample in zip(answers, samples, strict=True)
    ]
    return Read(
        len(samples),
        sum(_is_right(answer, truth) for answer, truth in pairs),
        sum(answer["digit"] == truth for answer, truth in pairs),
    )


def _answer(client: Client, sample: Sample, version: int | None) -> Any:
    """Each server follows by itself: ask until the version answers that is to."""
    picture = sample.read()
    give_up_at = time.monotonic() + FOLLOW_TIMEOUT_S
    while time.monotonic() < give_up_at:
        answer = client.post_picture(PREVIEW, picture)
        if version in (None, answer["model_version"]):
            return answer
        time.sleep(0.1)
    raise UnexpectedStatus(f"Version {version} does not answer.")


def _is_right(answer: Any, truth: int) -> bool:
    is_refused = answer["outcome"] == REFUSED
    return answer["digit"] == truth and not is_refused


def _seconds(run: Any) -> float:
    started, finished = (
        np.datetime64(run[name].removesuffix("Z"), "us")
        for name in ("started_at", "finished_at")
    )
    return float((finished - started) / np.timedelta64(1, "s"))
