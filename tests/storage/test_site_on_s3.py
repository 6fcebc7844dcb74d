"""Pictures and batches in a bucket, as people and programs meet them."""

import io
import zipfile
from http import HTTPStatus

import pytest
from django.core.files.storage import storages
from django.test import override_settings

from digitsite.storages import parse_storage
from recognizer.models import Batch, Prediction
from recognizer.services import batch_claims
from recognizer.services.batch_reading import batch_read
from recognizer.services.exports import account_export
from recognizer.storage import StorageUnavailable
from recognizer.viewers import Viewer
from tests.archives import make_batch, read_all, statuses
from tests.factories import make_image, make_prediction, make_upload

pytestmark = pytest.mark.usefixtures("db", "stub_engine")


def keys(storage) -> list[str]:
    """Everything in the test's folder, by name."""
    listing = storage.connection.meta.client.list_objects_v2(
        Bucket=storage.bucket_name, Prefix=f"{storage.location}/"
    )
    names = [each["Key"] for each in listing.get("Contents", ())]
    return [name.removeprefix(f"{storage.location}/") for name in names]


def test_a_picture_is_kept_shown_and_deleted(
    s3, client, visitor, django_capture_on_commit_callbacks
):
    client.post("/upload/", {"image": make_upload()})
    prediction = Prediction.objects.get()
    assert keys(s3) == [prediction.image.name]

    shown = client.get(f"{prediction.get_absolute_url()}image/")
    small = client.get(prediction.thumbnail_url)

    assert b"".join(shown.streaming_content) == make_image()
    assert shown["Content-Length"] == str(len(make_image()))
    assert small.status_code == HTTPStatus.OK
    with django_capture_on_commit_callbacks(execute=True):
        client.delete(f"/api/predictions/{prediction.public_id}/")
    assert keys(s3) == []


def test_only_those_who_may_see_a_picture_are_sent_it(s3, client, alice):
    prediction = make_prediction(owner=alice)

    assert (
        client.get(f"{prediction.get_absolute_url()}image/").status_code
        == HTTPStatus.NOT_FOUND
    )


def test_a_batch_is_read_from_the_bucket_to_its_end(s3, stub_engine, monkeypatch):
    monkeypatch.setattr(batch_claims, "CHUNK_FILES", 2)
    files = [(f"{at}.png", make_image(width=60 + at)) for at in range(5)]
    batch = make_batch(*files)
    assert [name.partition("/")[0] for name in keys(s3)] == ["batches"]

    read_all(batch)

    assert stub_engine.asked == [data for _, data in files]
    assert {status for _, status, _ in statuses(batch)} == {"read"}
    assert sum(name.startswith("predictions/") for name in keys(s3)) == 5


def test_an_export_holds_the_pictures_of_the_bucket(s3, alice):
    prediction = make_prediction(owner=alice)

    data = b"".join(account_export(viewer=Viewer(user=alice)))

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        name = f"pictures/{prediction.public_id}.png"
        assert archive.read(name) == make_image()


def test_a_deleted_account_leaves_nothing_in_the_bucket(
    s3, alice, django_capture_on_commit_callbacks
):
    make_prediction(owner=alice)
    make_batch(viewer=Viewer(user=alice))
    assert len(keys(s3)) == 2

    with django_capture_on_commit_callbacks(execute=True):
        alice.delete()

    assert keys(s3) == []


def bucket_is_gone() -> override_settings:
    entry = {"default": parse_storage("s3://gone")}
    return override_settings(STORAGES=storages.backends | entry)


@pytest.fixture
def gone(s3):
    """The bucket is there no more."""
    with bucket_is_gone():
        yield


def test_a_page_says_that_the_pictures_are_out_of_reach(client, visitor, gone, caplog):
    response = client.post("/upload/", {"image": make_upload()})

    assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert b"Out of reach for a moment" in response.content
    assert response["Retry-After"] == "5"
    assert "NoSuchBucket" in caplog.text
    assert not Prediction.objects.exists()


def test_a_program_is_told_so_in_the_one_shape(api, visitor, gone, caplog):
    response = api.post("/api/predictions/", {"image": make_upload()})

    assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert response.json()["error"]["code"] == "unavailable"
    assert "pictures" in response.json()["error"]["message"]
    assert response["Retry-After"] == "5"


def test_a_batch_waits_until_the_bucket_is_back(s3):
    batch = make_batch()
    with bucket_is_gone():
        for _ in range(5):
            assert not batch_read(key=batch.pk)

    read_all(batch)

    assert batch.status == Batch.Status.FINISHED
    assert {status for _, status, _ in statuses(batch)} == {"read"}


def test_an_export_breaks_off_where_no_picture_can_be_read(alice, gone):
    with override_settings(
        STORAGES={"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    ):
        make_prediction(owner=alice)

    with pytest.raises(StorageUnavailable):
        list(account_export(viewer=Viewer(user=alice)))
