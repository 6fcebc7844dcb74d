"""Opening the files of strangers: what is read, and what is refused unopened."""

import base64
import json
import marshal
import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from ml.errors import ModelRefused
from ml.keras_files import load_keras_file


def make_network(*hidden: keras.Layer) -> keras.Sequential:
    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            *hidden,
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )


def answers(model: keras.Model) -> np.ndarray:
    glyphs = np.random.default_rng(1).random((4, 28, 28, 1)).astype(np.float32)
    return np.asarray(model(glyphs, training=False))


def rewrite_h5(path: Path, change: Any) -> None:
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        file.attrs["model_config"] = json.dumps(change(config))


def rewrite_keras(path: Path, change: Any) -> None:
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    parts["config.json"] = json.dumps(change(json.loads(parts["config.json"]))).encode()
    with zipfile.ZipFile(path, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)


def in_words_of_keras_2(node: Any) -> Any:
    """A description as TensorFlow 2.15 wrote it."""
    if isinstance(node, list):
        return [in_words_of_keras_2(each) for each in node]
    if not isinstance(node, dict):
        return node
    if node.get("class_name") == "DTypePolicy":
        return node["config"]["name"]
    node = {key: in_words_of_keras_2(value) for key, value in node.items()}
    settings = node.get("config")
    if node.get("class_name") == "InputLayer":
        settings["batch_input_shape"] = settings.pop("batch_shape")
        settings["ragged"] = False
    if node.get("class_name") in ("DepthwiseConv2D", "SeparableConv2D"):
        settings["groups"] = 1
    if node.get("class_name") == "BatchNormalization":
        settings["axis"] = [3]
    if node.get("class_name") == "Functional":
        node["module"] = "keras.src.engine.functional"
    return node


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_a_file_is_read_with_its_weights(tmp_path, name):
    network = make_network(layers.Conv2D(2, 3, activation="relu"), layers.Dropout(0.5))
    network.save(tmp_path / name)

    assert np.array_equal(answers(load_keras_file(tmp_path / name)), answers(network))


@pytest.mark.parametrize(("kind", "name"), [("h5", "m.keras"), ("keras", "m.model")])
def test_a_file_is_known_by_its_content_and_not_by_its_name(tmp_path, kind, name):
    network = make_network()
    network.save(tmp_path / f"saved.{kind}")
    (tmp_path / f"saved.{kind}").rename(tmp_path / name)

    assert load_keras_file(tmp_path / name).output_shape == (None, 10)


@pytest.mark.parametrize(
    ("name", "rewrite"), [("old.h5", rewrite_h5), ("old.keras", rewrite_keras)]
)
def test_a_file_of_keras_2_is_read(tmp_path, name, rewrite):
    network = make_network(
        layers.DepthwiseConv2D(3),
        layers.BatchNormalization(),
        layers.SeparableConv2D(2, 3),
    )
    network.save(tmp_path / name)
    rewrite(tmp_path / name, in_words_of_keras_2)

    assert np.array_equal(answers(load_keras_file(tmp_path / name)), answers(network))


def test_a_functional_file_of_keras_2_is_read(tmp_path):
    stacked = make_network(layers.Conv2D(2, 3))
    network = keras.Model(stacked.inputs[0], stacked.outputs[0])
    network.save(tmp_path / "old.keras")
    rewrite_keras(tmp_path / "old.keras", in_words_of_keras_2)

    read = load_keras_file(tmp_path / "old.keras")

    assert np.array_equal(answers(read), answers(network))


def test_a_file_of_the_first_keras_is_read(tmp_path):
    """A bare list of layers, of which the first says what comes in."""

    def as_list(config: Any) -> Any:
        first, *others = in_words_of_keras_2(config)["config"]["layers"]
        others[0]["config"]["batch_input_shape"] = first["config"]["batch_input_shape"]
        return {"class_name": "Sequential", "config": others}

    network = make_network(layers.Conv2D(2, 3))
    network.save(tmp_path / "old.h5")
    rewrite_h5(tmp_path / "old.h5", as_list)

    read = load_keras_file(tmp_path / "old.h5")

    assert np.array_equal(answers(read), answers(network))


@pytest.mark.parametrize("name", ["mixed.h5", "mixed.keras"])
def test_mixed_precision_is_read_as_full_precision(tmp_path, name):
    network = make_network(layers.Conv2D(2, 3, dtype="mixed_float16"))
    network.save(tmp_path / name)

    read = load_keras_file(tmp_path / name)

    assert {layer.compute_dtype for layer in read.layers} == {"float32"}
    assert answers(read) == pytest.approx(answers(network), abs=1e-3)


def test_arithmetic_between_layers_is_read(tmp_path):
    inputs = keras.Input((28, 28, 1))
    outputs = layers.Dense(10)(layers.Flatten()(inputs / 255.0 - 0.5))
    network = keras.Model(inputs, outputs)
    network.save(tmp_path / "model.keras")

    read = load_keras_file(tmp_path / "model.keras")

    assert np.array_equal(answers(read), answers(network))


@pytest.mark.parametrize("name", ["lambda.h5", "lambda.keras"])
def test_a_network_with_code_in_it_is_refused(tmp_path, name):
    make_network(layers.Lambda(lambda x: x / 255)).save(tmp_path / name)

    with pytest.raises(ModelRefused, match=r"kind Lambda\. It carries program code"):
        load_keras_file(tmp_path / name)


def test_code_in_a_file_never_runs(tmp_path):
    """As Keras 2 wrote it: marshalled, and called while the network is built."""
    source = f"lambda x: [open({str(tmp_path / 'ran')!r}, 'w'), x][1]"
    [code] = [each for each in compile(source, "", "eval").co_consts if each]
    make_network(layers.Lambda(lambda x: x)).save(tmp_path / "evil.h5")

    def with_code(config: Any) -> Any:
        [evil] = [
            layer
            for layer in config["config"]["layers"]
            if layer["class_name"] == "Lambda"
        ]
        packed = base64.encodebytes(marshal.dumps(code)).decode()
        evil["config"] |= {"function": [packed, None, None], "function_type": "lambda"}
        return config

    rewrite_h5(tmp_path / "evil.h5", with_code)

    with pytest.raises(ModelRefused):
        load_keras_file(tmp_path / "evil.h5")

    assert not (tmp_path / "ran").exists()


def test_code_within_a_network_within_a_network_is_refused(tmp_path):
    inner = keras.Sequential([keras.Input((28, 28, 1)), layers.Lambda(lambda x: x)])
    make_network(inner).save(tmp_path / "model.keras")

    with pytest.raises(ModelRefused, match="kind Lambda"):
        load_keras_file(tmp_path / "model.keras")


@pytest.mark.parametrize(
    "node",
    [
        {"class_name": "TFSMLayer", "config": {"filepath": "model"}},
        {"class_name": "Lambda", "module": "keras.src.ops.numpy", "config": {}},
        {"class_name": "function", "module": "keras.utils", "config": "get_file"},
        {"class_name": "__lambda__", "config": {"value": "4wEAAA"}},
        {"class_name": ["Dense"], "config": {}},
    ],
    ids=lambda node: str(node["class_name"]),
)
@pytest.mark.parametrize(
    ("name", "rewrite"), [("model.h5", rewrite_h5), ("model.keras", rewrite_keras)]
)
def test_what_is_not_known_is_never_built(tmp_path, monkeypatch, name, rewrite, node):
    def build(*_: Any, **__: Any) -> None:
        pytest.fail("It was given to Keras.")

    make_network().save(tmp_path / name)
    rewrite(tmp_path / name, lambda config: config | {"further": [node]})
    monkeypatch.setattr(keras.models, "load_model", build)

    with pytest.raises(ModelRefused):
        load_keras_file(tmp_path / name)


def test_what_stands_beside_a_network_is_left_behind(tmp_path, monkeypatch):
    make_network().save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras", "a") as file:
        file.writestr("assets/../../evil", "evil")
    seen = []
    monkeypatch.setattr(
        keras.models,
        "load_model",
        lambda path, **_: seen.extend(zipfile.ZipFile(path).namelist()),
    )

    load_keras_file(tmp_path / "model.keras")

    assert sorted(seen) == ["config.json", "metadata.json", "model.weights.h5"]


def test_a_loss_of_somebodys_own_does_not_matter(tmp_path):
    def own(y: Any, p: Any) -> Any:
        return keras.ops.mean((y - p) ** 2)

    network = make_network()
    network.compile("adam", loss=own)
    network.save(tmp_path / "model.keras")

    assert load_keras_file(tmp_path / "model.keras").output_shape == (None, 10)


def test_a_text_file_is_refused_with_what_it_begins_with(tmp_path):
    pointer = "version https://git-lfs.github.com/spec/v1\n"
    (tmp_path / "model.h5").write_text(pointer)

    with pytest.raises(ModelRefused, match="begins with b'version https://git"):
        load_keras_file(tmp_path / "model.h5")


def test_weights_without_a_network_are_refused(tmp_path):
    make_network().save_weights(tmp_path / "model.weights.h5")

    with pytest.raises(ModelRefused, match="weights alone"):
        load_keras_file(tmp_path / "model.weights.h5")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ModelRefused, match=r"FileNotFoundError"):
        load_keras_file(tmp_path / "model.keras")


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(ModelRefused, match="SavedModel"):
        load_keras_file(tmp_path)


def test_an_archive_of_something_else_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as file:
        file.writestr("readme.txt", "no network")

    with pytest.raises(ModelRefused, match=r"config\.json"):
        load_keras_file(tmp_path / "model.keras")


@pytest.mark.parametrize("config", ["[]", "{", '"text"', "{}", '{"class_name": 5}'])
def test_a_description_that_is_none_is_refused(tmp_path, config):
    make_network().save(tmp_path / "model.h5")
    with h5py.File(tmp_path / "model.h5", "r+") as file:
        file.attrs["model_config"] = config

    with pytest.raises(ModelRefused):
        load_keras_file(tmp_path / "model.h5")


@pytest.mark.parametrize("name", ["model.h5", "model.keras"])
def test_a_file_cut_short_is_refused(tmp_path, name):
    make_network().save(tmp_path / name)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) // 2])

    with pytest.raises(ModelRefused):
        load_keras_file(tmp_path / name)
