"""Archives sent as batches: taken, or refused."""

from recognizer.models import Batch

URL = "/api/batches/"


def send(api, data):
    return api.post(URL, data, content_type="application/zip")


def refused(response, code, media_root):
    assert response.status_code == 400, response.content
    assert response.json()["error"]["code"] == code
    assert not Batch.objects.exists()
    assert not media_root.exists()


def taken(response):
    assert response.status_code == 202, response.content
    return Batch.objects.get()
