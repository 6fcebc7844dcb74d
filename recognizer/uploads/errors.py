"""Why what was sent is not taken, as a whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from recognizer.storage import is_full_disk


class UploadRefused(Exception):
    """Nothing of what was sent is kept; the message says why.

    Attributes:
        code: stable, for programs.
        status: the HTTP status that says the same.
    """

    def __init__(
        self, message: str, *, code: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@contextmanager
def refuse_full_disk() -> Iterator[None]:
    """Within, that the disk is full becomes an UploadRefused."""
    try:
        yield
    except OSError as error:
        if not is_full_disk(error):
            raise
        raise UploadRefused(
            "There is no room left to keep these files. Nothing was kept. Send them "
            "again later, or fewer at once.",
            code="storage_full",
            status=HTTPStatus.INSUFFICIENT_STORAGE,
        ) from error


def unreadable(why: str) -> UploadRefused:
    """The refusal of an archive that is damaged, cut short, or none."""
    return UploadRefused(
        f"This ZIP cannot be read: {why}. Pack it again, or send the files themselves.",
        code="unreadable_archive",
    )


def unsafe(why: str) -> UploadRefused:
    """The refusal of an archive that no packing program makes for a good reason."""
    return UploadRefused(
        f"This ZIP is not safe to open: {why}. Nothing of it was kept. Pack the files "
        f"anew, under plain names.",
        code="unsafe_archive",
    )


def too_many(limit: int) -> UploadRefused:
    return UploadRefused(
        f"These are more than {limit:,} files. Send them in several batches.",
        code="too_many_files",
        status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    )
