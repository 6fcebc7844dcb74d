"""What people say of their pictures: whether these may teach models."""

import uuid

from recognizer.models import User, VisitorConsent
from recognizer.viewers import Viewer


def consent_record(*, viewer: Viewer, may_train: bool) -> Viewer:
    """Keep what somebody said; the next training goes by it, and the queue at once.

    Returns:
        The viewer, who is a visitor from now on if he was nobody yet.
    """
    if viewer.user is not None:
        viewer.user.may_train = may_train
        viewer.user.save(update_fields=["may_train"])
        return viewer
    visitor = viewer.visitor or uuid.uuid4()
    VisitorConsent.objects.update_or_create(
        visitor=visitor, defaults={"may_train": may_train}
    )
    return Viewer(visitor=visitor)


def consent_adopt(*, visitor: uuid.UUID, user: User) -> None:
    """Have the account say what the browser said, if it has said nothing itself.

    A "no" holds against an account's "yes" as well: the pictures that come along were
    kept under it, and he may say "yes" again.
    """
    words = VisitorConsent.objects.filter(visitor=visitor)
    said = words.values_list("may_train", flat=True).first()
    if said is None:
        return
    if user.may_train is None or not said:
        user.may_train = said
        user.save(update_fields=["may_train"])
    words.delete()


def consent_forget(*, visitor: uuid.UUID) -> None:
    """With all that the browser kept, what it said goes, too."""
    VisitorConsent.objects.filter(visitor=visitor).delete()
