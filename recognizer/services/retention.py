"""Letting go of what has been kept for long enough."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from recognizer.models import ACTIVE_BATCH, Batch, Digit, Prediction
from recognizer.services.batches import batch_delete
from recognizer.services.predictions import predictions_delete

# With their digits, labels and scores in one transaction: others wait for it.
PREDICTIONS_AT_ONCE = 100


def predictions_old(*, before: datetime, with_labelled: bool) -> QuerySet[Prediction]:
    """Those that were kept before, but for what people said something about."""
    old = Prediction.objects.filter(created_at__lt=before)
    if with_labelled:
        return old
    labelled = Digit.objects.filter(prediction=OuterRef("pk"), label__isnull=False)
    return old.exclude(Exists(labelled))


def predictions_expire(*, before: datetime, with_labelled: bool) -> int:
    """Delete those, some at a time; says how many went.

    What somebody labels just then stays, unless those with a label go as well.
    """
    old = predictions_old(before=before, with_labelled=with_labelled)
    keys_in_order = old.order_by("pk").values_list("pk", flat=True)
    removed = last = 0
    # Each from where the last one ended: what stays is not looked at again.
    while keys := list(keys_in_order.filter(pk__gt=last)[:PREDICTIONS_AT_ONCE]):
        gone = predictions_delete(keys=keys, but_labelled=not with_labelled)
        removed += gone.predictions
        last = keys[-1]
    return removed


def batches_old(*, before: datetime) -> QuerySet[Batch]:
    """Those that ended before."""
    ended = Batch.objects.exclude(status__in=ACTIVE_BATCH)
    return ended.filter(finished_at__lt=before)


def batches_expire(*, before: datetime) -> int:
    """Delete those, with the names of their files; what was read of them stays."""
    removed = 0
    for batch in batches_old(before=before).order_by("pk"):
        batch_delete(batch=batch)
        removed += 1
    return removed
