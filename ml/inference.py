"""Reading a picture with a trained model.

LiteRT serves: it answers in a fraction of a millisecond and loads in 50 MB, where Keras
takes 6 ms and 530 MB. Keras can serve too, as the check on it. Either is imported when
the first model is loaded and not before.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from ml.arrays import Box, Glyph
from ml.artifacts import KERAS_FILE, LITERT_FILE, Manifest, verify
from ml.calibration import apply_temperature
from ml.errors import ArtifactError
from ml.glyphs import GLYPH_SIDE_PX
from ml.imaging import Picture, decode_image, encode_grey_png, encode_picture
from ml.outcomes import DIGITS, NOT_A_DIGIT_LABEL, Outcome
from ml.preprocessing import PREPROCESSING_VERSION, FoundDigit, Stage, find_glyph

LITERT: Final = "litert"
KERAS: Final = "keras"
BACKENDS: Final = (LITERT, KERAS)
# So many glyphs are read at once, at least, where many are to be read.
BATCH: Final = 256


@dataclass(frozen=True, slots=True)
class DigitReading:
    """One digit: where it stands, what the model saw and what it made of it.

    Attributes:
        box: in px of the upright picture as it was sent.
        glyph: (28, 28) uint8, white ink on black.
        probabilities: ten, for 0 to 9, calibrated; with `not_a_digit` they sum to 1.
        digit: the most probable one.
        confidence: its probability.
        not_a_digit: probability of being none; 0 for networks that do not tell.
    """

    box: Box
    glyph: Glyph
    probabilities: tuple[float, ...]
    digit: int
    confidence: float
    not_a_digit: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in one picture.

    Attributes:
        outcome: how it was answered.
        digits: from left to right; none when the picture is blank.
        text: the digits as a string; what is not a digit stands for the closest one.
        confidence: of the whole text; 0 when the picture is blank.
        width, height: of the upright picture as it was sent, in px.
        picture: the picture encoded anew without metadata, when asked for.
    """

    outcome: Outcome
    digits: tuple[DigitReading, ...]
    text: str
    confidence: float
    width: int
    height: int
    picture: Picture | None = None


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


class Recognizer:
    """A model ready to read pictures. Safe to share between threads."""

    def __init__(self, network: Network, manifest: Manifest) -> None:
        self.manifest = manifest
        self._network = network

    @classmethod
    def load(cls, folder: Path, *, backend: str = LITERT) -> "Recognizer":
        """Load an artefact after checking its digests.

        Raises:
            ArtifactError: the artefact is missing, damaged or not a model.
        """
        if backend not in BACKENDS:
            raise ArtifactError(
                f"Expected a backend of {', '.join(BACKENDS)}. Received: {backend!r}"
            )
        manifest = verify(folder)
        if manifest.preprocessing_version != PREPROCESSING_VERSION:
            raise ArtifactError(
                f"Expected a model for glyphs of version {PREPROCESSING_VERSION}. "
                f"Received: one for version {manifest.preprocessing_version}, in "
                f"{folder}. Train it again with this release."
            )
        network: Network
        if backend == KERAS:
            network = KerasNetwork(folder / KERAS_FILE)
        else:
            network = LiteRTNetwork((folder / LITERT_FILE).read_bytes())
        return cls(network, manifest)

    def read(self, data: bytes, *, with_picture: bool = False) -> Reading:
        """Read the digit in an image file.

        Args:
            data: the file; see `ml.imaging.decode_image`.
            with_picture: also encode the picture anew, to keep it.
        Raises:
            ImageError: the file cannot be read as a picture.
        """
        decoded = decode_image(data)
        found = find_glyph(decoded)
        picture = encode_picture(decoded) if with_picture and found else None
        size = decoded.width, decoded.height
        if found is None:
            return Reading(Outcome.BLANK, (), "", 0.0, *size)
        return self._reading(found, *size, picture)

    def read_glyph(self, glyph: Glyph) -> Reading:
        """Read (28, 28) uint8, white ink on black, which is the whole picture, too."""
        side = GLYPH_SIDE_PX
        picture = Picture(encode_grey_png(glyph), "image/png", "png", side, side)
        return self._reading(
            FoundDigit(glyph, Box(0, 0, side, side)), side, side, picture
        )

    def probabilities(self, glyphs: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Calibrated probabilities of (n, 28, 28) glyphs.

        Returns:
            (n, 11), rows sum to 1: of being 0 to 9, and of being no digit.
        """
        raw = self._network(as_input(glyphs))
        known = apply_temperature(raw.astype(np.float64), self.manifest.temperature)
        if known.shape[1] > NOT_A_DIGIT_LABEL:
            return known
        return np.pad(known, ((0, 0), (0, 1)))

    def _reading(
        self, found: FoundDigit, width: int, height: int, picture: Picture | None
    ) -> Reading:
        read = _digit_reading(found, self.probabilities(found.glyph[None])[0])
        return Reading(
            self._outcome(read),
            (read,),
            str(read.digit),
            read.confidence,
            width,
            height,
            picture,
        )

    def _outcome(self, read: DigitReading) -> Outcome:
        if read.not_a_digit >= self.manifest.reject_threshold:
            return Outcome.NOT_A_DIGIT
        if read.confidence >= self.manifest.sure_threshold:
            return Outcome.SURE
        return Outcome.UNSURE


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


def _digit_reading(
    found: FoundDigit, probabilities: NDArray[np.float64]
) -> DigitReading:
    of_digits = probabilities[:DIGITS]
    digit = int(of_digits.argmax())
    return DigitReading(
        found.box,
        found.glyph,
        tuple(of_digits.tolist()),
        digit,
        float(of_digits[digit]),
        float(probabilities[NOT_A_DIGIT_LABEL]),
    )


def trace(data: bytes) -> list[Stage]:
    """The steps from an image file to its glyph; none when it is blank.

    Raises:
        ImageError: the file cannot be read as a picture.
    """
    stages: list[Stage] = []
    find_glyph(decode_image(data), stages=stages)
    return stages
