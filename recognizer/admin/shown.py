"""What several pages of the administration show."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from recognizer.models import (
    Digit,
)
from recognizer.pictures import glyph_data_url

BAR_CELLS = 20
LABEL_CELLS = len("not a digit")


class ReadOnly:
    """Rows that are made elsewhere and only looked at here."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False


class ShownDigit:
    """A digit in pictures and words."""

    @admin.display(description="glyph")
    def glyph_image(self, digit: Digit) -> SafeString:
        return format_html(
            '<img src="{}" alt="What the model saw" width="112" height="112">',
            glyph_data_url(digit.glyph),
        )

    @admin.display(description="probabilities")
    def bars_text(self, digit: Digit) -> SafeString:
        lines = format_html_join(
            "\n",
            "{} {} {}%",
            (
                (
                    bar.label.rjust(LABEL_CELLS),
                    _bar_text(bar.probability),
                    bar.percent.rjust(5),
                )
                for bar in (*digit.bars, digit.not_a_digit_bar)
            ),
        )
        return format_html("<pre>{}</pre>", lines)

    @admin.display(description="box")
    def box(self, digit: Digit) -> str:
        return (
            f"{digit.box_width} x {digit.box_height} px at "
            f"{digit.box_left}, {digit.box_top}"
        )


def _bar_text(share: float) -> str:
    return ("█" * round(share * BAR_CELLS)).ljust(BAR_CELLS, "·")
