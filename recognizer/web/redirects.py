"""Where a browser goes after a form."""

from django.http.response import HttpResponseRedirectBase


class SeeOther(HttpResponseRedirectBase):
    """After a form: the browser gets the result, and going back sends nothing twice."""

    status_code = 303
