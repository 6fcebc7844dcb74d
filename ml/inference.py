"""Reading pictures with a trained model."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ml.arrays import Box, Glyph
from ml.artifacts import KERAS_FILE, LITERT_FILE, Manifest, verify
from ml.calibration import apply_temperature
from ml.cuts import look_again
from ml.errors import ArtifactError, ImageError
from ml.found import FoundDigit, FoundLine, FoundNumber
from ml.glyphs import GLYPH_SIDE_PX
from ml.imaging import Picture, decode_image, encode_grey_png, encode_picture
from ml.networks import KerasNetwork, LiteRTNetwork, Network, as_input
from ml.numbers import Number, read_number
from ml.outcomes import DIGITS, NOT_A_DIGIT_LABEL, Outcome
from ml.preprocessing import (
    PREPROCESSING_VERSION,
    Stage,
    find_glyph,
    stages,
)
from ml.readings import DigitReading, Reading, reading_of

LITERT: Final = "litert"
KERAS: Final = "keras"
BACKENDS: Final = (LITERT, KERAS)
# Bytes. Of a photo most of the time goes into decoding, and two threads on two cores
# take half of it; small pictures take them longer than one, as they wait for each other
# at every small step.
WORTH_A_THREAD: Final = 200_000
# What is found otherwise than at first sight counts if it is more likely than not.
LIKELY: Final = 0.5
# A number takes the place of one unsure digit if it is likelier by so much: of 1,500
# made-up crops out of lines, whose digit has neighbours, 5 less are read rightly
# without, and of 800 made-up numbers whose digits are near 3 more.
LEAST_GAIN: Final = 0.2
# Of 3,200 made-up numbers, a quarter of them beside letters and signs, 84 were less
# likely, and 24 of these right.
LEAST_OF_NUMBER: Final = 0.2
# What is surely one digit may be several if it is so many times as wide as high, or
# something stands in line with it: if the number is so likely.
WIDE: Final = 1.25
CLEARLY_SEVERAL: Final = 0.9

# What each step goes on within: decode, preprocess, encode, infer, look again.
Around = Callable[[str], AbstractContextManager[object]]


def around_nothing(_step: str) -> AbstractContextManager[object]:
    """Nobody follows the steps."""
    return nullcontext()


class Recognizer:
    """A model ready to read pictures. Safe to share between threads."""

    def __init__(
        self, network: Network, manifest: Manifest, *, around: Around = around_nothing
    ) -> None:
        self.manifest = manifest
        self._network = network
        self._around = around

    @classmethod
    def load(
        cls, folder: Path, *, backend: str = LITERT, around: Around = around_nothing
    ) -> "Recognizer":
        """Load an artefact after checking its digests.

        Args:
            folder: the artefact.
            backend: one of BACKENDS.
            around: what the steps of each reading go on within.
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
        return cls(network, manifest, around=around)

    def read(self, data: bytes, *, with_picture: bool = False) -> Reading:
        """Read the digit or the number in an image file.

        Args:
            data: the file; see `ml.imaging.decode_image`.
            with_picture: also encode the picture anew, to keep it.
        Raises:
            ImageError: the file cannot be read as a picture.
        """
        prepared = self._prepare(data, with_picture=with_picture)
        return self._reading(prepared, self._seen([prepared]))

    def read_many(
        self, images: Sequence[bytes], *, with_picture: bool = False
    ) -> list[Reading | ImageError]:
        """Read image files: prepared on all cores, then seen by the network at once.

        Those that are looked at again follow one by one.

        Args:
            images: the files, as `read` takes them.
            with_picture: as for `read`.
        Returns:
            For each file, in order, what was read or why it cannot be.
        """

        def prepare(data: bytes) -> _Prepared | ImageError:
            try:
                return self._prepare(data, with_picture=with_picture)
            except ImageError as error:
                return error

        if any(len(data) >= WORTH_A_THREAD for data in images):
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                found = list(pool.map(prepare, images))
        else:
            found = [prepare(data) for data in images]
        seen = self._seen([each for each in found if isinstance(each, _Prepared)])
        return [
            self._reading(each, seen) if isinstance(each, _Prepared) else each
            for each in found
        ]

    def read_glyph(self, glyph: Glyph) -> Reading:
        """Read (28, 28) uint8, white ink on black, which is the whole picture, too."""
        side = GLYPH_SIDE_PX
        picture = Picture(encode_grey_png(glyph), "image/png", "png", side, side)
        found = FoundDigit(glyph, Box(0, 0, side, side))
        prepared = _Prepared(side, side, found, picture)
        return self._reading(prepared, self._seen([prepared]))

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

    def _seen(self, prepared: Sequence["_Prepared"]) -> Iterator[NDArray[np.float64]]:
        """The probabilities of each glyph there is, in order."""
        glyphs = [each.digit.glyph for each in prepared if each.digit]
        if not glyphs:
            return iter(())
        with self._around("infer"):
            return iter(self.probabilities(np.stack(glyphs)))

    def _prepare(self, data: bytes, *, with_picture: bool) -> "_Prepared":
        with self._around("decode"):
            decoded = decode_image(data)
        with self._around("preprocess"):
            digit = find_glyph(decoded)
        picture = None
        if with_picture and digit:
            with self._around("encode"):
                picture = encode_picture(decoded)
        return _Prepared(decoded.width, decoded.height, digit, picture)

    def _reading(
        self, prepared: "_Prepared", seen: Iterator[NDArray[np.float64]]
    ) -> Reading:
        size = prepared.width, prepared.height
        if prepared.digit is None:
            return Reading(Outcome.BLANK, (), "", 0.0, *size)
        first = prepared.digit.trust * next(seen)
        first[NOT_A_DIGIT_LABEL] += 1 - prepared.digit.trust
        outcome, read = self._answered(prepared.digit, first, size[::-1])
        answer = self._as_number(
            prepared.digit, _Answer(outcome, (read,), read.confidence)
        )
        text = "".join(str(digit.digit) for digit in answer.digits)
        return Reading(
            answer.outcome,
            answer.digits,
            text,
            answer.confidence,
            *size,
            prepared.picture,
        )

    def _answered(
        self,
        found: FoundDigit,
        probabilities: NDArray[np.float64],
        whole: tuple[int, int],
    ) -> tuple[Outcome, DigitReading]:
        """What is read at first sight or, where that is not sure, at a second."""
        several = self._chance_of_more(found.number)
        if found.number is not None and several >= self.manifest.reject_threshold:
            return Outcome.NOT_A_DIGIT, self._read_as_one(found.number, several)
        if found.rival is not None:
            [rival] = self.probabilities(found.rival[None])
            probabilities = (probabilities + rival) / 2
        read = reading_of(found, probabilities)
        outcome = self._outcome(read)
        if outcome == Outcome.SURE:
            is_doubtful = several >= LIKELY or found.trust < 1
            return Outcome.UNSURE if is_doubtful else outcome, read
        second = self._second_look(found, probabilities, whole)
        if second is None:
            return outcome, read
        # It was chosen for being likely: that is no reason to be sure of it.
        is_refused = self._outcome(second) == Outcome.NOT_A_DIGIT
        return Outcome.NOT_A_DIGIT if is_refused else Outcome.UNSURE, second

    def _chance_of_more(self, found: FoundNumber | None) -> float:
        """How likely another digit stands beside the one that was found.

        0 for networks that know nothing but digits: all that they see is one.
        """
        if found is None or self.manifest.reject_threshold > 1:
            return 0.0
        with self._around("look again"):
            others = self.probabilities(np.stack(found.others))
        return float(others[:, :DIGITS].max())

    def _read_as_one(self, found: FoundNumber, several: float) -> DigitReading:
        """Several digits together, which are no digit, as sure as they are several.

        Of itself the network takes some of them for one.
        """
        with self._around("look again"):
            [seen] = self.probabilities(found.glyph[None])
        probabilities = (1 - several) * seen
        probabilities[NOT_A_DIGIT_LABEL] += several
        return reading_of(FoundDigit(found.glyph, found.box), probabilities)

    def _second_look(
        self,
        found: FoundDigit,
        first: NDArray[np.float64],
        whole: tuple[int, int],
    ) -> DigitReading | None:
        """Take what is found otherwise, or cut it out; None if nothing is likelier.

        What is found otherwise must be likely: a sheet on a table looks like a 0.
        """
        if found.otherwise is not None:
            with self._around("look again"):
                [known] = self.probabilities(found.otherwise.glyph[None])
            trust = found.otherwise.trust
            known = trust * known + (1 - trust) * first
            _, other = self._answered(found.otherwise, known, whole)
            if other.confidence > max(LIKELY, float(first[:DIGITS].max())):
                return other
        if found.ink is None:
            return None
        with self._around("look again"):
            second = look_again(found.ink, first, self.probabilities)
        if second is None:
            return None
        cut, probabilities = second
        return reading_of(cut.scaled(found.ink.shape, whole), probabilities)

    def _as_number(self, found: FoundDigit, answer: "_Answer") -> "_Answer":
        """Read all digits in line if that is likelier than that there is one."""
        needed = self._needed_of_number(found, answer)
        if needed is None:
            return answer
        is_sure = answer.outcome == Outcome.SURE
        may_be_one = answer.outcome == Outcome.UNSURE
        seen: FoundDigit | None = found
        while seen is not None:
            line, number = self._number_in(seen, may_be_one=may_be_one)
            if line and number and (not is_sure or _may_replace_sure(number)):
                if line.line.is_parted or number.confidence > needed:
                    answer = self._number_answer(number, line.in_picture)
                    needed = max(LEAST_OF_NUMBER, number.confidence)
                elif len(answer.digits) == 1 and number.confidence > LIKELY:
                    answer = answer.doubted()
            seen = seen.otherwise
        return answer

    def _needed_of_number(self, found: FoundDigit, answer: "_Answer") -> float | None:
        """How likely a number must be to take the place of one digit; None: it cannot.

        Where one was surely read, they are looked for if it is wide or not alone.
        Networks that know nothing but digits are not asked: a part of one, and two
        together, are digits to them.
        """
        if self.manifest.reject_threshold > 1:
            return None
        if answer.outcome == Outcome.SURE:
            box = answer.digits[0].box
            is_several = found.number is not None or box.width >= WIDE * box.height
            return CLEARLY_SEVERAL if is_several else None
        gain = LEAST_GAIN if answer.outcome == Outcome.UNSURE else 0
        return max(LEAST_OF_NUMBER, answer.confidence) + gain

    def _number_in(
        self, found: FoundDigit, *, may_be_one: bool
    ) -> tuple[FoundLine | None, Number | None]:
        """Read the line of a digit, trusted as much as that is."""
        with self._around("look again"):
            line = found.line() if found.line else None
            if line is None:
                return None, None
            number = read_number(line.line, self.probabilities, may_be_one=may_be_one)
        return line, number and number.trusted(line.trust)

    def _number_answer(
        self, number: Number, in_picture: Callable[[Box], Box]
    ) -> "_Answer":
        """All digits of a number; refused if most of them would be."""
        digits = tuple(
            reading_of(FoundDigit(each.glyph, in_picture(each.box)), each.probabilities)
            for each in number.digits
        )
        refused = sum(self._outcome(digit) == Outcome.NOT_A_DIGIT for digit in digits)
        if refused > len(digits) / 2:
            outcome = Outcome.NOT_A_DIGIT
        else:
            outcome = Outcome.SURE if number.is_sure else Outcome.UNSURE
        return _Answer(outcome, digits, number.confidence)

    def _outcome(self, read: DigitReading) -> Outcome:
        if read.not_a_digit >= self.manifest.reject_threshold:
            return Outcome.NOT_A_DIGIT
        if read.confidence >= self.manifest.sure_threshold:
            return Outcome.SURE
        return Outcome.UNSURE


def _may_replace_sure(number: Number) -> bool:
    """Whether a number may be read instead of one sure digit.

    A letter that is cut is two digits, and stands beside a sure one.
    """
    return len(number.digits) > 1 and not number.is_cut


@dataclass(frozen=True, slots=True)
class _Answer:
    """What is made of a picture that is not blank."""

    outcome: Outcome
    digits: tuple[DigitReading, ...]
    confidence: float

    def doubted(self) -> "_Answer":
        is_sure = self.outcome == Outcome.SURE
        return replace(self, outcome=Outcome.UNSURE) if is_sure else self


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A picture on its way to the network; without a digit it is blank."""

    width: int
    height: int
    digit: FoundDigit | None
    picture: Picture | None


def trace(data: bytes, glyph: Glyph) -> list[Stage]:
    """The steps from an image file to the glyph that was read in it; none if blank.

    Raises:
        ImageError: the file cannot be read as a picture.
    """
    return stages(decode_image(data), glyph)
