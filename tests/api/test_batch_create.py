"""Sending many files at once, and what is not taken."""

import errno
import io
from unittest.mock import patch

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django_tasks_db.models import DBTaskResult

from recognizer import engine, viewers
from recognizer.models import Batch, BatchItem, Source
from recognizer.services.batches import batch_cancel
from tests.archives import make_batch, make_zip
from tests.factories import make_image, make_upload

pytestmark = pytest.mark.usefixtures("tasks_in_database")

URL = "/api/batches/"


def post(api, *files, url=URL, **more):
    return api.post(url, {"files": list(files), **more}, format="multipart")


def post_zip(api, data, content_type="application/zip"):
    return api.post(URL, data, content_type=content_type)


def names():
    return list(BatchItem.objects.values_list("name", flat=True))


def refused(response, status, code):
    assert response.status_code == status, response.content
    assert response.json()["error"]["code"] == code
    assert response.json()["error"]["message"]
    assert not Batch.objects.exists()
    assert not DBTaskResult.objects.exists()


def test_many_files_are_taken_and_the_answer_says_where(db, api):
    response = post(api, make_upload(name="a.png"), make_upload(name="b.png"))

    assert response.status_code == 202
    batch = Batch.objects.get()
    body = response.json()
    assert response["Location"] == body["links"]["self"]
    assert response["Location"].endswith(f"/api/batches/{batch.public_id}/")
    assert (body["status"], body["total"], body["waiting"]) == ("queued", 2, 2)
    assert names() == ["a.png", "b.png"]
    assert batch.source == Source.API


def test_the_bytes_are_kept_as_they_came(db, api):
    first, second = make_image(), make_image(width=90)

    post(api, make_upload(first), make_upload(second))

    with Batch.objects.get().file.open("rb") as kept:
        assert kept.read() == first + second


def test_the_worker_is_told_and_so_are_two_looks(db, api):
    post(api, make_upload())

    tasks = DBTaskResult.objects.values_list("task_path", "queue_name", "args_kwargs")
    batch = Batch.objects.get()
    assert sorted(
        (path.rpartition(".")[2], each["args"]) for path, _, each in tasks
    ) == [
        ("read_batch", [batch.pk]),
        ("watch_batch", [batch.pk, 1]),
        ("watch_batch", [batch.pk, 2]),
    ]
    assert {queue for _, queue, _ in tasks} == {"default"}


def test_an_archive_is_taken_by_its_field(db, api):
    archive = SimpleUploadedFile("scans", make_zip())

    response = api.post(URL, {"archive": archive}, format="multipart")

    assert response.status_code == 202
    assert names() == ["a.png", "b.png"]


def test_an_archive_is_known_by_its_name_and_files_come_beside_it(db, api):
    response = post(
        api,
        make_upload(name="first.png"),
        SimpleUploadedFile("Scans.ZIP", make_zip()),
        make_upload(name="last.png"),
    )

    assert response.status_code == 202
    assert names() == ["first.png", "a.png", "b.png", "last.png"]


@pytest.mark.parametrize(
    "content_type", ["application/zip", "application/x-zip-compressed"]
)
def test_an_archive_may_be_the_body_itself(db, api, content_type):
    response = post_zip(api, make_zip(), content_type)

    assert response.status_code == 202
    assert names() == ["a.png", "b.png"]


def test_a_newcomer_finds_his_batch_again(db, api):
    response = post(api, make_upload())

    assert viewers.COOKIE in response.cookies
    assert api.get(response["Location"]).status_code == 200


def test_a_signed_in_user_owns_his_batch(alice, api):
    api.force_authenticate(alice)

    response = post(api, make_upload())

    batch = Batch.objects.get()
    assert (batch.owner, batch.visitor) == (alice, None)
    assert viewers.COOKIE not in response.cookies


def test_a_signed_in_browser_needs_its_csrf_token(alice, api):
    api.force_login(alice)

    response = post(api, make_upload())

    refused(response, 403, "permission_denied")


@pytest.mark.parametrize("form", ["multipart", "zip"])
def test_a_signed_in_browser_with_its_csrf_token_is_served(alice, api, form):
    """Whoever looks for the token takes the form apart, before the view does."""
    api.force_login(alice)
    token = "a" * 32
    api.cookies["csrftoken"] = token
    api.credentials(HTTP_X_CSRFTOKEN=token)

    response = (
        post(api, make_upload(name="a.png"), make_upload(name="b.png"))
        if form == "multipart"
        else post_zip(api, make_zip())
    )

    assert response.status_code == 202, response.content
    assert names() == ["a.png", "b.png"]
    assert Batch.objects.get().owner == alice


def test_more_files_than_forms_usually_hold_are_taken(db, api, settings):
    files = [make_upload(name=f"{at}.png") for at in range(100)]

    response = post(api, *files)

    assert response.status_code == 202
    assert settings.DATA_UPLOAD_MAX_NUMBER_FILES < 100
    assert names() == [f"{at}.png" for at in range(100)]


@pytest.mark.parametrize("content_type", ["application/zip", "multipart"])
def test_nothing_sent_is_no_batch(db, api, content_type):
    if content_type == "multipart":
        response = api.post(URL, {"files": ""}, format="multipart")
    else:
        response = post_zip(api, b"")

    refused(response, 400, "no_files")


def test_a_body_of_another_kind_is_not_taken(db, api):
    refused(api.post(URL, {"files": []}, format="json"), 415, "unsupported_media_type")


def test_a_body_over_the_limit_is_not_even_read(db, api, settings):
    settings.MAX_BATCH_BODY_BYTES = 10

    refused(post(api, make_upload()), 413, "batch_too_large")


def test_a_batch_may_be_larger_than_a_picture(db, api, settings):
    settings.MAX_BODY_BYTES = 10

    assert post(api, make_upload()).status_code == 202


def test_other_addresses_keep_their_limit(db, api, settings):
    settings.MAX_BODY_BYTES = 10

    response = api.post(
        "/api/predictions/", {"image": make_upload()}, format="multipart"
    )

    assert response.status_code == 413


def test_too_many_files_are_refused(db, api, settings):
    settings.MAX_BATCH_FILES = 2

    response = post(api, *(make_upload() for _ in range(3)))

    refused(response, 413, "too_many_files")


def test_too_many_files_in_an_archive_are_refused(db, api, settings):
    settings.MAX_BATCH_FILES = 2

    response = post_zip(api, make_zip((f"{at}.png", b"x") for at in range(3)))

    refused(response, 413, "too_many_files")


def test_folders_count_too_where_there_are_very_many(db, api, settings):
    settings.MAX_BATCH_FILES = 2

    response = post_zip(api, make_zip((f"{at}/", b"") for at in range(9)))

    refused(response, 413, "too_many_files")


def test_the_folders_of_all_archives_count_together(db, api, settings):
    settings.MAX_BATCH_FILES = 2
    folders = make_zip((f"{at}/", b"") for at in range(5))
    archives = [SimpleUploadedFile(f"{at}.zip", folders) for at in range(2)]

    response = post(api, *archives)

    refused(response, 413, "too_many_files")


def test_files_that_unpack_to_too_much_are_refused(db, api, settings):
    settings.MAX_BATCH_BYTES = 2 * len(make_image()) - 1

    refused(post_zip(api, make_zip()), 413, "batch_too_large")


def test_a_file_that_is_too_large_is_named_and_the_others_are_taken(db, api, settings):
    settings.MAX_IMAGE_BYTES = len(make_image())

    response = post(
        api,
        make_upload(name="a.png"),
        make_upload(make_image() + b"x", name="large.png"),
        make_upload(name="b.png"),
    )

    assert (response.json()["waiting"], response.json()["failed"]) == (2, 1)
    large = BatchItem.objects.get(status="failed")
    assert (large.name, large.error_code) == ("large.png", "image_too_large")


def test_nothing_but_files_that_are_too_large_is_refused(db, api, settings):
    settings.MAX_IMAGE_BYTES = 10

    refused(post(api, make_upload()), 413, "image_too_large")


FORM = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nx'


@pytest.mark.parametrize(
    ("content_type", "data"),
    [
        ("application/zip", make_zip()),
        ("multipart/form-data; boundary=b", FORM),
    ],
)
def test_a_body_that_is_cut_short_is_refused(db, api, content_type, data):
    environ = {"wsgi.input": io.BytesIO(data), "CONTENT_LENGTH": str(len(data) + 1)}

    response = api.generic("POST", URL, content_type=content_type, **environ)

    refused(response, 400, "parse_error")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_said_and_leaves_nothing(db, api, media_root, number):
    def half_written(_storage, name, content):
        path = media_root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
        raise OSError(number, "No space left on device")

    with patch.object(FileSystemStorage, "_save", half_written):
        response = post(api, make_upload())

    refused(response, 507, "storage_full")
    assert [path for path in media_root.rglob("*") if path.is_file()] == []


def test_a_disk_that_fills_while_the_files_arrive_is_said(db, api, monkeypatch):
    class Full:
        def write(self, _data):
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self):
            pass

    monkeypatch.setattr("tempfile.TemporaryFile", Full)

    refused(post(api, make_upload()), 507, "storage_full")


def test_a_failed_transaction_leaves_no_file(db, api, media_root, monkeypatch):
    monkeypatch.setattr("recognizer.tasks._enqueue_read", lambda batch: 1 / 0)
    api.raise_request_exception = False

    response = post(api, make_upload())

    assert response.status_code == 500
    assert not Batch.objects.exists()
    assert [path for path in media_root.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd.png", "passwd.png"),
        ("C:\\scans\\7.png", "7.png"),
        ("a\x07b.png", "ab.png"),
        ("..", ".."),
        ("é.png", "é.png"),
        ("=cmd|.png", "=cmd|.png"),
        ("n" * 300 + ".png", "…" + "n" * 250 + ".png"),
    ],
)
def test_a_name_is_only_ever_a_label(db, api, media_root, sent, shown):
    body = (
        b'--b\r\nContent-Disposition: form-data; name="files"; filename="'
        + sent.replace("\\", "\\\\").encode()
        + b'"\r\n\r\n'
        + make_image()
        + b"\r\n--b--\r\n"
    )

    response = api.post(URL, body, content_type="multipart/form-data; boundary=b")

    assert response.status_code == 202
    assert names() == [shown]
    assert [path.parent.name for path in media_root.rglob("*.bin")] == ["batches"]


def test_an_eleventh_batch_waits_until_one_has_ended(alice, bob, api, media_root):
    waiting = [make_batch(viewer=viewers.Viewer(user=alice)) for _ in range(10)]
    api.force_authenticate(alice)

    response = post(api, make_upload())

    assert response.status_code == 409
    error = response.json()["error"]
    assert error["code"] == "too_many_batches"
    assert "You have 10 batches that are not read yet" in error["message"]
    assert Batch.objects.count() == 10
    assert len(list(media_root.rglob("*.bin"))) == 10
    batch_cancel(batch=waiting[0])
    assert post(api, make_upload()).status_code == 202
    api.force_authenticate(bob)
    assert post(api, make_upload()).status_code == 202


def test_a_visitor_has_no_more_batches_waiting_than_a_user(db, api, visitor):
    for _ in range(10):
        make_batch(viewer=viewers.Viewer(visitor=visitor))

    response = post(api, make_upload())

    assert response.status_code == 409
    # Who is nobody yet has none.
    del api.cookies[viewers.COOKIE]
    assert post(api, make_upload()).status_code == 202


def test_nothing_is_read_while_somebody_waits(db, api, monkeypatch):
    monkeypatch.setattr(engine, "recognize", lambda *_, **__: 1 / 0)

    assert post(api, make_upload()).status_code == 202
