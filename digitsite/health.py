"""Whether this process lives, and whether it can serve: for balancers and watchdogs.

Answered before anything else looks at the request. Who asks knows none of the site's
names, speaks no HTTPS, and has no account.
"""

import logging
from collections.abc import Iterable
from http import HTTPStatus

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from recognizer.health.findings import Finding, State
from recognizer.health.looking import look_at
from recognizer.health.readiness import READINESS

logger = logging.getLogger(__name__)

# For all that is looked at together; who asks gives up soon after.
LIMIT_S = 2.0


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """This process lives: it asks nobody else."""
    return JsonResponse({"state": State.OK})


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """What the site needs to serve, and how each of it is; 503 where any has failed."""
    findings = look_at(READINESS, limit_s=LIMIT_S)
    _log_changes(findings)
    is_ready = all(each.state != State.FAILED for each in findings)
    body = {
        "state": State.OK if is_ready else State.FAILED,
        # Without the hints: these are for those who run the site.
        "checks": {
            each.name: {"state": each.state, "message": each.message}
            for each in findings
        },
    }
    status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse(body, status=status)


def _log_changes(findings: Iterable[Finding]) -> None:
    """Tell those who run the site why; not again as long as it stays so."""
    for each in findings:
        before = _last_states.get(each.name, State.OK)
        if each.state != before:
            level = logging.ERROR if each.state == State.FAILED else logging.WARNING
            words = (each.name, each.state, before, each.message, each.hint)
            logger.log(level, "%s is %s, and was %s: %s %s", *words)
        _last_states[each.name] = each.state


_last_states: dict[str, State] = {}
VIEWS = {"/healthz": healthz, "/readyz": readyz}
