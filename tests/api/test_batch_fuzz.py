"""Whatever is sent as an archive: it is taken, or refused in words."""

import zipfile

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from recognizer.models import Batch
from tests.archives import make_zip, read_all
from tests.factories import make_image

URL = "/api/batches/"
# Half a character, or nothing, cannot be written into an archive.
NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    min_size=1,
    max_size=40,
)
DATA = st.binary(max_size=300) | st.just(make_image()) | st.just(bytes(3000))
METHODS = st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])


@st.composite
def archives(draw):
    """A real archive in which some bytes are other ones, or missing."""
    members = draw(st.lists(st.tuples(NAMES, DATA), max_size=5))
    data = bytearray(make_zip(members, compression=draw(METHODS)))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(data) - 1))
        data[at] = draw(st.integers(0, 255))
    begin = draw(st.integers(0, 3))
    end = draw(st.integers(max(0, len(data) - 40), len(data)) | st.just(len(data)))
    return bytes(data[begin:end] if draw(st.booleans()) else data)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)
@given(data=archives() | st.binary(min_size=1, max_size=400))
@example(data=b"PK\x05\x06" + b"\xff" * 18)
@example(data=b"PK\x05\x06" + b"\0" * 18)
def test_no_archive_is_an_error_of_ours(db, stub_engine, data):
    api = APIClient()
    with transaction.atomic():
        response = api.post(URL, data, content_type="application/zip")

        assert response.status_code == 202 or 400 <= response.status_code < 500
        if response.status_code == 202:
            batch = read_all(Batch.objects.get())
            assert batch.status == "finished"
        else:
            assert set(response.json()["error"]) == {"code", "message"}
            assert not Batch.objects.exists()
        transaction.set_rollback(True)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    head=st.binary(max_size=60),
    body=st.binary(max_size=200),
    tail=st.sampled_from([b"\r\n--b--\r\n", b"\r\n--b", b""]),
)
def test_no_form_is_an_error_of_ours(db, head, body, tail):
    start = b'--b\r\nContent-Disposition: form-data; name="files"; filename="'
    data = start + head + b'"\r\n\r\n' + body + tail
    with transaction.atomic():
        response = APIClient().post(
            URL, data, content_type="multipart/form-data; boundary=b"
        )

        assert response.status_code == 202 or 400 <= response.status_code < 500
        transaction.set_rollback(True)
