"""Sites of their own, on the kind of database that the tests run on."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.faults.serving import Served, postgresql, serving
from tests.recognizer.processes import Site


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with SQLite's database as the migrations leave it, made once."""
    site = Site(tmp_path_factory.mktemp("migrated"))
    assert site.process("manage.py", "migrate", "--verbosity=0").wait(120) == 0
    return site.folder


@pytest.fixture
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    if connection.vendor != "postgresql":
        folder = tmp_path / "site"
        shutil.copytree(request.getfixturevalue("migrated"), folder)
        yield Site(folder)
        return
    with postgresql(connection.settings_dict) as url:
        site = Site(tmp_path, database_url=url)
        assert site.process("manage.py", "migrate", "--verbosity=0").wait(120) == 0
        yield site


@pytest.fixture
def served(site: Site) -> Iterator[Served]:
    """The site with two processes that answer."""
    with serving(site) as running:
        yield running
