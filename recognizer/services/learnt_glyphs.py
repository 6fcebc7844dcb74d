"""Keeping what a model learnt from, so that whoever deletes it is told."""

from collections.abc import Iterable

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from recognizer import selectors
from recognizer.engine import LabelledGlyphs
from recognizer.models import (
    Digit,
    ForgottenGlyphs,
    LearntGlyph,
    ModelVersion,
    glyph_fingerprint,
)

# As many as SQLite takes in one query.
CHUNK = 500


def learnt_glyphs_record(*, version: ModelVersion, labelled: LabelledGlyphs) -> None:
    """Keep what taught a new version, in the transaction that makes it.

    What the versions taught that it went on from stands there. What was deleted while
    it learnt is counted as forgotten at once, and so is what they had forgotten.
    """
    glyphs, _ = labelled.training
    taught = {glyph_fingerprint(glyph.tobytes()) for glyph in glyphs}
    before = selectors.model_version_ancestors(version=version)
    known = LearntGlyph.objects.filter(version__in=[each.number for each in before])
    new = taught - set(known.values_list("fingerprint", flat=True))
    kept = _kept(new)
    LearntGlyph.objects.bulk_create(
        (LearntGlyph(version=version, fingerprint=each) for each in sorted(kept)),
        batch_size=CHUNK,
    )
    parent = version.parent
    inherited = selectors.glyphs_forgotten(version=parent) if parent else 0
    _forgotten_add({version.number: inherited + len(new - kept)})


def learnt_glyphs_forget(*, digits: QuerySet[Digit]) -> list[int]:
    """Before digits are deleted, note which versions learnt from them; their numbers.

    In the transaction that deletes them. Nothing says whose they were.
    """
    taught = selectors.versions_taught_by(digits)
    if not taught:
        return []
    _forgotten_add(taught)
    others = Digit.objects.filter(fingerprint=OuterRef("fingerprint"))
    others = others.exclude(pk__in=digits.order_by().values("pk"))
    LearntGlyph.objects.filter(
        ~Exists(others), fingerprint__in=digits.order_by().values("fingerprint")
    ).delete()
    return list(taught)


def _kept(fingerprints: Iterable[str]) -> set[str]:
    """Those of which there is a digit."""
    wanted, kept = sorted(fingerprints), set[str]()
    for begin in range(0, len(wanted), CHUNK):
        rows = Digit.objects.filter(fingerprint__in=wanted[begin : begin + CHUNK])
        kept.update(rows.values_list("fingerprint", flat=True))
    return kept


def _forgotten_add(glyphs: dict[int, int]) -> None:
    """Count by version and day, so that no row tells of one person."""
    today = timezone.now().date()
    for number, count in glyphs.items():
        if not count:
            continue
        row, is_new = ForgottenGlyphs.objects.get_or_create(
            version_id=number, day=today, defaults={"glyphs": count}
        )
        if not is_new:
            rows = ForgottenGlyphs.objects.filter(pk=row.pk)
            rows.update(glyphs=F("glyphs") + count)
