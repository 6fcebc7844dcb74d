from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.datasets import load_digits

from ml.artifacts import Manifest, verify, write_artifact
from ml.augmentation import as_glyphs
from ml.curriculum import Mixture
from ml.datasets import LabelledImages
from ml.errors import ArtifactError, DatasetError
from ml.fitting import predict
from ml.inference import Recognizer
from ml.networks import LiteRTNetwork, as_input
from ml.outcomes import NOT_A_DIGIT_LABEL
from ml.recipes import EpochProgress, Progress, Recipe
from ml.training import (
    TrainedModel,
    answers,
    compiled,
    keep_aside,
    train_model,
    write_model,
    write_trained,
)
from tests.ml.few import draw_few

# A small network, for all that is not about the shipped one.
TINY = Recipe(
    architecture="cnn-dropout",
    learning_rate=5e-3,
    epochs=6,
    polish_epochs=1,
    batch_size=32,
    kept_aside=100,
    mixture=Mixture(not_digits=0.3),
)
OF_SHIPPED = Recipe(epochs=1, polish_epochs=1, batch_size=32, kept_aside=50)


@pytest.fixture(autouse=True, scope="module")
def few_letters() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        draw_few(patch.setattr)
        yield


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


@pytest.fixture(scope="module")
def written(trained, tmp_path_factory) -> Path:
    """The artefact of what was trained."""
    folder = tmp_path_factory.mktemp("trained") / "tiny"
    test = make_set(1200, 1500, "test")
    write_trained(trained, folder, TINY, test=test, data={"a": "b"})
    return folder


@pytest.fixture(scope="module")
def told_of_shipped() -> list[EpochProgress]:
    return []


@pytest.fixture(scope="module")
def trained_as_shipped(told_of_shipped) -> TrainedModel:
    """The shipped network after two short epochs."""
    progress = Progress(on_epoch=told_of_shipped.append)
    return train_model([make_set(0, 300)], OF_SHIPPED, progress=progress)


def test_the_shipped_network_learns_from_its_first_steps(
    trained_as_shipped, told_of_shipped
):
    # Of eleven answers, as often right by chance as one in eleven.
    assert told_of_shipped[-1].train_accuracy > 0.3


def test_a_network_learns_within_a_few_epochs(trained, told):
    assert told[-1].kept_aside_accuracy > 0.8
    assert [progress.epoch for progress in told] == [1, 2, 3, 4, 5, 6, 7]


def test_a_trained_network_is_written_served_and_measured(trained, tmp_path):
    test = make_set(1200, 1500, "test")

    manifest = write_trained(trained, tmp_path / "new", TINY, test=test, data={})

    recognizer = Recognizer.load(tmp_path / "new")
    assert verify(tmp_path / "new") == manifest
    assert manifest.metrics["mnist_test_n"] == 300
    assert 0 < manifest.sure_threshold <= 1
    assert 0.5 <= manifest.reject_threshold <= 1
    blank = np.zeros((1, 28, 28), np.uint8)
    assert recognizer.probabilities(blank).sum() == pytest.approx(1)


def test_a_digit_may_be_refused_no_sooner_than_is_asked(trained, tmp_path):
    test = make_set(1200, 1500, "test")

    manifest = write_trained(
        trained, tmp_path / "new", TINY, test=test, data={}, least_refusal=0.999
    )

    assert manifest.reject_threshold >= 0.999


def test_labels_that_people_gave_are_learnt_as_well():
    frame = np.zeros((28, 28), np.uint8)
    frame[4:24, 4:24] = 255
    frame[7:21, 7:21] = 0
    frames, labels = np.repeat(frame[None], 60, axis=0), np.full(60, 4, np.uint8)
    short = replace(TINY, epochs=3, polish_epochs=0, mixture=Mixture(1.0, 0.0, 0.0))

    taught, other = (
        train_model([make_set(0, 400)], short, labelled=given).model
        for given in ((frames, labels), None)
    )

    answers_to_it = [
        predict(model, as_input(frame[None])).argmax() for model in (taught, other)
    ]
    assert answers_to_it[0] == 4
    assert answers_to_it[1] != 4


def test_it_learns_what_is_no_digit(trained):
    kept = trained.calibrating
    is_none = kept.labels == NOT_A_DIGIT_LABEL

    answers = predict(trained.model, as_input(kept.glyphs))[:, NOT_A_DIGIT_LABEL]

    assert answers[is_none].mean() > answers[~is_none].mean() + 0.3


def test_training_goes_on_from_an_artifact(written):
    short = replace(TINY, epochs=0, polish_epochs=1, polish_rate=1e-5)
    told: list[EpochProgress] = []

    train_model(
        [make_set(0, 1000)],
        short,
        start=written,
        progress=Progress(on_epoch=told.append),
    )

    assert told[0].kept_aside_accuracy > 0.8


def smaller_cnn(outputs: int, *before: keras.Layer) -> keras.Model:
    """The shipped network as an older release had it, with weights by chance."""
    inputs = x = keras.Input((28, 28, 1))
    for layer in before:
        x = layer(x)
    for filters, strides, padding in (
        (24, 1, "same"),
        (32, 2, "same"),
        (64, 1, "same"),
        (64, 2, "same"),
        (128, 1, "same"),
        (128, 1, "valid"),
    ):
        x = layers.Conv2D(filters, 3, strides=strides, padding=padding, use_bias=False)(
            x
        )
        x = layers.BatchNormalization()(x)
        x = layers.Activation("relu")(x)
    x = layers.Flatten()(x)
    model = keras.Model(inputs, layers.Dense(outputs, activation="softmax")(x))
    rng = np.random.default_rng(1)
    # Positive factors, so that no normalisation divides by the root of less than 0.
    model.set_weights([w * rng.uniform(0.5, 2, w.shape) for w in model.get_weights()])
    return model


def keep_model(model: keras.Model, folder: Path) -> None:
    manifest = Manifest("cnn", 1.0, 0.9, 0.9)
    # What a start was compiled to is never opened.
    write_artifact(folder, manifest, lambda path: write_model(model, b"none", path))


@pytest.mark.parametrize("outputs", [10, 11])
def test_a_larger_network_begins_with_the_answers_of_a_smaller_one(tmp_path, outputs):
    smaller = smaller_cnn(outputs)
    keep_model(smaller, tmp_path / "old")
    as_it_is = replace(OF_SHIPPED, epochs=0, polish_epochs=0)

    larger = train_model([make_set(0, 1000)], as_it_is, start=tmp_path / "old").model

    glyphs = as_input(as_glyphs(make_set(0, 50).images))
    known = predict(larger, glyphs)[:, :outputs]
    known /= known.sum(axis=1, keepdims=True)
    assert larger.count_params() > smaller.count_params()
    assert known == pytest.approx(predict(smaller, glyphs), abs=1e-5)


def test_the_history_of_its_start_stands_in_the_manifest(trained, written, tmp_path):
    test = make_set(1200, 1500)

    new = write_trained(
        trained, tmp_path / "new", TINY, test=test, data={}, start=written
    )

    assert new.training["start"]["digest"] == verify(written).digest
    assert new.training["start"]["data"] == {"a": "b"}


def test_a_start_with_a_layer_more_is_refused_by_its_name(tmp_path):
    first = layers.Conv2D(1, 5, padding="same", name="wide")
    keep_model(smaller_cnn(11, first), tmp_path / "old")

    with pytest.raises(ArtifactError, match="one more: wide"):
        train_model([make_set(0, 1000)], OF_SHIPPED, start=tmp_path / "old")


def test_a_start_with_more_outputs_is_refused(tmp_path):
    keep_model(smaller_cnn(12), tmp_path / "old")

    with pytest.raises(ArtifactError, match="or of fewer outputs"):
        train_model([make_set(0, 1000)], OF_SHIPPED, start=tmp_path / "old")


def test_a_start_without_weights_is_refused(tmp_path):
    inputs = keras.Input((28, 28, 1))
    outputs = layers.Softmax()(layers.Flatten()(layers.AveragePooling2D(14)(inputs)))
    keep_model(keras.Model(inputs, outputs), tmp_path / "old")

    with pytest.raises(ArtifactError, match="a model with weights"):
        train_model([make_set(0, 1000)], OF_SHIPPED, start=tmp_path / "old")


@pytest.mark.usefixtures("trained_as_shipped")  # which fills `told_of_shipped`
def test_half_precision_trains_and_leaves_a_network_of_whole_precision(told_of_shipped):
    in_half = replace(OF_SHIPPED, polish_epochs=0, precision="bfloat16")
    told_in_half: list[EpochProgress] = []

    trained = train_model(
        [make_set(0, 300)], in_half, progress=Progress(on_epoch=told_in_half.append)
    )

    # The same digits in the same order, so only what is rounded off sets them apart.
    whole = told_of_shipped[0].loss
    assert told_in_half[0].loss != whole
    assert told_in_half[0].loss == pytest.approx(whole, rel=0.05)
    assert {layer.compute_dtype for layer in trained.model.layers} == {"float32"}
    assert keras.config.dtype_policy().name == "float32"


def test_compiling_says_nothing_of_where_it_saved(trained, capfd, caplog):
    compiled(trained.model, quantised=True)

    assert "Assets written" not in capfd.readouterr().err + caplog.text


def test_quantised_weights_answer_as_the_whole_network_does(trained):
    glyphs = as_glyphs(make_set(1200, 1500).images)
    whole = predict(trained.model, as_input(glyphs))

    content = compiled(trained.model, quantised=True)

    served = answers(LiteRTNetwork(content), glyphs)
    assert (served.argmax(axis=1) == whole.argmax(axis=1)).mean() > 0.98
    assert np.abs(served - whole).mean() < 0.005
    assert len(content) < 0.4 * len(compiled(trained.model, quantised=False))


def test_an_artifact_of_another_architecture_is_no_start(written):
    other = replace(TINY, architecture="lenet5")

    with pytest.raises(ArtifactError, match="lenet5"):
        train_model([make_set(0, 1000)], other, start=written)


def test_another_seed_keeps_the_same_digits_aside():
    (_, one), (_, other) = (
        keep_aside([make_set(0, 300)], replace(TINY, seed=seed)) for seed in (1, 2)
    )

    assert np.array_equal(one[0], other[0])


def test_digits_kept_aside_never_train():
    first = make_set(0, 1000)

    parts, (kept_images, _) = keep_aside([first, make_set(1000, 1200)], TINY)

    kept = {image.tobytes() for image in kept_images}
    trains = {image.tobytes() for images, _ in parts for image in images}
    assert len(kept_images) == 100
    assert not kept & trains
    assert kept | trains >= {image.tobytes() for image in first.images}


def test_the_same_seed_gives_the_same_weights(trained_as_shipped):
    again = train_model([make_set(0, 300)], OF_SHIPPED)

    pairs = zip(
        trained_as_shipped.model.get_weights(), again.model.get_weights(), strict=True
    )
    assert all(np.array_equal(mine, yours) for mine, yours in pairs)


def test_too_small_a_set_is_refused_in_words():
    with pytest.raises(DatasetError, match="more than 100"):
        train_model([make_set(0, 100)], TINY)
