"""What gunicorn answers to a request that it cannot read itself.

Nobody knows then whether a person or a program asked, nor for what: it is said in the
API's one shape, which both can read.
"""

import json
from socket import socket

from gunicorn.util import write_nonblock

from recognizer.api.codes import Code

# Who sends such a thing is told what it was; of the rest, what gunicorn says is kept.
KNOWN = {
    414: (
        Code.ADDRESS_TOO_LONG,
        "The address is too long. Send less in it, or send it as a body.",
    ),
    431: (
        Code.HEADERS_TOO_LARGE,
        "The headers are too many or too large. Send fewer cookies or headers.",
    ),
}
LONGEST_WORDS = 200


def write_error(sock: socket, status_int: int, reason: str, mesg: str) -> None:
    """As gunicorn's own, and called by it, but in JSON."""
    body = _body(status_int, mesg or reason)
    head = (
        f"HTTP/1.1 {status_int} {reason}\r\n"
        f"Connection: close\r\n"
        f"Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    write_nonblock(sock, head.encode("latin-1") + body)


def _body(status: int, words: str) -> bytes:
    other = Code.BAD_REQUEST if status < Code.SERVER_ERROR.status else Code.SERVER_ERROR
    code, message = KNOWN.get(status, (other, words[:LONGEST_WORDS]))
    return json.dumps({"error": {"code": code, "message": message}}).encode("ascii")
