"""What the preprocessing finds in a picture, and where."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from ml.arrays import Box, Glyph, Ink, scaled
from ml.lines import Line


@dataclass(frozen=True, slots=True)
class FoundDigit:
    """A glyph and where it was found, in px of the array searched.

    Attributes:
        ink: of the whole picture, at the size at which the digit was searched; None
            where it was looked at again from nearer.
        otherwise: what is found in a box, if this is a box that its digit touches; and
            then what is found on the page if the picture was not cut to its digit, or
            shows no sheet, as it seems. None where it seems so, or nothing is found,
            or what is drawn around the digit stands apart.
        rival: the glyph of what it may be as well: a 0 that is crossed out, where it is
            a stroke in a ring.
        trust: of what is found so, this part shows the right digit, however likely.
        number: what it is one digit of, if what stands beside it are digits.
        line: looks for what is in line with it, which takes its time; None for a glyph
            that comes without a picture, or was cut out.
    """

    glyph: Glyph
    box: Box
    ink: Ink | None = None
    otherwise: "FoundDigit | None" = None
    rival: Glyph | None = None
    trust: float = 1.0
    number: "FoundNumber | None" = None
    line: "Callable[[], FoundLine | None] | None" = None

    def scaled(self, seen: tuple[int, ...], whole: tuple[int, ...]) -> "FoundDigit":
        """What was found in a reduced picture, in px of the whole one."""
        return replace(
            self,
            box=scaled(self.box, seen, whole),
            otherwise=self.otherwise and self.otherwise.scaled(seen, whole),
            number=self.number and self.number.scaled(seen, whole),
            line=self.line and partial(_scaled_line, self.line, seen, whole),
        )


@dataclass(frozen=True, slots=True)
class FoundLine:
    """A line, and how boxes in it become such in px of the array searched.

    Attributes:
        trust: of numbers that are found so, this part is right, however likely.
    """

    line: Line
    in_picture: Callable[[Box], Box]
    trust: float = 1.0


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """What may be several digits in line, and where they stand.

    Attributes:
        glyph: of all of them together.
        others: the glyphs of those beside the one that was found.
    """

    glyph: Glyph
    box: Box
    others: tuple[Glyph, ...]

    def scaled(self, seen: tuple[int, ...], whole: tuple[int, ...]) -> "FoundNumber":
        """The same in px of the whole picture."""
        return replace(self, box=scaled(self.box, seen, whole))


def _scaled_line(
    line: Callable[[], FoundLine | None], seen: tuple[int, ...], whole: tuple[int, ...]
) -> FoundLine | None:
    """The same in px of the whole picture."""
    found = line()
    if found is None:
        return None
    in_seen = found.in_picture
    return replace(found, in_picture=lambda box: scaled(in_seen(box), seen, whole))
