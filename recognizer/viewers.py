"""Who is looking: a signed-in user, or a visitor known by a signed cookie."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from recognizer.addresses import address_of
from recognizer.models import User

COOKIE = "visitor"
COOKIE_SALT = "recognizer.visitor"
COOKIE_AGE_S = 400 * 24 * 60 * 60  # The longest that browsers keep one.


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose predictions may be seen. Without user and visitor: a newcomer's, none."""

    user: User | None = None
    visitor: UUID | None = None

    @property
    def is_reviewer(self) -> bool:
        """Whether all digits may be seen and labelled, and the label counts."""
        return self.user is not None and self.user.is_staff


class PayerKind(StrEnum):
    """By what the requests of one are told from those of others."""

    USER = "user"
    ADDRESS = "address"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Payer:
    """Whose allowance a request is counted against.

    A visitor is none: who leaves his cookie at home would be another one each time.
    """

    kind: PayerKind
    name: str


def payer_of(request: HttpRequest) -> Payer:
    """The signed-in user, or else the address; it may load the session."""
    if request.user.is_authenticated:
        return Payer(PayerKind.USER, str(request.user.pk))
    return address_payer(request)


def address_payer(request: HttpRequest) -> Payer:
    """The address, whoever it is: it loads nothing."""
    return Payer(PayerKind.ADDRESS, address_of(request))


def viewer_of(request: HttpRequest) -> Viewer:
    """Call this only where predictions are kept or shown: it may load the session."""
    user = request.user
    if user.is_authenticated:
        return Viewer(user=user)
    return Viewer(visitor=visitor_of(request))


def visitor_of(request: HttpRequest) -> UUID | None:
    """The visitor of this browser; None without a cookie that we signed."""
    value = request.get_signed_cookie(
        COOKIE, default=None, salt=COOKIE_SALT, max_age=COOKIE_AGE_S
    )
    return UUID(value) if value else None


def remember_visitor(
    request: HttpRequest, response: HttpResponseBase, visitor: UUID | None
) -> None:
    """Let the browser come back as the visitor for whom something was just stored."""
    if visitor is None or _comes_from_another_site(request):
        return
    response.set_signed_cookie(
        COOKIE,
        visitor.hex,
        salt=COOKIE_SALT,
        max_age=COOKIE_AGE_S,
        secure=settings.DIGITS_HTTPS,
        httponly=True,
        samesite="Lax",
    )


def _comes_from_another_site(request: HttpRequest) -> bool:
    # A form elsewhere may post here: the browser then withholds the visitor's cookie
    # but would take a new one, and his history would be out of his reach.
    return request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}
