"""Readers of glyphs side by side: ours, a bare LiteRT, and Keras in three ways.

Each lives in a process of its own, so that importing TensorFlow disturbs no other.
"""

import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import machine
from ml.artifacts import KERAS_FILE, LITERT_FILE
from ml.inference import Recognizer
from ml.networks import as_input

Glyphs = NDArray[np.uint8]  # (n, 28, 28)
Read = Callable[[NDArray[Any]], NDArray[Any]]
START_TIMEOUT_S = 180.0


@dataclass(frozen=True, slots=True)
class Turn:
    """What a reader did in one turn, and what it read in the glyphs of a batch."""

    glyphs: int
    seconds: float
    digits: list[int]


@dataclass(frozen=True, slots=True)
class Way:
    """A way of reading: what it is given, and what gives probabilities for it."""

    read: Read
    takes_floats: bool = True


class ReaderProcess:
    """A process that reads glyphs in some ways when it is asked to."""

    def __init__(self, connection: Any, ways: Sequence[str]) -> None:
        self._connection = connection
        self.ways = tuple(ways)

    def read(self, way: str, glyphs: Glyphs, seconds: float) -> Turn:
        """Let it read the same glyphs at once, over and over, for some time."""
        self._connection.send((way, glyphs, seconds))
        turn: Turn = self._connection.recv()
        return turn


@contextmanager
def reader_process(
    prepare: Callable[[Path], Mapping[str, Way]], model: Path
) -> Iterator[ReaderProcess]:
    """Start a process that reads in the ways that `prepare` gives, with this model.

    Raises:
        RuntimeError: it did not begin to read.
    """
    # Not fork: the child would begin with what this process has imported and locked.
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(prepare, model, there), daemon=True)
    process.start()
    there.close()
    try:
        if not here.poll(START_TIMEOUT_S):
            raise RuntimeError(f"No reader was ready within {START_TIMEOUT_S:g} s.")
        try:
            ways = here.recv()
        except EOFError as error:
            raise RuntimeError("A reader ended before it read anything.") from error
        yield ReaderProcess(here, ways)
    finally:
        process.kill()
        process.join()


def ours(model: Path) -> dict[str, Way]:
    read = Recognizer.load(model).probabilities
    return {"Recognizer.probabilities": Way(read, takes_floats=False)}


def bare_litert(model: Path) -> dict[str, Way]:
    content = (model / LITERT_FILE).read_bytes()
    single, several = _BareLiteRT(content), _BareLiteRT(content)

    def one_by_one(glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.concatenate([single(glyph[None]) for glyph in glyphs])

    return {
        "LiteRT, one at a time": Way(one_by_one),
        "LiteRT, as a batch": Way(several),
    }


def full_litert(model: Path) -> dict[str, Way]:
    """The same network compiled without rounding its weights to 8 bits."""
    import keras

    from ml.training import compiled

    network = keras.models.load_model(model / KERAS_FILE, compile=False)
    full = _BareLiteRT(compiled(network, quantised=False))
    return {"LiteRT with weights of 32 bits": Way(full)}


def keras_ways(model: Path) -> dict[str, Way]:
    import keras
    import tensorflow as tf

    network = keras.models.load_model(model / KERAS_FILE, compile=False)
    compiled = tf.function(lambda glyphs: network(glyphs, training=False))

    def predict(glyphs: NDArray[np.float32]) -> NDArray[Any]:
        answer: NDArray[Any] = network.predict(
            glyphs, batch_size=len(glyphs), verbose=0
        )
        return answer

    return {
        "Keras, model.predict": Way(predict),
        "Keras, model(x)": Way(lambda x: network(x, training=False).numpy()),
        "Keras, tf.function": Way(lambda x: compiled(tf.constant(x)).numpy()),
    }


def multiplications_of(model: Path) -> int:
    """Multiply-accumulates for one glyph, counted in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_multiplications, (model,))


def memory_of_reading(model: Path, pictures: Sequence[bytes]) -> float:
    """MB of a process that loads our recogniser and reads some pictures, at most."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_weigh, (model, pictures))


def _multiplications(model: Path) -> int:
    from ml.architectures import size_of_file

    return size_of_file(model / KERAS_FILE).multiplications


def _weigh(model: Path, pictures: Sequence[bytes]) -> float:
    recognizer = Recognizer.load(model)
    for picture in pictures:
        recognizer.read(picture)
    return machine.peak_memory_mb()


def _serve(
    prepare: Callable[[Path], Mapping[str, Way]], model: Path, connection: Connection
) -> None:
    ways = prepare(model)
    connection.send(list(ways))
    while True:
        name, glyphs, seconds = connection.recv()
        connection.send(_take_turn(ways[name], glyphs, seconds))


def _take_turn(way: Way, glyphs: Glyphs, seconds: float) -> Turn:
    # Floats are made beforehand for those that take them: they get the better of it.
    batch: NDArray[Any] = glyphs
    if way.takes_floats:
        batch = as_input(glyphs)
    # Not counted: a new size of batch is prepared for in the first call.
    digits = np.asarray(way.read(batch))[:, :10].argmax(axis=1).tolist()
    calls = 0
    started = now = time.perf_counter()
    while now < started + seconds:
        way.read(batch)
        calls += 1
        now = time.perf_counter()
    return Turn(calls * len(glyphs), now - started, digits)


class _BareLiteRT:
    """LiteRT's interpreter on one thread, without anything of ours around it."""

    def __init__(self, content: bytes) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(model_content=content, num_threads=1)
        self._source = self._interpreter.get_input_details()[0]["index"]
        self._sink = self._interpreter.get_output_details()[0]["index"]
        self._shape: tuple[int, ...] = ()

    def __call__(self, glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        if glyphs.shape != self._shape:
            self._interpreter.resize_tensor_input(self._source, glyphs.shape)
            self._interpreter.allocate_tensors()
            self._shape = glyphs.shape
        self._interpreter.set_tensor(self._source, glyphs)
        self._interpreter.invoke()
        answer: NDArray[np.float32] = self._interpreter.get_tensor(self._sink)
        return answer
