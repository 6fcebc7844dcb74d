"""Who sees which predictions, and histories in parts."""

import base64
import binascii
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from recognizer.models import Prediction
from recognizer.viewers import Viewer


class InvalidCursor(ValueError):
    """A cursor that none of our pages handed out."""


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a history, newest first, and the cursors of the parts beside it."""

    predictions: list[Prediction]
    older: str | None
    newer: str | None


def predictions_visible_to(viewer: Viewer) -> QuerySet[Prediction]:
    if viewer.user is not None:
        return Prediction.objects.filter(owner=viewer.user)
    if viewer.visitor is not None:
        return Prediction.objects.filter(visitor=viewer.visitor)
    return Prediction.objects.none()


def prediction_get(*, viewer: Viewer, public_id: UUID) -> Prediction:
    """One prediction with its digits.

    Raises:
        Prediction.DoesNotExist: there is none, or it is somebody else's.
    """
    visible = predictions_visible_to(viewer)
    return visible.prefetch_related("digits").get(public_id=public_id)


def prediction_page(
    *,
    viewer: Viewer,
    size: int,
    before: str | None = None,
    after: str | None = None,
    with_corrections: bool = False,
) -> Page:
    """The newest `size` predictions, or those before (older) or after a cursor.

    By keyset: deep pages cost no more than the first, and none shifts while new
    predictions arrive.

    Raises:
        InvalidCursor: the cursor is not one of ours.
    """
    visible = predictions_visible_to(viewer)
    related = "digits__corrections" if with_corrections else "digits"
    if after:
        following = visible.filter(pk__gt=_cursor_decode(after)).order_by("pk")
        rows = list(following.prefetch_related(related)[:size])[::-1]
    else:
        preceding = visible.filter(pk__lt=_cursor_decode(before)) if before else visible
        rows = list(preceding.order_by("-pk").prefetch_related(related)[:size])
    if not rows:
        return Page(predictions=[], older=None, newer=None)
    has_older = visible.filter(pk__lt=rows[-1].pk).exists()
    has_newer = visible.filter(pk__gt=rows[0].pk).exists()
    return Page(
        predictions=rows,
        older=_cursor_encode(rows[-1].pk) if has_older else None,
        newer=_cursor_encode(rows[0].pk) if has_newer else None,
    )


def _cursor_encode(pk: int) -> str:
    return base64.urlsafe_b64encode(str(pk).encode()).decode().rstrip("=")


def _cursor_decode(cursor: str) -> int:
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        pk = int(base64.urlsafe_b64decode(padded.encode("ascii")))
    except (binascii.Error, ValueError) as error:
        raise InvalidCursor(cursor) from error
    if not 0 <= pk < 2**63:
        raise InvalidCursor(cursor)
    return pk
