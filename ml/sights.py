"""A look at a picture, or at a part of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ml.arrays import Box, Glyph, Grey, crop, scaled
from ml.forms import Form
from ml.found import FoundDigit, FoundLine, FoundNumber
from ml.lines import Line, line_of
from ml.search import Segmented


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of a picture, and the digit's box in the whole of it.

    Attributes:
        is_reduced: it was looked at smaller than it is.
        is_whole: all of it was looked at, and nothing else.
        placed: turns boxes in what was seen into such in the whole picture.
        rival, trust: as of a digit found.
        number: a look at all digits in line, if there may be more than one.
        others: of such a look, the glyphs of those beside the one that was found.
        line: as of a digit found.
        form: the boxes that it is written in, which were taken away.
    """

    seen: Grey
    found: Segmented
    box: Box
    is_reduced: bool
    is_whole: bool
    placed: Callable[[Box], Box]
    rival: Glyph | None = None
    trust: float = 1.0
    number: "Sight | None" = None
    others: tuple[Glyph, ...] = ()
    line: Callable[[], FoundLine | None] | None = None
    form: Form | None = None

    def as_digit(self) -> FoundDigit:
        return FoundDigit(
            self.found.glyph(),
            self.box,
            self.found.ink if self.is_whole else None,
            rival=self.rival,
            trust=self.trust,
            number=self.number.as_number() if self.number else None,
            line=self.line or self.in_line,
        )

    def as_number(self) -> FoundNumber:
        return FoundNumber(self.found.glyph(), self.box, self.others)

    def trusted(self, trust: float) -> "Sight":
        """The same, if of what is found so only this part is right."""
        return replace(self, trust=trust)

    def in_line(self, line: Line | None = None) -> FoundLine | None:
        """A line, if not what is in line with the digit; None where that is nothing."""
        line = line or line_of(self.found)
        return FoundLine(line, self.placed, self.trust) if line else None

    def in_picture(self, box: Box) -> Box:
        """A box within what was found, in px of the whole picture."""
        return in_window(box, self.found.digit_size, self.box)

    def nearer(
        self, inner: Segmented, *, rival: Glyph | None = None, trust: float = 1.0
    ) -> "Sight":
        """The same with what is found within what was found."""
        seen, box = crop(self.seen, self.found.box), self.in_picture(inner.box)
        return Sight(
            seen,
            inner,
            box,
            self.is_reduced,
            is_whole=False,
            placed=self.in_picture,
            rival=rival,
            trust=trust,
        )


def in_window(box: Box, seen: tuple[int, ...], window: Box) -> Box:
    """A box in what was seen of a window, in px of the picture."""
    box = scaled(box, seen, (window.height, window.width))
    return replace(box, left=window.left + box.left, top=window.top + box.top)
