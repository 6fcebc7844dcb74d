"""Pictures on their way out: as files for those who may see them, and inside pages."""

import base64

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response

from recognizer import engine
from recognizer.models import Prediction

THUMBNAIL_SIDE_PX = 160
# Named here and not taken from the upload: a browser is told only what we wrote.
MEDIA_TYPES = {"png": "image/png", "jpg": "image/jpeg"}
# The browser may keep it but must ask each time: whoever logged out, or deleted the
# picture, does not find it in the cache.
CACHE_CONTROL = "private, no-cache"
GONE = "The picture of this prediction is gone."


def picture_response(request: HttpRequest, prediction: Prediction) -> HttpResponseBase:
    """The stored picture, or 304 where the browser has it.

    Args:
        request: of somebody who may see it; that was checked before.
        prediction: whose picture it is.
    Raises:
        Http404: the file is gone.
    """
    headers = _cache_headers(str(prediction.public_id))
    extension = _extension(prediction)
    try:
        file = prediction.image.open("rb")
    except FileNotFoundError as error:
        raise Http404(GONE) from error
    if known := _known(request, headers):
        file.close()
        return known
    return FileResponse(
        file,
        content_type=MEDIA_TYPES[extension],
        filename=f"prediction-{prediction.public_id}.{extension}",
        headers=headers,
    )


def thumbnail_response(
    request: HttpRequest, prediction: Prediction
) -> HttpResponseBase:
    """The stored picture, small, or 304 where the browser has it.

    Args:
        request: of somebody who may see it; that was checked before.
        prediction: whose picture it is.
    Raises:
        Http404: the file is gone or damaged.
    """
    headers = _cache_headers(f"{prediction.public_id}-{THUMBNAIL_SIDE_PX}")
    data = picture_bytes(prediction)
    if data is None:
        raise Http404(GONE)
    if known := _known(request, headers):
        return known
    try:
        thumbnail = engine.thumbnail(data, side_px=THUMBNAIL_SIDE_PX)
    except engine.RecognizerError as error:
        raise Http404(GONE) from error
    return HttpResponse(
        thumbnail.data, content_type=thumbnail.media_type, headers=headers
    )


def picture_bytes(prediction: Prediction) -> bytes | None:
    """The stored picture's bytes, or None if the file is gone."""
    try:
        with prediction.image.open("rb") as file:
            return bytes(file.read())
    except FileNotFoundError:
        return None


def glyph_data_url(glyph: bytes | memoryview) -> str:
    """A glyph (784 bytes) as something an <img> can show without another request."""
    # Some database drivers hand out a memoryview.
    return png_data_url(engine.glyph_png(bytes(glyph)))


def png_data_url(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"


def _cache_headers(name: str) -> dict[str, str]:
    # The picture of a prediction never changes: its name is tag enough.
    return {"Cache-Control": CACHE_CONTROL, "ETag": f'"{name}"'}


def _known(request: HttpRequest, headers: dict[str, str]) -> HttpResponseBase | None:
    """The answer to a browser that has it already; None: send it."""
    known = get_conditional_response(request, etag=headers["ETag"])
    if known is not None:
        for name, value in headers.items():
            known.headers[name] = value
    return known


def _extension(prediction: Prediction) -> str:
    return str(prediction.image.name).rpartition(".")[2]
