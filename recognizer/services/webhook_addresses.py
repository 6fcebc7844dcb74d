"""Which addresses may be named for a webhook, and which may be called.

What a name stands for is known for certain only when it is called, and checked then.
What is said of the address itself lets people know at once.
"""

import ipaddress
import re
import socket
from urllib.parse import urlsplit

import requests
from django.conf import settings

from recognizer.models import URL_LENGTH

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

NOT_AN_ADDRESS = "This is no address. Give one such as https://example.org/digits."
# What Chrome and curl make of these is not what Python makes of them.
AMBIGUOUS = re.compile(r"[\s\\\x00-\x1f\x7f]")
OUR_OWN_NAMES = ("localhost", "local", "internal")


class AddressRefused(Exception):
    """A webhook may not have this address; the message says why."""


def refuse_address(url: str) -> None:
    """Make sure that a webhook may have this address, as far as it can be seen.

    Raises:
        AddressRefused: it cannot be called, or may not be.
    """
    if len(url) > URL_LENGTH:
        raise AddressRefused(f"Give an address of {URL_LENGTH} characters at most.")
    if AMBIGUOUS.search(url):
        raise AddressRefused(NOT_AN_ADDRESS)
    scheme, host = _scheme_and_host(url)
    refuse_scheme(scheme)
    if not settings.DIGITS_WEBHOOK_PRIVATE and _is_obviously_private(host):
        raise AddressRefused(
            f"{host} is in a private network, where no webhook is sent. Give an "
            "address that can be reached from the internet."
        )


def refuse_scheme(scheme: str) -> None:
    """Make sure that it is https; http will do inside one's own network.

    Raises:
        AddressRefused: it is neither.
    """
    schemes = ("https", "http") if settings.DIGITS_WEBHOOK_PRIVATE else ("https",)
    if scheme not in schemes:
        wanted = " or ".join(f"{each}://" for each in schemes)
        raise AddressRefused(f"Give an address that begins with {wanted}.")


def is_public(address: Address) -> bool:
    """Whether it is one that anybody in the internet may call.

    Some that lead back into a host count as global: IPv4 in the lowest or in translated
    IPv6 (reserved), and IPv6's old site-local ones.
    """
    return (
        address.is_global
        and not (address.is_reserved or address.is_multicast)
        and not getattr(address, "is_site_local", False)
    )


def _scheme_and_host(url: str) -> tuple[str, str]:
    """As the library reads it that will call it.

    Raises:
        AddressRefused: it cannot, or there is more in it than may be.
    """
    request = requests.PreparedRequest()
    try:
        request.prepare_url(url, None)
        parts = urlsplit(str(request.url))
        host, user = parts.hostname, parts.username or parts.password
    except (requests.RequestException, ValueError) as error:
        raise AddressRefused(NOT_AN_ADDRESS) from error
    if not host or not parts.scheme:
        raise AddressRefused(NOT_AN_ADDRESS)
    if user is not None:
        raise AddressRefused(
            "Leave user name and password out of the address: the signature says who "
            "sends."
        )
    return parts.scheme, host


def _is_obviously_private(host: str) -> bool:
    name = host.rstrip(".")
    if name.rpartition(".")[2] in OUR_OWN_NAMES:
        return True
    address = _literal(name)
    return address is not None and not is_public(address)


def _literal(host: str) -> Address | None:
    """The address that a host is by itself, also as 2130706433, 0x7f.1 or 127.1."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host))
        except (OSError, UnicodeError):
            return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address
