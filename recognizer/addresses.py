"""From which address a request comes."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

# Of a request through a unix socket, which has none.
NO_ADDRESS = "local"
# A household or a phone has at least so much of IPv6 to itself, and may send each
# request from another address of it.
IPV6_PREFIX = 64
LONGEST_ENTRY = 64


def address_of(request: HttpRequest) -> str:
    """The address of whoever sent it, or the network where that is one's own (IPv6).

    Each proxy in front adds to `X-Forwarded-For`, at its right end, whom it was asked
    by. Only so many entries are believed as there are proxies of ours
    (`DIGITS_PROXIES`), and none beyond one that is no address: the rest was written by
    whoever asked.
    """
    address = _parse(request.META.get("REMOTE_ADDR", ""))
    proxies = settings.DIGITS_PROXIES
    if proxies > 0:
        entries = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        for entry in entries[: -proxies - 1 : -1]:
            parsed = _parse(entry)
            if parsed is None:
                break
            address = parsed
    return NO_ADDRESS if address is None else _network(address)


def _parse(entry: str) -> IPv4Address | IPv6Address | None:
    """An address; some proxies write its port behind it."""
    entry = entry.strip()
    if len(entry) > LONGEST_ENTRY:
        return None
    if entry.startswith("["):
        entry = entry[1:].partition("]")[0]
    elif entry.count(":") == 1:
        entry = entry.partition(":")[0]
    try:
        return ip_address(entry)
    except ValueError:
        return None


def _network(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), IPV6_PREFIX), strict=False))
