"""An evaluation as one HTML file: figures, charts and the worst mistakes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from django.template.loader import render_to_string
from django.utils.timezone import localtime

from recognizer import engine
from recognizer.engine import Evaluation, Outcome, Result
from recognizer.pictures import png_data_url
from recognizer.reports.charts import (
    LEAST_ANSWERED,
    confusion_matrix,
    coverage_curve,
    even_ticks,
    percent,
    reliability_bars,
)

__all__ = ["percent", "report_write"]

REPORT_FILE: Final = "index.html"
# Of each sort of mistake. Each costs some 20 kB of the file.
MOST_SHOWN: Final = 60
# Shown at half of that, so sharp on a phone too.
THUMBNAIL_SIDE_PX: Final = 144


@dataclass(frozen=True, slots=True)
class Card:
    """A mistake: the picture as sent, what the model saw, and what was said of it."""

    file: str
    kind: str
    label: str
    answer: str
    claim: str
    picture_url: str
    glyph_urls: list[str]


def report_write(*, evaluation: Evaluation, folder: Path) -> Path:
    """Write an evaluation into a folder, as one file that needs no other.

    Returns:
        The file. A former one is replaced, whole or not at all.
    Raises:
        OSError: it cannot be written.
        RecognizerError: no model answers any more.
    """
    html = render_to_string("report/index.html", _context(evaluation))
    # Made as any other file is: who may read it is for the umask to say.
    building = folder / f".{REPORT_FILE}-{uuid4().hex}"
    try:
        building.write_text(html, "utf-8")
        return building.replace(folder / REPORT_FILE)
    except BaseException:
        building.unlink(missing_ok=True)
        raise


def _context(evaluation: Evaluation) -> dict[str, Any]:
    figures = evaluation.as_dict()
    version, manifest = engine.live_manifest()
    misread, answered = evaluation.misread_digits(), evaluation.answered_non_digits()
    return {
        "figures": figures,
        "folders": evaluation.folders,
        "version": version,
        "architecture": manifest.architecture,
        "threshold": percent(manifest.sure_threshold),
        "made_at": localtime(),
        "headlines": _headlines(figures),
        "sets": _set_rows(figures.get("sets", {})),
        "kinds": _kind_rows(figures["by_kind"]),
        "matrix": confusion_matrix(figures),
        "bars": reliability_bars(evaluation.reliability()),
        "curve": coverage_curve(evaluation.coverage_curve(), figures),
        "least": LEAST_ANSWERED,
        "ticks_across": even_ticks(is_across=True),
        "ticks_up": even_ticks(is_across=False),
        "misread_n": len(misread),
        "misread": _cards(misread),
        "answered_n": len(answered),
        "answered": _cards(answered),
    }


def _headlines(figures: dict[str, Any]) -> dict[str, str]:
    sure, others = figures["sure"], figures["not_digits"]
    auroc = others["auroc"]
    return {
        "n": f"{figures['n']:,}",
        "sure_n": f"{sure['n']:,}",
        "others_n": f"{others['n']:,}",
        "others_sure": percent(others["sure"]),
        "accuracy": percent(figures["accuracy"]),
        "sure_coverage": percent(sure["coverage"]),
        "sure_accuracy": percent(sure["accuracy"]),
        "ece": percent(figures["ece"]),
        "refused": percent(others["refused"]),
        "auroc": "–" if auroc is None else f"{auroc:.4f}",
    }


def _set_rows(sets: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"name": name, **_headlines(figures)} for name, figures in sets.items()]


def _kind_rows(kinds: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"name": name, "n": row["n"], "accuracy": percent(row["accuracy"])}
        for name, row in kinds.items()
    ]


def _cards(results: Sequence[Result]) -> list[Card]:
    return [_card(each) for each in results[:MOST_SHOWN]]


def _card(result: Result) -> Card:
    picture_url, glyph_urls = _pictures(result)
    answer, claim = _words(result)
    return Card(
        result.file,
        result.sample.kind,
        result.sample.label,
        answer,
        claim,
        picture_url,
        glyph_urls,
    )


def _words(result: Result) -> tuple[str, str]:
    match result.answer.outcome:
        case Outcome.BLANK:
            return "blank", "no ink was found"
        case Outcome.NOT_A_DIGIT:
            closest = f"closest: {result.answer.closest}"
            return "no digit", f"{percent(result.certainty)}; {closest}"
        case outcome:
            return result.answer.text, f"{percent(result.certainty)}, {outcome}"


def _pictures(result: Result) -> tuple[str, list[str]]:
    """Read the file once more: pictures of all samples would not fit into memory."""
    try:
        data = result.sample.read()
        picture = engine.thumbnail(data, side_px=THUMBNAIL_SIDE_PX)
        digits = engine.recognize(data).reading.digits
    except (OSError, engine.RecognizerError):
        return "", []
    glyphs = [png_data_url(engine.glyph_png(digit.glyph)) for digit in digits]
    return png_data_url(picture.data), glyphs
