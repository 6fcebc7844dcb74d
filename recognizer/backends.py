"""Who somebody is who says a name and a password."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from recognizer.addresses import address_of
from recognizer.models import User
from recognizer.services.limits import login_give_back, login_take
from recognizer.services.logins import login_failed


class LimitedBackend(ModelBackend):
    """Django's, which looks at so many wrong passwords and no more.

    Here and not in a view: the log-in page, the administration's own, and programs that
    send name and password all come through here. `AllowanceSpent` goes through to
    whoever answers.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        if request is None or username is None or password is None:
            # Asked by a command or a test, or by somebody else's backend.
            return super().authenticate(request, username, password, **kwargs)
        address = address_of(request)
        login_take(address=address, name=username)
        user = super().authenticate(request, username, password, **kwargs)
        if user is None:
            login_failed(address=address, name=username)
        else:
            login_give_back(address=address, name=username)
        return user
