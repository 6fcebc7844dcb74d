"""Keras files of other people, opened without running anything that is in them.

A file is first read as data: which kind it is, and of which layers its network is
made. Only layers known here, all of them plain arithmetic, are then built by Keras, in
safe mode, from a copy that holds nothing else. Keras 2 wrote some settings that Keras 3
does not take; the copy has them in today's words.
"""

from __future__ import annotations

import json
import shutil
import zipfile
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from ml.errors import ModelRefused

if TYPE_CHECKING:
    import keras

CONFIG: Final = "config.json"
# All that Keras needs of a .keras file besides; the rest could be anything.
FURTHER_PARTS: Final = ("metadata.json", "model.weights.h5")

# fmt: off
# Named one by one: Lambda carries code, others call TensorFlow's or read files, and
# the next release of Keras may bring more. Recurrent ones cannot be served by LiteRT.
LAYERS: Final = frozenset([
    "Functional", "Model", "Sequential", "InputLayer", "Dense", "Conv1D", "Conv2D",
    "DepthwiseConv2D", "SeparableConv2D", "MaxPooling1D", "MaxPooling2D",
    "AveragePooling1D", "AveragePooling2D", "GlobalAveragePooling1D",
    "GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "Flatten",
    "Reshape", "Permute", "ZeroPadding2D", "Cropping2D", "UpSampling2D", "Resizing",
    "Rescaling", "Dropout", "SpatialDropout1D", "SpatialDropout2D", "AlphaDropout",
    "GaussianDropout", "GaussianNoise", "ActivityRegularization", "RandomRotation",
    "RandomTranslation", "RandomZoom", "RandomContrast", "RandomBrightness",
    "BatchNormalization", "LayerNormalization", "GroupNormalization", "Normalization",
    "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "Add", "Subtract",
    "Multiply", "Average", "Maximum", "Minimum", "Concatenate",
])
# What stands within the settings of layers.
SETTINGS: Final = frozenset([
    "GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "LecunUniform",
    "LecunNormal", "Zeros", "Ones", "Constant", "RandomNormal", "RandomUniform",
    "TruncatedNormal", "VarianceScaling", "Orthogonal", "OrthogonalInitializer",
    "Identity", "L1", "L2", "L1L2", "MaxNorm", "NonNeg", "UnitNorm", "MinMaxNorm",
    "DTypePolicy", "Policy", "__keras_tensor__", "__tuple__",
])
# Arithmetic between layers, as in `inputs / 255`; what else there is, is a layer, too.
OPERATIONS: Final = frozenset([
    "TrueDivide", "Divide", "Negative", "Power", "Square", "Sqrt", "Absolute", "Clip",
    "Sum", "Mean", "Max", "Min", "Transpose", "ExpandDims", "Squeeze", "GetItem",
    "Cast", "Relu", "Sigmoid", "Tanh", "LogSoftmax",
])
# fmt: on
KNOWN: Final = LAYERS | SETTINGS | OPERATIONS
FUNCTIONS: Final = frozenset([None, "builtins", "keras.activations"])

# What reading a file as data raises where it is not what it seems to be.
MALFORMED: Final = (
    AttributeError,
    KeyError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)

# What Keras 2 wrote of a layer, always with the one meaning that Keras 3 has left.
OUTDATED: Final = {
    "DepthwiseConv2D": ("groups",),
    "SeparableConv2D": (
        "groups",
        "kernel_initializer",
        "kernel_regularizer",
        "kernel_constraint",
    ),
    "RandomRotation": ("rng_type",),
    "RandomTranslation": ("rng_type",),
    "RandomZoom": ("rng_type",),
    "RandomContrast": ("rng_type",),
    "RandomBrightness": ("rng_type",),
}


def load_keras_file(path: Path) -> keras.Model:
    """Build the network of a .keras file or of a legacy .h5 file, uncompiled.

    Raises:
        ModelRefused: it is no such file, or holds what is not built here.
    """
    import keras

    with TemporaryDirectory() as folder:
        copy = _checked_copy(path, Path(folder))
        try:
            return keras.models.load_model(copy, compile=False, safe_mode=True)
        except Exception as error:
            # Of any kind: a file made elsewhere can fail anywhere in Keras.
            raise ModelRefused(
                f"Expected a network that this release of Keras can build in "
                f"{path.name}. Received: {_first_line(error)}"
            ) from error


def _checked_copy(path: Path, folder: Path) -> Path:
    """Copy what Keras needs, named by what it is and not by what it is called."""
    import h5py

    if path.is_dir():
        raise ModelRefused(
            f"Expected a file. Received: the folder {path}. If it is a SavedModel, "
            'load it with TensorFlow and save it anew as "model.keras".'
        )
    try:
        if zipfile.is_zipfile(path):
            return _copy_archive(path, folder / "model.keras")
        if h5py.is_hdf5(path):
            return _copy_hdf5(path, folder / "model.h5")
        beginning = path.open("rb").read(20)
    except MALFORMED as error:
        raise ModelRefused(
            f"Expected a Keras file at {path}. Received: {_first_line(error)}"
        ) from error
    raise ModelRefused(
        f"Expected a Keras file (.keras, or .h5 with the network in it) at {path}. "
        f"Received: a file that begins with {beginning!r}."
    )


def _copy_archive(path: Path, copy: Path) -> Path:
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(copy, "w") as target:
        config = json.loads(source.read(CONFIG))
        # How it was trained is of no use here and may name losses of anybody's.
        config.pop("compile_config", None)
        target.writestr(CONFIG, json.dumps(_checked(config)))
        for name in FURTHER_PARTS:
            target.writestr(name, source.read(name))
    return copy


def _copy_hdf5(path: Path, copy: Path) -> Path:
    import h5py

    shutil.copyfile(path, copy)
    with h5py.File(copy, "r+") as file:
        config = file.attrs.get("model_config")
        if config is None:
            raise ModelRefused(
                f"Expected a network with its weights in {path.name}. Received: "
                "weights alone. Load them into their network and save that: "
                'model.save("model.h5").'
            )
        file.attrs["model_config"] = json.dumps(_checked(json.loads(config)))
    return copy


def _checked(node: Any) -> Any:
    """A part of a network's description in Keras 3's words, if all of it is known."""
    if isinstance(node, list):
        return [_checked(each) for each in node]
    if not isinstance(node, dict):
        return node
    if "class_name" in node:
        _refuse_unknown(node)
    return _modern_node({key: _checked(value) for key, value in node.items()})


def _modern_node(node: dict[str, Any]) -> Any:
    match node:
        case {"class_name": "Policy" | "DTypePolicy", "config": {"name": str(name)}}:
            # Mixed precision is for training on a graphics card.
            return "float32" if name.startswith("mixed_") else name
        case {"class_name": "Sequential", "config": list(layers)}:
            # Until Keras 2.2.
            settings = {"name": "sequential", "layers": _with_input(layers)}
            return node | {"config": settings}
        case {"class_name": "Functional", "module": _}:
            return node | {"module": "keras.src.models.functional"}
        case {"class_name": class_name, "config": dict(settings)}:
            return node | {"config": _modernised(class_name, settings)}
    return node


def _refuse_unknown(node: dict[str, Any]) -> None:
    name, module = node["class_name"], node.get("module")
    if name in KNOWN or (name == "function" and module in FUNCTIONS):
        return
    reason = (
        "It carries program code, which is never run here. "
        if name in ("Lambda", "__lambda__")
        else ""
    )
    raise ModelRefused(
        f"Expected a network of layers known here. Received: one of kind {name}. "
        f"{reason}Build the network again without it, give it the same weights and "
        "save that."
    )


def _modernised(class_name: str, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of a layer as Keras 3 takes them."""
    outdated = OUTDATED.get(class_name, ())
    settings = {key: value for key, value in settings.items() if key not in outdated}
    match class_name, settings:
        case "InputLayer", {"batch_input_shape": shape, **others}:
            return others | {"batch_shape": shape}
        case "BatchNormalization", {"axis": [axis]}:
            return settings | {"axis": axis}
        case "Sequential", {"layers": list(layers)}:
            return settings | {"layers": _with_input(layers)}
    return settings


def _with_input(layers: list[Any]) -> list[Any]:
    """The layers of a stack, of which the first says what comes in."""
    shapes = [layer["config"].pop("batch_input_shape", None) for layer in layers]
    if not layers or layers[0]["class_name"] == "InputLayer" or shapes[0] is None:
        return layers
    given = {"batch_shape": shapes[0], "dtype": "float32", "name": "glyph"}
    return [{"class_name": "InputLayer", "config": given}, *layers]


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or ["no words"]
    return f"{type(error).__name__}: {lines[0][:200]}"
