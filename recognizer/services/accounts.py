"""Accounts: how they begin, and how they end."""

from collections.abc import Iterator

from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from recognizer import selectors
from recognizer.models import Correction, Digit, Prediction, User
from recognizer.services.batches import batch_delete
from recognizer.services.consents import consent_forget
from recognizer.services.kept_answers import kept_answers_forget
from recognizer.services.learnt_glyphs import learnt_glyphs_forget
from recognizer.services.limits import login_give_back, login_take
from recognizer.services.logins import login_failed
from recognizer.services.predictions import predictions_delete
from recognizer.viewers import Viewer

# So many predictions, with their digits and labels, go in one transaction: others wait
# for it, on SQLite all that write.
PREDICTIONS_AT_ONCE = 100
NAME_OF_NOBODY = "deleted account"
LAST_SUPERUSER = (
    "This is the last account that may do everything here. Make another superuser "
    "first, then delete this one."
)


class UsernameTaken(Exception):
    """Somebody else was first; the message says so."""


class LastSuperuser(Exception):
    """Nobody would be left to run the site; the message says so."""


def account_create(*, username: str, password: str) -> User:
    """Make an account without any rights.

    Raises:
        UsernameTaken: since it was looked up, somebody else has taken the name.
    """
    try:
        with transaction.atomic():
            return User.objects.create_user(username, password=password)
    except IntegrityError as error:
        raise UsernameTaken("A user with that username already exists.") from error


def password_confirm(*, user: User, password: str, address: str) -> bool:
    """Whether it is the password of whoever is signed in already.

    Wrong ones count as at the log-in: whoever finds a token, or a browser left open,
    is not to guess on.

    Args:
        address: as `address_of` has it.
    Raises:
        AllowanceSpent: too many were wrong; the password is not looked at.
    """
    name = user.get_username()
    login_take(address=address, name=name)
    if not user.check_password(password):
        login_failed(address=address, name=name)
        return False
    login_give_back(address=address, name=name)
    return True


def account_delete(*, viewer: Viewer) -> list[int]:
    """Delete an account, or what a visitor's browser kept, and all that belongs to it.

    Batches go first, then predictions, some at a time, each with its digits, labels and
    picture. The account goes last: if this is interrupted, it can be asked for again.

    What was said of others' digits stays, without a name.

    Returns:
        The numbers of the versions that learnt from one of the digits, in order.
    Raises:
        LastSuperuser: nobody else could run the site; nothing is deleted.
    """
    if viewer.user is not None:
        _refuse_the_last_superuser(viewer.user)
    # Before what was read of them: nothing more is.
    for batch in selectors.batches_visible_to(viewer):
        batch_delete(batch=batch)
    taught: set[int] = set()
    for keys in _chunks_of_predictions(viewer):
        taught.update(predictions_delete(keys=keys).taught)
    kept_answers_forget(viewer=viewer)
    if viewer.user is not None:
        taught.update(_delete_user(viewer.user))
        _end_sessions(viewer.user)
    elif viewer.visitor is not None:
        # Most went with his digits; none is to name him.
        Correction.objects.filter(visitor=viewer.visitor).update(visitor=None)
        consent_forget(visitor=viewer.visitor)
    return sorted(taught)


def _chunks_of_predictions(viewer: Viewer) -> Iterator[list[int]]:
    """Those that are there by now: a busy program might store as fast as these go."""
    # Anybody's: his own newest by key would be looked for among all there are.
    newest = Prediction.objects.order_by("-pk").values_list("pk", flat=True).first()
    if newest is None:
        return
    # In the order of an index, so that nobody else's are read; what comes meanwhile
    # is at its end.
    kept = selectors.predictions_visible_to(viewer).filter(pk__lte=newest)
    oldest_first = kept.order_by("created_at", "pk").values_list("pk", flat=True)
    while keys := list(oldest_first[:PREDICTIONS_AT_ONCE]):
        yield keys


def _lock_digits(digits: QuerySet[Digit]) -> None:
    """Whoever labels or scores one of them now waits, and then finds nothing."""
    # In the order in which labelling locks copies of a glyph.
    list(digits.order_by("pk").select_for_update().values_list("pk"))


def _delete_user(user: User) -> list[int]:
    """With tokens, claims, and what he stored meanwhile; says what learnt from that."""
    with transaction.atomic():
        # Before the account, as whoever labels one has it by now, and needs that next.
        digits = Digit.objects.filter(prediction__owner=user)
        _lock_digits(digits)
        # Of the last two superusers who go at once, one waits and is refused. Whoever
        # stores something for him meanwhile waits, and then finds no account.
        locked = User.objects.filter(Q(is_superuser=True) | Q(pk=user.pk))
        list(locked.order_by("pk").select_for_update().values_list("pk"))
        _refuse_the_last_superuser(user)
        # What others did to his account in the administration names it.
        about = LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(User),
            object_id=str(user.pk),
        )
        about.update(object_repr=NAME_OF_NOBODY)
        taught = learnt_glyphs_forget(digits=digits)
        # By its key: of a row that is deleted Django takes the key away.
        User.objects.filter(pk=user.pk).delete()
    return taught


def _refuse_the_last_superuser(user: User) -> None:
    if selectors.is_last_superuser(user=user):
        raise LastSuperuser(LAST_SUPERUSER)


def _end_sessions(user: User) -> None:
    """Nobody can use them without the account: this leaves nothing behind of it."""
    living = Session.objects.filter(expire_date__gt=timezone.now())
    ended = [
        session.session_key
        for session in living.iterator()
        if session.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
    Session.objects.filter(session_key__in=ended).delete()
