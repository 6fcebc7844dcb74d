"""Which models learnt from which digits, and what of that is gone."""

from collections import defaultdict

from django.db.models import QuerySet, Sum

from recognizer.models import Digit, ForgottenGlyphs, LearntGlyph, ModelVersion


def versions_taught_by(digits: QuerySet[Digit]) -> dict[int, int]:
    """By number, how many glyphs of these a version learnt, the lowest first.

    Itself, or a version that it went on from: what that knew, it knows.
    """
    fingerprints = digits.order_by().values("fingerprint")
    rows = LearntGlyph.objects.filter(fingerprint__in=fingerprints)
    learnt: dict[int, set[str]] = defaultdict(set)
    for number, fingerprint in rows.values_list("version_id", "fingerprint"):
        learnt[number].add(fingerprint)
    if not learnt:
        return {}
    # A parent was there before its children.
    versions = ModelVersion.objects.order_by("pk").values_list("number", "parent_id")
    for number, parent in versions:
        if parent in learnt:
            learnt[number] |= learnt[parent]
    return {number: len(learnt[number]) for number in sorted(learnt)}


def glyphs_forgotten(*, version: ModelVersion) -> int:
    """How many glyphs that taught it were deleted since, or before it went on."""
    days = ForgottenGlyphs.objects.filter(version=version)
    return days.aggregate(glyphs=Sum("glyphs"))["glyphs"] or 0
