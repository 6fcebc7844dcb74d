import io
import zipfile

import pytest
from django.core.management import call_command

from ml.exchange import FORMS
from recognizer.services.corrections import correction_record
from recognizer.viewers import Viewer
from tests.factories import make_labelled, make_user

URL = "/api/dataset/"


@pytest.fixture
def reviewer(db, api) -> Viewer:
    """Signed in."""
    user = make_user(is_staff=True)
    api.force_authenticate(user)
    return Viewer(user=user)


@pytest.fixture
def labelled(reviewer):
    return make_labelled(20, reviewer=reviewer)


def content_of(response) -> bytes:
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def files_in(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("form", FORMS)
def test_it_holds_the_files_that_the_command_writes(api, labelled, tmp_path, form):
    folder = tmp_path / "set"
    call_command("dataset", "export", str(folder), "--format", form)

    files = files_in(content_of(api.get(URL, {"form": form})))

    assert files == {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_pictures_are_the_usual_form(api, labelled):
    response = api.get(URL)

    assert response["Content-Type"] == "application/zip"
    assert 'filename="digits-png-' in response["Content-Disposition"]
    assert all(name.endswith(".png") for name in files_in(content_of(response)))


@pytest.mark.parametrize("form", FORMS)
def test_the_same_labels_give_the_same_bytes(api, labelled, monkeypatch, form):
    first = content_of(api.get(URL, {"form": form}))
    monkeypatch.setattr("time.time", lambda: 1e9)

    again = content_of(api.get(URL, {"form": form}))

    assert again == first


def test_it_is_not_sent_again_while_no_label_has_changed(api, labelled):
    etag = api.get(URL)["ETag"]

    response = api.get(URL, headers={"If-None-Match": etag})

    assert response.status_code == 304
    assert response["ETag"] == etag
    assert response.content == b""


def test_it_is_sent_again_once_a_label_has_changed(api, labelled, reviewer):
    etag = api.get(URL)["ETag"]
    correction_record(digit=labelled[0], label=8, viewer=reviewer)

    response = api.get(URL, headers={"If-None-Match": etag})

    assert response.status_code == 200
    assert response["ETag"] != etag


def test_another_form_is_another_file(api, labelled):
    etag = api.get(URL, {"form": "png"})["ETag"]

    response = api.get(URL, {"form": "csv"}, headers={"If-None-Match": etag})

    assert response.status_code == 200


def test_without_a_confirmed_label_there_is_nothing(api, reviewer):
    response = api.get(URL)

    assert response.status_code == 409
    assert response.json()["error"]["code"] == "nothing_to_export"


def test_a_form_that_is_none_is_refused(api, labelled):
    response = api.get(URL, {"form": "zip"})

    assert response.status_code == 400
    assert list(response.json()["error"]["fields"]) == ["form"]


def test_owners_of_labelled_digits_get_none_of_it(api, labelled, alice):
    api.force_authenticate(alice)

    response = api.get(URL)

    assert response.status_code == 403


def test_nothing_is_left_on_the_disk(api, labelled, tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))

    response = api.get(URL)
    content_of(response)
    response.close()

    assert list(scratch.iterdir()) == []
