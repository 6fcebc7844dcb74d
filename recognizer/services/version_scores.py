"""What each version answers to what is kept, to report what a candidate changes."""

import logging
from collections.abc import Callable

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from recognizer import engine
from recognizer.models import Digit, ModelVersion, Review, VersionScore

logger = logging.getLogger(__name__)

# Of what has no confirmed label the newest are enough to see what would change.
OTHERS_SCORED = 5000
# Rows a query: 784 bytes each to read, and some 10 ms to write, during which others
# that write to SQLite wait.
CHUNK = 1000
DECIMALS = 6


def version_score(
    *,
    version: ModelVersion,
    on_scored: Callable[[int], None] = lambda _done: None,
) -> int:
    """Have a version answer what is kept and it has not answered; says how many.

    All digits with a confirmed label, and the newest OTHERS_SCORED others. Doing it
    again adds what came meanwhile. The glyphs are read outside of transactions, and
    each chunk is kept by one of its own, so nobody waits long.

    Args:
        version: live or not.
        on_scored: told how many are done, chunk by chunk.
    Raises:
        engine.RecognizerError: its files are missing or damaged.
    """
    reader: engine.GlyphReader | None = None
    done = 0
    for digits in (_confirmed(), _newest_others()):
        last = 0
        while rows := _unscored(digits, version, after=last):
            # Not before it is needed: loading costs more than finding nothing to do.
            reader = reader or engine.glyph_reader(version)
            last = rows[-1][0]
            done += _score(rows, version, reader)
            on_scored(done)
    return done


def version_and_parent_score(*, version: ModelVersion) -> None:
    """Score a version and the one it went on from, so that the two can be compared.

    A failure is only logged: a report must not lose the training that it is about.
    `manage.py rescore` makes up for it.
    """
    try:
        version_score(version=version)
        if version.parent is not None:
            version_score(version=version.parent)
    except Exception:
        # Whatever it is, a locked database or a damaged parent: the training stands.
        logger.exception("%s was not held against what is kept", version)


def _confirmed() -> QuerySet[Digit]:
    # Said although it follows from the review: the index on labels knows only these.
    return Digit.objects.filter(review=Review.CONFIRMED, label__isnull=False)


def _newest_others() -> QuerySet[Digit]:
    others = Digit.objects.exclude(review=Review.CONFIRMED)
    keys = list(others.order_by("-pk").values_list("pk", flat=True)[:OTHERS_SCORED])
    return others.filter(pk__gte=keys[-1]) if keys else others.none()


def _unscored(
    digits: QuerySet[Digit], version: ModelVersion, *, after: int
) -> list[tuple[int, bytes]]:
    scores = VersionScore.objects.filter(version=version, digit=OuterRef("pk"))
    rows = digits.filter(~Exists(scores), pk__gt=after).order_by("pk")
    return [(pk, bytes(glyph)) for pk, glyph in rows.values_list("pk", "glyph")[:CHUNK]]


def _score(
    rows: list[tuple[int, bytes]], version: ModelVersion, reader: engine.GlyphReader
) -> int:
    found = reader.answers([glyph for _, glyph in rows])
    answers = {pk: answer for (pk, _), answer in zip(rows, found, strict=True)}
    with transaction.atomic():
        # Some may have been deleted since; those that are left stay until this is kept.
        left = Digit.objects.filter(pk__in=answers).select_for_update()
        scores = [
            VersionScore(
                version=version,
                digit_id=pk,
                answer=answers[pk].answer,
                confidence=round(answers[pk].confidence, DECIMALS),
            )
            for pk in left.order_by("pk").values_list("pk", flat=True)
        ]
        # Another process may be at the same; it comes to the same answers.
        VersionScore.objects.bulk_create(scores, ignore_conflicts=True)
    return len(scores)
