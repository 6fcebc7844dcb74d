"""Files on their way out that are written while they are sent."""

from collections.abc import Iterator

from django.http import StreamingHttpResponse
from django.utils import timezone


def export_response(pieces: Iterator[bytes]) -> StreamingHttpResponse:
    """All that somebody keeps here, as a ZIP that a browser saves.

    It has no length: if it breaks off, the connection does, and no half is taken for
    the whole.
    """
    name = f"digitsite-{timezone.now():%Y-%m-%d}.zip"
    return StreamingHttpResponse(
        pieces,
        content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
