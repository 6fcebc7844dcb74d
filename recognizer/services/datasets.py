"""Labelled digits from elsewhere."""

from dataclasses import dataclass
from pathlib import Path

from recognizer import engine, selectors
from recognizer.models import Digit, User, Via, glyph_fingerprint
from recognizer.services.corrections import correction_record
from recognizer.services.predictions import prediction_import
from recognizer.viewers import Viewer


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import.

    Attributes:
        new: glyphs that were not there.
        known: glyphs that were; they got the label if no reviewer had given one.
        contradicted: of these, those to which a reviewer had given another label. They
            are left as they were: whoever sent the files did not see that label.
    """

    new: int
    known: int
    contradicted: int


def dataset_import(*, folder: Path, reviewer: User) -> Imported:
    """Take over glyphs and labels that another site or program wrote.

    Doing it again changes nothing, so an import that was cut short is simply repeated.

    Args:
        folder: with a set in one of the engine's FORMS.
        reviewer: who answers for the labels, and whose the new predictions are.
    Raises:
        engine.RecognizerError: there is no set, or a file of it is damaged.
    """
    viewer = Viewer(user=reviewer)
    new = known = contradicted = 0
    for glyph, label in zip(*engine.import_labelled(folder), strict=True):
        fingerprint = glyph_fingerprint(glyph.tobytes())
        digit = Digit.objects.filter(fingerprint=fingerprint).first()
        if digit is None:
            digit = prediction_import(glyph=glyph, viewer=viewer)
            new += 1
        else:
            known += 1
        against = selectors.copies_against(fingerprint=fingerprint, label=int(label))
        if against.exists():
            contradicted += 1
            continue
        correction_record(digit=digit, label=int(label), viewer=viewer, via=Via.IMPORT)
    return Imported(new, known, contradicted)
