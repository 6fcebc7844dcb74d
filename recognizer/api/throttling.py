"""Limits, as DRF asks for them; `services.limits` decides."""

from typing import TYPE_CHECKING

from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from recognizer.services.limits import AllowanceSpent, Scope, allowance_take
from recognizer.viewers import Payer, address_payer, payer_of

if TYPE_CHECKING:
    # It imports this module in turn, by the name in the settings.
    from rest_framework.views import APIView

    from recognizer.api.base import Api


class AllowanceThrottle(BaseThrottle):
    """Counts each request once, against the user's allowance or the address's."""

    wait_s: float | None = None

    def allow_request(self, request: Request, view: "APIView") -> bool:
        scope = scope_of(request, view)
        try:
            payer = _payer(request, scope)
        except APIException:
            # Who tries one wrong token after another is counted as well. It has to go
            # on its way: asked once more, the request would pass for an anonymous one.
            if self._is_taken(scope, address_payer(request)):
                raise
            return False
        return self._is_taken(scope, payer)

    def wait(self) -> float | None:
        return self.wait_s

    def _is_taken(self, scope: Scope, payer: Payer) -> bool:
        try:
            allowance_take(scope=scope, payer=payer)
        except AllowanceSpent as error:
            self.wait_s = error.wait_s
            return False
        return True


def scope_of(request: Request, view: "APIView | Api") -> Scope:
    """What a request is counted as; views that are not ours have no say."""
    own = getattr(view, "allowance_scope", None)
    return Scope.OTHER if own is None else own(request)


def charge(request: Request, view: "Api", *, units: int) -> None:
    """Count a request for more than the one unit that each is counted for.

    Call it outside of transactions, before the work is done.

    Args:
        units: beside the first; for ten pictures it is nine.
    Raises:
        AllowanceSpent: not now; the exception handler answers 429.
        MoreThanAllowed: never; the exception handler answers 413.
    """
    if units > 0:
        scope = scope_of(request, view)
        payer = _payer(request, scope)
        allowance_take(scope=scope, payer=payer, cost=units, beside=1)


def _payer(request: Request, scope: Scope) -> Payer:
    # A preview loads nobody's session.
    return address_payer(request) if scope == Scope.PREVIEW else payer_of(request)
