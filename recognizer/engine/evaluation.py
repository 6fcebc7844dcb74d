"""Measuring a model on labelled images, the live one or another."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path

from ml.evaluation import Answer, Evaluation
from ml.readings import Reading
from ml.samples import NONE, Sample, choose_samples, labelled_sets
from recognizer.engine import reading
from recognizer.engine.errors import RecognizerError, ml_errors


def evaluate(
    folders: Sequence[Path],
    *,
    limit: int | None = None,
    without_kinds: Sequence[str] = (),
    on_sample: Callable[[int, int], None] = lambda _done, _total: None,
) -> Evaluation:
    """Read every labelled image of some folders as the site would.

    Args:
        folders: see `ml.samples.labelled_sets`.
        limit: how many samples at most; spread evenly over the folders.
        without_kinds: leave out the kinds that start with one of these.
        on_sample: told how many of how many are done.
    Raises:
        RecognizerError: a folder holds no samples, or no model can read them.
    """
    with ml_errors():
        sets = labelled_sets(folders)
    return measure(
        sets,
        lambda data: reading.recognize(data).reading,
        limit=limit,
        without_kinds=without_kinds,
        on_sample=on_sample,
    )


def measure(
    sets: Mapping[str, Sequence[Sample]],
    read: Callable[[bytes], Reading],
    *,
    limit: int | None = None,
    without_kinds: Sequence[str] = (),
    on_sample: Callable[[int, int], None] = lambda _done, _total: None,
) -> Evaluation:
    """Read samples, and keep what was answered.

    Args:
        sets: by name; see `ml.samples.labelled_sets`.
        read: reads an image file, or raises RecognizerError.
        limit: how many samples at most; spread evenly over the sets.
        without_kinds: leave out the kinds that start with one of these.
        on_sample: told how many of how many are done.
    Raises:
        RecognizerError: no sample is left, or no model can read them.
    """
    with ml_errors():
        chosen = choose_samples(sets, limit=limit, without_kinds=without_kinds)
    known = sum(len(samples) for samples in sets.values())
    evaluation = Evaluation(list(sets), left_out=known - len(chosen))
    for done, (name, sample) in enumerate(chosen, 1):
        evaluation.add(sample, _answer_to(sample, read), name)
        on_sample(done, len(chosen))
    return evaluation


def _answer_to(sample: Sample, read: Callable[[bytes], Reading]) -> Answer:
    try:
        data = sample.read()
    except OSError:
        return Answer(NONE, "unreadable_file")
    try:
        return Answer.of(read(data))
    except RecognizerError as error:
        if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
            raise
        return Answer(NONE, error.code)
