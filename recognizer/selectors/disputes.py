"""What stands where people disagree, or a check doubts a label, and who may decide."""

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from recognizer.models import DECIDED, Correction, Digit, Review, User, Via
from recognizer.viewers import Viewer

# What a check says of a label holds until somebody has confirmed it, or another.
SETTLING = Q(via=Via.CHECK) | Q(new_review=Review.CONFIRMED)


def last_word(*, digit: Digit) -> Correction | None:
    """What a reviewer or the check said last of this copy, and nobody took back.

    It is what an owner's word is held against, however often he speaks.
    """
    return _words().filter(digit=digit).last()


def copies_against(*, fingerprint: str, label: int) -> QuerySet[Digit]:
    """Copies of a glyph of which a reviewer said that they are something else.

    By the reviewer's label, and not by that of an owner who disputes it.
    """
    said = _words().filter(digit=OuterRef("pk")).order_by("-pk").values("new_label")
    copies = Digit.objects.filter(fingerprint=fingerprint, review__in=DECIDED)
    # Of an account that is gone nothing tells that it was a reviewer's.
    return copies.alias(said=Coalesce(Subquery(said[:1]), F("label"))).exclude(
        said=label
    )


def doubt(*, digit: Digit) -> Correction | None:
    """Why the check asks for a second person, of any copy of the glyph; or None."""
    of_copies = _standing().filter(digit__fingerprint=digit.fingerprint)
    last = of_copies.filter(SETTLING).last()
    return last if last is not None and last.via == Via.CHECK else None


def labels_upheld() -> dict[str, int]:
    """Of glyphs that the check has doubted, what was confirmed since, by fingerprint.

    What was confirmed first: a label that was changed later is a new one.
    """
    doubted = Correction.objects.filter(via=Via.CHECK).values("digit__fingerprint")
    rows = _standing().filter(SETTLING, digit__fingerprint__in=doubted)
    upheld: dict[str, int | None] = {}
    for fingerprint, via, label in rows.values_list(
        "digit__fingerprint", "via", "new_label"
    ):
        if via == Via.CHECK:
            upheld[fingerprint] = None
        elif fingerprint in upheld and upheld[fingerprint] is None:
            upheld[fingerprint] = label
    return {each: label for each, label in upheld.items() if label is not None}


def decides_alone(*, viewer: Viewer) -> bool:
    """Whether there is no other reviewer who could be the second person."""
    if viewer.user is None or not viewer.is_reviewer:
        return False
    reviewers = User.objects.filter(is_staff=True, is_active=True)
    return not reviewers.exclude(pk=viewer.user.pk).exists()


def may_decide(*, digit: Digit, viewer: Viewer) -> bool:
    """Whether a dispute about this digit would be this reviewer's to decide."""
    return decidable(Digit.objects.filter(pk=digit.pk), viewer=viewer).exists()


def decidable(digits: QuerySet[Digit], *, viewer: Viewer) -> QuerySet[Digit]:
    """Those of them that are not about this reviewer's own word.

    Of which somebody else spoke last; and of what the check doubts, if the label is
    not his, though its owner has spoken since. A reviewer who is alone decides all.
    """
    if decides_alone(viewer=viewer):
        return digits
    said = Correction.objects.filter(digit__fingerprint=OuterRef("fingerprint"))
    said = said.exclude(via=Via.CHECK).order_by("-pk")
    settling = _standing().filter(SETTLING, digit__fingerprint=OuterRef("fingerprint"))
    asked = digits.alias(
        spoke_last=Subquery(said.values("user")[:1]),
        labelled=Subquery(said.filter(user__is_staff=True).values("user")[:1]),
        settled_by=Subquery(settling.order_by("-pk").values("via")[:1]),
    )
    own = viewer.user and viewer.user.pk
    # Of a visitor's word there is no user, and of no user it is unknown who he is not.
    return asked.filter(Q(spoke_last=None) | ~Q(spoke_last=own)).filter(
        Q(settled_by=None)
        | ~Q(settled_by=Via.CHECK)
        | Q(labelled=None)
        | ~Q(labelled=own)
    )


def _words() -> QuerySet[Correction]:
    """What stands of what reviewers said, the copies that their labels reached too."""
    return _standing().filter(SETTLING | Q(user__is_staff=True))


def _standing() -> QuerySet[Correction]:
    """What was neither taken back nor takes anything back, the oldest first."""
    # Not `undoes=None`: nearly all are, and SQLite would read them all by that index.
    standing = Correction.objects.alias(undone_key=Coalesce("undoes_id", 0))
    return standing.filter(undone_key=0, undone_by=None).order_by("pk")
