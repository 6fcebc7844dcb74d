"""One of the staff, signed in, who knows the site by its API alone."""

import http.client
import json
import secrets
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

TIMEOUT_S = 60.0
JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"


class UnexpectedStatus(Exception):
    """The site did not answer as it must; what follows would mean nothing."""


@dataclass(slots=True)
class Client:
    """A session with the site; from `signed_in`."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Any:
        return self._json("GET", path, b"", JSON_TYPE)

    def post(self, path: str, **given: Any) -> Any:
        """Give the answer's JSON; None where it has none."""
        return self._json("POST", path, json.dumps(given).encode(), JSON_TYPE)

    def post_picture(self, path: str, picture: bytes) -> Any:
        boundary = secrets.token_hex(8)
        body = (
            f"--{boundary}\r\n"
            'Content-Disposition: form-data; name="image"; filename="digit"\r\n\r\n'
        ).encode()
        body += picture + f"\r\n--{boundary}--\r\n".encode()
        return self._json(
            "POST", path, body, f"multipart/form-data; boundary={boundary}"
        )

    def post_archive(self, path: str, archive: bytes) -> Any:
        return self._json("POST", path, archive, "application/zip")

    def sign_in(self, name: str, password: str) -> None:
        """Do what the page for it does, as there is no other way in for programs."""
        self._send("GET", "/accounts/login/", b"", FORM_TYPE)
        form = {
            "username": name,
            "password": password,
            "csrfmiddlewaretoken": self.cookies["csrftoken"],
        }
        status, _ = self._send(
            "POST", "/accounts/login/", urlencode(form).encode(), FORM_TYPE
        )
        if status != http.client.FOUND:
            raise UnexpectedStatus(f"Expected to be signed in. Received: {status}")

    def _json(self, method: str, path: str, body: bytes, kind: str) -> Any:
        status, content = self._send(method, path, body, kind)
        if status >= http.client.MULTIPLE_CHOICES:
            raise UnexpectedStatus(f"{method} {path}: {status} {content[:500]!r}")
        return json.loads(content) if content else None

    def _send(
        self, method: str, path: str, body: bytes, kind: str
    ) -> tuple[int, bytes]:
        headers = {
            "Accept": JSON_TYPE,
            "Content-Type": kind,
            "Cookie": "; ".join("=".join(pair) for pair in self.cookies.items()),
            "X-CSRFToken": self.cookies.get("csrftoken", ""),
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, TIMEOUT_S)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            for line in answer.headers.get_all("Set-Cookie", []):
                self.cookies |= {
                    name: morsel.value for name, morsel in SimpleCookie(line).items()
                }
            return answer.status, answer.read()
        finally:
            connection.close()
