"""Labels that contradict each other, or what a model learnt from all the others.

They are shown to a second person before they train or measure anything.
"""

from pathlib import Path
from typing import Any

from recognizer import engine, selectors
from recognizer.models import Digit, ModelVersion, Reason, Review, glyph_fingerprint
from recognizer.services.corrections import label_doubt


def labels_check(*, version: ModelVersion, mnist: Path | None = None) -> int:
    """Dispute what looks wrong among the confirmed labels; says of how many glyphs.

    Those that are held out as well: a wrong one would judge wrongly. What somebody has
    confirmed after a check is not doubted again.

    Args:
        version: the model that is to be taught.
        mnist: the folder with MNIST; fetched if None.
    Raises:
        engine.RecognizerError: a file is missing or damaged.
    """
    labelled = selectors.labelled_glyphs()
    if not len(labelled):
        return 0
    prints = [glyph_fingerprint(glyph.tobytes()) for glyph in labelled.glyphs]
    upheld = selectors.labels_upheld()
    count = 0
    for doubt in engine.contradictions(version, labelled, mnist=mnist):
        fingerprint = prints[doubt.index]
        label = int(labelled.labels[doubt.index])
        if upheld.get(fingerprint) != label:
            reason = _reason(doubt, labelled, prints)
            count += label_doubt(fingerprint=fingerprint, label=label, reason=reason)
    return count


def _reason(
    doubt: engine.Contradiction, labelled: engine.LabelledGlyphs, prints: list[str]
) -> dict[str, Any]:
    if doubt.other is None:
        return {"kind": Reason.REJECTED, "answer": doubt.answer}
    copies = selectors.teaching(Digit.objects.filter(fingerprint=prints[doubt.other]))
    # It may be disputed by now, for this very one.
    shown = copies.exclude(review=Review.UNREVIEWED).order_by("pk").first()
    return {
        "kind": Reason.ALIKE,
        "digit": shown and shown.pk,
        "label": int(labelled.labels[doubt.other]),
    }
