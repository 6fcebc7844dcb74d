"""One attempt to send one message: the network, and nothing of the database.

The receiver is whatever a user named. It may be slow, huge, hostile, or not out there
but within our own network.
"""

import ipaddress
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from django.conf import settings
from django.utils import timezone
from requests.adapters import HTTPAdapter
from requests_hardened.client import HTTPSession
from requests_hardened.config import Config
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from recognizer.models import ERROR_LENGTH
from recognizer.services.webhook_addresses import (
    AddressRefused,
    is_public,
    refuse_scheme,
)

CONNECT_S = 3.0
READ_S = 10.0
# Altogether, but for looking up the name: of each byte, READ_S may be waited for.
ATTEMPT_S = 15.0
ANSWER_BYTES = 2048
CONFIG = Config(
    # Its adapters take the place of ours below.
    ip_filter_enable=False,
    ip_filter_allow_loopback_ips=False,
    never_redirect=True,
    default_timeout=(CONNECT_S, READ_S),
    user_agent_override="Digitsite webhooks",
)
PRIVATE = "Its address is in a private network, where no webhook is sent."
TOO_SLOW = f"It took longer than {ATTEMPT_S:.0f} s."


@dataclass(frozen=True, slots=True)
class Answer:
    """How an attempt went.

    Attributes:
        status: of HTTP; None if there was no answer.
        error: what was answered instead of a success, or why nothing was; else "".
        retry_after_s: how long the receiver wants to be left alone.
    """

    status: int | None = None
    error: str = ""
    retry_after_s: float = 0.0

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def message_send(*, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Post a message, once; it takes ATTEMPT_S at most, and the look-up of the name."""
    try:
        refuse_scheme(url.partition(":")[0].lower())
    except AddressRefused as refused:
        return Answer(error=str(refused))
    with _cut_after(ATTEMPT_S) as cut:
        try:
            answer = _post(url, body, headers)
        except InvalidIPAddress:
            return Answer(error=PRIVATE)
        # ValueError: of names that are none, of which requests lets some through.
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            words = TOO_SLOW if cut.is_done else _words(error)
            return Answer(error=words[:ERROR_LENGTH])
        # Headers that are cut off look like all there are.
        return Answer(error=TOO_SLOW) if answer.is_taken and cut.is_done else answer


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    with _Session(CONFIG) as session:
        # From the environment come proxies, which would look up the name once more and
        # call what we did not check, and passwords out of ~/.netrc.
        session.trust_env = False
        for scheme, adapter in _adapters().items():
            session.mount(scheme, adapter)
        # Not unpacked: a little of it may become much.
        asked = {**headers, "Accept-Encoding": "identity"}
        with session.post(url, data=body, headers=asked, stream=True) as response:
            return _answer(response)


def _answer(response: requests.Response) -> Answer:
    status = response.status_code
    if 200 <= status < 300:
        return Answer(status)
    words = f"{status} {response.reason or ''}".strip()
    if response.is_redirect:
        words += ": redirects are not followed. Give the address that it leads to."
    elif text := _beginning(response):
        words += f": {text}"
    return Answer(status, _shown(words)[:ERROR_LENGTH], _retry_after_s(response))


def _beginning(response: requests.Response) -> str:
    """What the answer begins with; what cannot be read is not worth another error."""
    try:
        data = response.raw.read(ANSWER_BYTES, decode_content=False)
    except (HTTPError, OSError, ValueError):
        return ""
    return bytes(data).decode(errors="replace").strip()


def _retry_after_s(response: requests.Response) -> float:
    if response.status_code not in {429, 503}:
        return 0.0
    words = response.headers.get("Retry-After", "").strip()
    if words.isascii() and words.isdigit():
        return float(words[:10])
    try:
        until: datetime = parsedate_to_datetime(words)
    # No date, or one that no calendar holds.
    except (ValueError, OverflowError):
        return 0.0
    if until.tzinfo is None:
        return 0.0
    return max(0.0, (until - timezone.now()).total_seconds())


def _words(error: Exception) -> str:
    match error:
        case requests.ConnectTimeout():
            return f"It could not be reached within {CONNECT_S:.0f} s."
        case requests.ReadTimeout():
            return f"It did not answer within {READ_S:.0f} s."
        case requests.exceptions.SSLError():
            return "Its certificate is not valid, or it does not speak HTTPS."
        case requests.RequestException() | HTTPError() | OSError():
            return "It could not be reached, or hung up without an answer."
    return "Its address cannot be called."


def _shown(words: str) -> str:
    # PostgreSQL keeps no NUL, and nobody wants to see the others.
    return "".join(each if each.isprintable() else " " for each in words)


class _Session(HTTPSession):
    """Follows no redirect, not even in thought."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        # requests prepares for the next request also where none is to follow, and reads
        # the whole answer for that, be it endless.
        return None


class _Cut:
    """Ends a connection from another thread, however little it still has to say.

    A timeout is for one read: a receiver that sends a byte now and then could hold a
    worker for days.
    """

    def __init__(self) -> None:
        self.is_done = False
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []

    def watch(self, connected: socket.socket) -> socket.socket:
        """Returns it; TLS takes it apart, so another handle on it is kept."""
        with self._lock:
            self._sockets.append(connected.dup())
        if self.is_done:
            self._hang_up()
        return connected

    def now(self) -> None:
        self.is_done = True
        self._hang_up()

    def forget(self) -> None:
        with self._lock:
            for each in self._sockets:
                each.close()
            self._sockets.clear()

    def _hang_up(self) -> None:
        with self._lock:
            for each in self._sockets:
                try:
                    each.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # The other side was first.


# Of the attempt that goes on in this thread.
_cut: ContextVar[_Cut] = ContextVar("cut")


@contextmanager
def _cut_after(seconds: float) -> Iterator[_Cut]:
    cut = _Cut()
    _cut.set(cut)
    timer = threading.Timer(seconds, cut.now)
    timer.daemon = True
    timer.start()
    try:
        yield cut
    finally:
        timer.cancel()
        cut.forget()


class _Plain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _cut.get().watch(super()._new_conn())


class _Encrypted(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _cut.get().watch(super()._new_conn())


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = _Encrypted


class _Watched(HTTPAdapter):
    """Its connections can be cut."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _PlainPool,
            "https": _EncryptedPool,
        }


class _Guarded(IPFilterAdapter, _Watched):
    """Calls public addresses alone: those that were looked up and checked."""

    def build_connection_pool_key_attributes(
        self,
        request: requests.PreparedRequest,
        verify: bool | str,  # noqa: FBT001  (as the library calls it)
        cert: str | tuple[str, str] | None = None,
    ) -> Any:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        # It has put the address in the name's place, so that none is looked up again.
        address = ipaddress.ip_address(host["host"].strip("[]"))
        if not is_public(address):
            raise InvalidIPAddress(address)
        return host, pool


def _adapters() -> dict[str, HTTPAdapter]:
    if settings.DIGITS_WEBHOOK_PRIVATE:
        return {"https://": _Watched(), "http://": _Watched()}
    return {
        "https://": _Guarded(is_https_proto=True),
        # Refused before it comes to this.
        "http://": _Guarded(is_https_proto=False),
    }
