import numpy as np
import pytest
from sklearn.datasets import load_digits

from ml.architectures import ARCHITECTURES
from ml.artifacts import verify
from ml.datasets import LabelledImages
from ml.errors import DatasetError
from ml.inference import Recognizer
from ml.training import (
    EpochProgress,
    Progress,
    Recipe,
    TrainedModel,
    _keep_aside,
    draw_epoch,
    train_model,
    write_trained,
)

TINY = Recipe(epochs=5, polish_epochs=1, batch_size=32, kept_aside=100)


def make_set(start: int, stop: int, name: str = "tiny") -> LabelledImages:
    digits = load_digits()
    images = (digits.images[start:stop] * (255 / 16)).astype(np.uint8)
    return LabelledImages(images, digits.target[start:stop].astype(np.uint8), name)


@pytest.fixture(scope="module")
def told() -> list[EpochProgress]:
    return []


@pytest.fixture(scope="module")
def trained(told) -> TrainedModel:
    progress = Progress(on_epoch=told.append)
    return train_model(
        [make_set(0, 1000), make_set(1000, 1200)], TINY, progress=progress
    )


def test_a_network_learns_within_a_few_epochs(trained, told):
    assert told[-1].kept_aside_accuracy > 0.8
    assert [progress.epoch for progress in told] == [1, 2, 3, 4, 5, 6]


def test_a_trained_network_is_written_served_and_measured(trained, tmp_path):
    test = make_set(1200, 1500, "test")

    manifest = write_trained(trained, tmp_path / "new", TINY, test=test, data={})

    recognizer = Recognizer.load(tmp_path / "new")
    assert verify(tmp_path / "new") == manifest
    assert manifest.metrics["mnist_test_n"] == 300
    assert 0 < manifest.sure_threshold <= 1
    blank = np.zeros((1, 28, 28), np.uint8)
    assert recognizer.probabilities(blank).sum() == pytest.approx(1)


def test_digits_kept_aside_never_train():
    first = make_set(0, 1000)

    parts, (kept_images, _) = _keep_aside([first, make_set(1000, 1200)], TINY)

    kept = {image.tobytes() for image in kept_images}
    trains = {image.tobytes() for images, _ in parts for image in images}
    assert len(kept_images) == 100
    assert not kept & trains
    assert kept | trains >= {image.tobytes() for image in first.images}


def test_the_same_seed_gives_the_same_weights():
    one, other = (
        train_model(
            [make_set(0, 300)], Recipe(epochs=1, polish_epochs=1, kept_aside=50)
        )
        for _ in range(2)
    )

    weights = zip(one.model.get_weights(), other.model.get_weights(), strict=True)
    assert all(np.array_equal(mine, yours) for mine, yours in weights)


def test_too_small_a_set_is_refused_in_words():
    with pytest.raises(DatasetError, match="more than 100"):
        train_model([make_set(0, 100)], TINY)


def test_each_epoch_draws_other_glyphs_of_the_same_digits():
    digits = make_set(0, 30)
    parts = [(digits.images, digits.labels)]

    first, second = (
        draw_epoch(parts, seed=1, epoch=epoch, plain_share=0.2) for epoch in (1, 2)
    )

    assert first.shape == second.shape == (30, 28, 28)
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
def test_every_architecture_takes_glyphs_and_gives_ten_probabilities(name):
    model = ARCHITECTURES[name]()

    assert model.input_shape == (None, 28, 28, 1)
    assert model.output_shape == (None, 10)
    assert model.count_params() < 500_000
