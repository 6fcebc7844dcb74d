import uuid
from collections.abc import Iterator

import pytest
from django.test import RequestFactory
from django.urls import clear_script_prefix, resolve, set_script_prefix

from recognizer.api.links import links_to

VIEWS = {"self": "api:prediction", "page": "web:result"}


@pytest.fixture
def below() -> Iterator[None]:
    """The site lies below another one's address."""
    set_script_prefix("/digits/")
    yield
    clear_script_prefix()


def test_links_lead_to_what_has_the_id(rf: RequestFactory):
    public_ids = [uuid.uuid4(), uuid.uuid4()]

    for public_id in public_ids:
        links = links_to(public_id, VIEWS, rf.get("/", secure=True))

        for name, link in links.items():
            found = resolve(link.removeprefix("https://testserver"))
            assert (found.view_name, found.kwargs) == (
                VIEWS[name],
                {"public_id": public_id},
            )


def test_links_begin_where_the_site_does(rf: RequestFactory, below):
    public_id = uuid.uuid4()

    links = links_to(public_id, VIEWS, rf.get("/"))

    assert links["page"] == f"http://testserver/digits/predictions/{public_id}/"


def test_links_of_another_prefix_are_looked_up_anew(rf: RequestFactory):
    links_to(uuid.uuid4(), VIEWS, rf.get("/"))
    set_script_prefix("/other/")
    try:
        links = links_to(uuid.uuid4(), VIEWS, rf.get("/"))
    finally:
        clear_script_prefix()

    assert links["self"].startswith("http://testserver/other/api/predictions/")
