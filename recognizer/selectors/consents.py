"""Whose pictures may teach models. It is decided here and nowhere else."""

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from recognizer.models import Digit, Source, VisitorConsent
from recognizer.viewers import Viewer


def may_train(viewer: Viewer) -> bool:
    """What he said himself, or else what holds for all who said nothing."""
    said = None
    if viewer.user is not None:
        said = viewer.user.may_train
    elif viewer.visitor is not None:
        words = VisitorConsent.objects.filter(visitor=viewer.visitor)
        said = words.values_list("may_train", flat=True).first()
    return settings.DIGITS_TRAIN_CONSENT if said is None else said


def teaching(digits: QuerySet[Digit]) -> QuerySet[Digit]:
    """Those of people who let their pictures teach, whoever labelled them.

    What somebody imported is no picture of his: he answered for it.
    """
    words = VisitorConsent.objects.filter(visitor=OuterRef("prediction__visitor"))
    if settings.DIGITS_TRAIN_CONSENT:
        refused = Q(prediction__owner__may_train=False)
        allowed = ~(refused | Q(Exists(words.filter(may_train=False))))
    else:
        agreed = Q(prediction__owner__may_train=True)
        allowed = agreed | Q(Exists(words.filter(may_train=True)))
    return digits.filter(Q(prediction__source=Source.IMPORT) | allowed)
