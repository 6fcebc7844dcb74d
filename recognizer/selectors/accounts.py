"""What an account, or a visitor's browser, has here."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone

from recognizer.models import ApiToken, Correction, User, Webhook
from recognizer.selectors.batches import batches_visible_to
from recognizer.selectors.predictions import predictions_visible_to
from recognizer.viewers import Viewer


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much would be gone with an account, and how much would stay.

    Attributes:
        predictions: with their pictures, digits, and all that was said of them.
        batches: with what still waits in them.
        tokens: that programs sign in with.
        webhooks: with what they were told.
        labels_elsewhere: given to the digits of others; they stay, without a name.
    """

    predictions: int
    batches: int
    tokens: int
    webhooks: int
    labels_elsewhere: int


def tokens_living(*, user: User) -> QuerySet[ApiToken]:
    """Those that a program could sign in with, the oldest first."""
    return ApiToken.objects.filter(user=user, expiry__gt=timezone.now())


def holdings_of(viewer: Viewer) -> Holdings:
    predictions = predictions_visible_to(viewer).count()
    batches = batches_visible_to(viewer).count()
    if viewer.user is None:
        return Holdings(predictions, batches, tokens=0, webhooks=0, labels_elsewhere=0)
    # What is nobody's is said of others' digits, too, and is null.
    is_own = Q(digit__prediction__owner=viewer.user)
    given = Correction.objects.filter(user=viewer.user)
    return Holdings(
        predictions,
        batches,
        tokens=tokens_living(user=viewer.user).count(),
        webhooks=Webhook.objects.filter(owner=viewer.user).count(),
        labels_elsewhere=given.count() - given.filter(is_own).count(),
    )


def corrections_about(viewer: Viewer) -> QuerySet[Correction]:
    """What he said anywhere, and what was said of his digits; the oldest first."""
    if viewer.user is not None:
        said = Q(user=viewer.user) | Q(digit__prediction__owner=viewer.user)
    elif viewer.visitor is not None:
        said = Q(visitor=viewer.visitor) | Q(digit__prediction__visitor=viewer.visitor)
    else:
        return Correction.objects.none()
    return Correction.objects.filter(said).order_by("pk")


def is_last_superuser(*, user: User) -> bool:
    """Whether nobody would be left who may do everything."""
    if not (user.is_superuser and user.is_active):
        return False
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    return not others.exists()
