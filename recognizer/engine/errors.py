"""The one error that the engine raises, made of all that `ml` raises."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from ml.errors import ImageError, ImageTooLarge, MlError, UnsupportedImage


class RecognizerError(Exception):
    """A picture could not be read, or no model could read it.

    Attributes:
        code: stable, for programs.
        status: the HTTP status that says the same.
    """

    def __init__(self, message: str, *, code: str, status: HTTPStatus) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@contextmanager
def ml_errors() -> Iterator[None]:
    """Within, an MlError becomes a RecognizerError."""
    try:
        yield
    except MlError as error:
        raise as_recognizer_error(error) from error


def as_recognizer_error(error: MlError) -> RecognizerError:
    return RecognizerError(str(error), code=error.code, status=_status_of(error))


def _status_of(error: MlError) -> HTTPStatus:
    if isinstance(error, ImageTooLarge):
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    if isinstance(error, UnsupportedImage):
        return HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    if isinstance(error, ImageError):
        return HTTPStatus.BAD_REQUEST
    return HTTPStatus.SERVICE_UNAVAILABLE
