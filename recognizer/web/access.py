"""Who may open which page, and how."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods

from recognizer.viewers import viewer_of

View = Callable[..., HttpResponseBase]

# A form, and what it is sent to, at one address.
page_or_form = require_http_methods(["GET", "HEAD", "POST"])


def for_reviewers(view: View) -> View:
    """Send whoever may log in to do so; to others there is nothing here."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        viewer = viewer_of(request)
        if viewer.user is None:
            return redirect_to_login(request.get_full_path())
        if not viewer.is_reviewer:
            raise Http404("This page is for reviewers.")
        return view(request, *args, **kwargs)

    return guarded
