"""Weights that answer: LiteRT serves, and Keras is the check on it.

LiteRT answers in a fraction of a millisecond and loads in 50 MB, where Keras takes 6 ms
and 530 MB. Either is imported when the first model is loaded and not before.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from ml.errors import ArtifactError

# So many glyphs are read at once, at least, where many are to be read.
BATCH: Final = 256


class Network(Protocol):
    """Weights that answer: (n, 28, 28, 1) float32 in 0..1 to probabilities.

    They are (n, 10) float32, or (n, 11) where the network also tells what is no digit.
    """

    def __call__(self, glyphs: NDArray[np.float32]) -> NDArray[np.float32]: ...


class LiteRTNetwork:
    """A compiled model in LiteRT.

    An interpreter must not be used by two threads at once. So a thread takes the one
    that was put back last, whose weights are still in the processor's cache, and a new
    one is made only when all are at work.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        # Taking from and putting back on a list's end are atomic.
        self._idle = [self._new_interpreter()]

    def __call__(self, glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give (n, 10) or (n, 11) probabilities for (n, 28, 28, 1) glyphs."""
        try:
            interpreter = self._idle.pop()
        except IndexError:
            interpreter = self._new_interpreter()
        try:
            return interpreter(glyphs)
        finally:
            self._idle.append(interpreter)

    def _new_interpreter(self) -> "_Interpreter":
        return _Interpreter(self._content)


class _Interpreter:
    """LiteRT's interpreter, asked about its tensors once."""

    def __init__(self, content: bytes) -> None:
        from ai_edge_litert.interpreter import Interpreter

        try:
            # One thread: a server shares its cores among pictures.
            self._interpreter = Interpreter(model_content=content, num_threads=1)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ArtifactError(
                f"Expected a LiteRT model. Received: {error}"
            ) from error
        source = self._interpreter.get_input_details()[0]
        self._shape = tuple(source["shape"])
        self._source: int = source["index"]
        self._sink: int = self._interpreter.get_output_details()[0]["index"]

    def __call__(self, glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        if self._shape != glyphs.shape:
            self._interpreter.resize_tensor_input(self._source, glyphs.shape)
            self._interpreter.allocate_tensors()
            self._shape = glyphs.shape
        self._interpreter.set_tensor(self._source, glyphs)
        self._interpreter.invoke()
        return np.asarray(self._interpreter.get_tensor(self._sink), np.float32)


class KerasNetwork:
    """The Keras file itself."""

    def __init__(self, path: Path) -> None:
        import keras

        try:
            self._model = keras.models.load_model(path, compile=False, safe_mode=True)
        except (OSError, ValueError, TypeError, KeyError, ImportError) as error:
            raise ArtifactError(f"Expected a Keras model. Received: {error}") from error

    def __call__(self, glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give (n, 10) or (n, 11) probabilities for (n, 28, 28, 1) glyphs."""
        return np.asarray(self._model(glyphs, training=False), np.float32)


def as_input(glyphs: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Glyphs (n, 28, 28) as networks take them: (n, 28, 28, 1) in 0..1."""
    return (glyphs[..., None] * np.float32(1 / 255)).astype(np.float32)


def in_batches(
    read: Callable[[NDArray[np.uint8]], NDArray[np.floating[Any]]],
    glyphs: NDArray[np.uint8],
) -> NDArray[np.float64]:
    """What is read in (n, 28, 28) glyphs, some hundreds at a time to spare memory.

    Args:
        read: safe to call from several threads; one for each core calls it.
    """
    parts = np.array_split(glyphs, max(1, len(glyphs) // BATCH))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return np.concatenate(list(pool.map(read, parts))).astype(np.float64)
