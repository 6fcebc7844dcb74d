"""What every test stands on: folders of its own, and an engine that only pretends."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.core import signing
from django.core.files.storage import storages
from django.test import Client, override_settings
from rest_framework.test import APIClient

from recognizer import engine, viewers
from recognizer.engine import reading
from recognizer.models import User
from recognizer.services.allowance_leases import leases
from tests.factories import make_image, make_reading, make_user


@pytest.fixture(autouse=True, scope="session")
def static_files_without_collecting(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """Let templates name static files without `collectstatic` having been run."""
    with override_settings(
        STATIC_ROOT=tmp_path_factory.mktemp("static"),
        STORAGES={
            "default": {"BACKEND": "recognizer.storage.disk.DiskStorage"},
            "staticfiles": {
                "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
            },
        },
    ):
        yield


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[None]:
    """Hashing that is slow on purpose would make every log-in cost half a second."""
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(PASSWORD_HASHERS=hashers):
        yield


@pytest.fixture(autouse=True, scope="session")
def nobody_is_limited() -> Iterator[None]:
    """All tests come from one address: together they would be too many.

    Off, and not generous: a preview that is counted needs the database, which tests of
    previews do without. Whoever tests limits asks for `narrow`.
    """
    with override_settings(DIGITS_THROTTLE=False):
        yield


@pytest.fixture
def narrow(db: None, settings: Any) -> Iterator[Any]:
    """Limits are on, and narrow; the settings, to set them to others."""
    leases.clear()
    settings.DIGITS_THROTTLE = True
    settings.DIGITS_RATE_ANONYMOUS = (3, 60 * 60)
    settings.DIGITS_RATE_USER = (5, 60 * 60)
    settings.DIGITS_RATE_PREVIEW = (4, 60 * 60)
    settings.DIGITS_RATE_LOGIN = (2, 60 * 60)
    yield settings
    leases.clear()


@pytest.fixture(autouse=True)
def media_root(tmp_path: Path) -> Iterator[Path]:
    """An empty MEDIA_ROOT of the test's own."""
    folder = tmp_path / "media"
    with override_settings(MEDIA_ROOT=folder):
        yield folder


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of a server that speaks S3; it and boto3 take a second to load."""
    from tests import buckets

    with buckets.s3_server() as address:
        yield address


@pytest.fixture
def s3(s3_server: str) -> Iterator[Any]:
    """An empty folder of a bucket, where all files of the test are kept."""
    from tests import buckets

    with override_settings(STORAGES=settings.STORAGES | {"default": buckets.entry()}):
        # Each test would make a client of its own, for some tenths of a second.
        storages["default"]._connected = buckets.connection()
        yield storages["default"]


@pytest.fixture(autouse=True)
def files_in_a_bucket(request: pytest.FixtureRequest) -> None:
    """Where DIGITS_STORAGE is set, keep files there; not if a test looks for them."""
    if settings.DIGITS_STORAGE and not _asks_for(request.function, "media_root"):
        request.getfixturevalue("s3")


@pytest.fixture
def tasks_in_database() -> Iterator[None]:
    """For those who look what waits there, also where REDIS_URL is set."""
    backend = {
        "BACKEND": "django_tasks_db.DatabaseBackend",
        "QUEUES": ["default", "training"],
    }
    with override_settings(TASKS={"default": backend}):
        yield


def _asks_for(test: Callable[..., Any], fixture: str) -> bool:
    return fixture in inspect.signature(test).parameters


@dataclass
class StubEngine:
    """Answers what a test wants, and remembers what it was asked."""

    reading: engine.Reading = field(default_factory=make_reading)
    version: engine.LiveVersion = field(
        default_factory=lambda: engine.LiveVersion(number=1, preprocessing_version=1)
    )
    error: engine.RecognizerError | None = None
    asked: list[bytes] = field(default_factory=list)

    def recognize(
        self, data: bytes, *, with_picture: bool = False
    ) -> engine.Recognition:
        self.asked.append(data)
        if self.error is not None:
            raise self.error
        return engine.Recognition(self.reading, self.version, took_ms=1.5)

    def recognize_many(
        self, images: Sequence[bytes], *, with_picture: bool = False
    ) -> list[engine.Recognition | engine.RecognizerError]:
        """Of each image what `recognize` says; no model can read where it is 503."""
        results: list[engine.Recognition | engine.RecognizerError] = []
        for data in images:
            try:
                results.append(self.recognize(data, with_picture=with_picture))
            except engine.RecognizerError as error:
                if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
                    raise
                results.append(error)
        return results

    def explain_steps(self, data: bytes, glyph: bytes) -> tuple[engine.Step, ...]:
        return (engine.Step(name="ink", caption="The ink alone.", png=make_image()),)


@pytest.fixture
def stub_engine(monkeypatch: pytest.MonkeyPatch) -> StubEngine:
    stub = StubEngine()
    monkeypatch.setattr(engine, "explain_steps", stub.explain_steps)
    # Pages and programs look it up in the one, an evaluation in the other.
    for room in (engine, reading):
        monkeypatch.setattr(room, "recognize", stub.recognize)
        monkeypatch.setattr(room, "recognize_many", stub.recognize_many)
    return stub


@pytest.fixture(autouse=True)
def labels_beyond_doubt(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Have the check before training find nothing, for which it would load Keras.

    Slow tests train, and check, with the real thing.
    """
    if request.node.get_closest_marker("slow") is None:
        monkeypatch.setattr(engine, "contradictions", lambda *_, **__: [])


@pytest.fixture
def api() -> APIClient:
    """A program without a cookie, as strict about CSRF as a browser."""
    return APIClient(enforce_csrf_checks=True)


@pytest.fixture
def visitor(client: Client, api: APIClient) -> UUID:
    """Both clients are this visitor's browser."""
    known = uuid4()
    signed = signing.get_cookie_signer(salt=viewers.COOKIE + viewers.COOKIE_SALT)
    for browser in (client, api):
        browser.cookies[viewers.COOKIE] = signed.sign(known.hex)
    return known


@pytest.fixture
def alice(db: None) -> User:
    return make_user("alice")


@pytest.fixture
def bob(db: None) -> User:
    return make_user("bob")


@pytest.fixture
def rita(db: None) -> viewers.Viewer:
    """A reviewer."""
    return viewers.Viewer(user=make_user("rita", is_staff=True))


@pytest.fixture
def sven(db: None) -> viewers.Viewer:
    """Another reviewer."""
    return viewers.Viewer(user=make_user("sven", is_staff=True))
