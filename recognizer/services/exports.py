"""All that somebody keeps here, as one ZIP that is written while it is sent."""

import json
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from typing import Any, TypeVar
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, QuerySet
from django.utils import timezone

from recognizer import selectors
from recognizer.answers import correction_data, prediction_answer, token_data
from recognizer.models import Digit, Prediction, Webhook
from recognizer.storage import StorageUnavailable
from recognizer.viewers import Viewer

Row = TypeVar("Row", bound=Model)

# So many rows, with their digits, are in memory at once.
ROWS_AT_ONCE = 200
# Smaller pieces would cost a system call each.
PIECE_BYTES = 64 * 1024
EXTENSIONS = ("png", "jpg")
README = """\
What {name} kept at this site, as of {now:%Y-%m-%d %H:%M} UTC.

account.json        the account: name, e-mail address, since when; and the
                    models that learnt from what it kept, by number
tokens.json         tokens that programs sign in with; never their secrets
predictions.ndjson  what was read: one JSON object a line, the newest first,
                    with the fields that /api/docs/ describes
corrections.ndjson  what was said of these digits, and what {name} said of
                    any digit: one JSON object a line, the oldest first;
                    "prediction" is null where it is somebody else's
batches.ndjson      what was sent at once: one JSON object a line, with the name of
                    each file, what became of it, and its prediction
webhooks.json       addresses that are told what happens, without their secrets
pictures/           the picture of each prediction, named after its "id"
missing.txt         predictions whose picture could not be read, if there are any
"""


class Pipe:
    """A file that a ZIP is written to, and whose content is taken away meanwhile."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        self._size += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing waits anywhere: `ZipFile` asks for this."""

    def close(self) -> None:
        """As above; it is never closed."""

    def taken(self, *, at_least: int) -> Iterator[bytes]:
        """What was written since, if that is worth sending."""
        if self._size < at_least:
            return
        data = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        yield data


def account_export(*, viewer: Viewer) -> Iterator[bytes]:
    """What an account, or a visitor's browser, has here; as pieces of a ZIP.

    Some hundred rows and one picture are in memory at a time. A picture that cannot
    be read is noted in the ZIP, and does not end it.
    """
    pipe = Pipe()
    with (
        ZipFile(pipe, "w", ZIP_DEFLATED) as archive,
        # If whoever gets it goes away, the entry that is open is closed first.
        closing(_entries(archive, viewer)) as steps,
    ):
        for _ in steps:
            yield from pipe.taken(at_least=PIECE_BYTES)
    yield from pipe.taken(at_least=1)


def _entries(archive: ZipFile, viewer: Viewer) -> Generator[None]:
    """Write one entry after another; between the steps, what was written may go."""
    name = viewer.user.get_username() if viewer.user else "this browser"
    archive.writestr("README.txt", README.format(name=name, now=timezone.now()))
    archive.writestr("account.json", _json(_account_data(viewer), indent=2))
    archive.writestr("tokens.json", _json(_tokens_data(viewer), indent=2))
    archive.writestr("webhooks.json", _json(_webhooks_data(viewer), indent=2))
    yield
    yield from _write_lines(archive, "predictions.ndjson", _prediction_rows(viewer))
    yield from _write_lines(archive, "corrections.ndjson", _correction_rows(viewer))
    yield from _write_lines(archive, "batches.ndjson", _batch_rows(viewer))
    yield from _write_pictures(archive, viewer)


def _write_lines(
    archive: ZipFile, name: str, rows: Iterable[dict[str, Any]]
) -> Iterator[None]:
    # Its size is not known before, and may be beyond what a ZIP of old could hold.
    with archive.open(name, "w", force_zip64=True) as entry:
        for row in rows:
            entry.write(f"{_json(row)}\n".encode())
            yield


def _write_pictures(archive: ZipFile, viewer: Viewer) -> Iterator[None]:
    missing = []
    for prediction in _predictions_in_parts(selectors.predictions_visible_to(viewer)):
        data = _picture(prediction)
        if data is None:
            missing.append(str(prediction.public_id))
            continue
        entry = ZipInfo(_picture_name(prediction), timezone.now().timetuple()[:6])
        # It is compressed already.
        archive.writestr(entry, data, ZIP_STORED)
        yield
    if missing:
        archive.writestr("missing.txt", "\n".join([*missing, ""]))


def _picture(prediction: Prediction) -> bytes | None:
    try:
        with prediction.image.open("rb") as file:
            return bytes(file.read())
    except StorageUnavailable:
        raise  # All would be noted as missing. Better it breaks off.
    except (OSError, ValueError):  # Gone, not to be read, or without a name.
        return None


def _picture_name(prediction: Prediction) -> str:
    extension = str(prediction.image.name).rpartition(".")[2]
    known = extension if extension in EXTENSIONS else "bin"
    return f"pictures/{prediction.public_id}.{known}"


def _account_data(viewer: Viewer) -> dict[str, Any]:
    user = viewer.user
    if user is None:
        return {
            "visitor": viewer.visitor,
            "models_that_learnt": _models_that_learnt(viewer),
            "may_train": selectors.may_train(viewer),
            "exported_at": timezone.now(),
        }
    return {
        "username": user.get_username(),
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "joined_at": user.date_joined,
        "last_login_at": user.last_login,
        "is_staff": user.is_staff,
        "models_that_learnt": _models_that_learnt(viewer),
        "may_train": selectors.may_train(viewer),
        "exported_at": timezone.now(),
    }


def _models_that_learnt(viewer: Viewer) -> list[int]:
    kept = selectors.predictions_visible_to(viewer)
    return list(selectors.versions_taught_by(Digit.objects.filter(prediction__in=kept)))


def _tokens_data(viewer: Viewer) -> list[dict[str, Any]]:
    if viewer.user is None:
        return []
    return [token_data(token) for token in selectors.tokens_living(user=viewer.user)]


def _prediction_rows(viewer: Viewer) -> Iterator[dict[str, Any]]:
    kept = selectors.predictions_visible_to(viewer).prefetch_related("digits")
    for row in _predictions_in_parts(kept):
        yield prediction_answer(row, row.digits.all(), is_stored=True)


def _correction_rows(viewer: Viewer) -> Iterator[dict[str, Any]]:
    rows = selectors.corrections_about(viewer).select_related("digit__prediction")
    for row in _in_parts(rows, selectors.OLDEST_FIRST):
        prediction = row.digit.prediction
        is_own = prediction.owner_id == viewer.user.pk if viewer.user else True
        yield correction_data(row, viewer) | {
            "digit": row.digit_id,
            "prediction": prediction.public_id if is_own else None,
            "via": row.via,
        }


def _webhooks_data(viewer: Viewer) -> list[dict[str, Any]]:
    if viewer.user is None:
        return []
    return [
        {
            "id": webhook.public_id,
            "url": webhook.url,
            "events": webhook.events,
            "is_active": webhook.is_active,
            "created_at": webhook.created_at,
        }
        for webhook in Webhook.objects.filter(owner=viewer.user).order_by("pk")
    ]


def _batch_rows(viewer: Viewer) -> Iterator[dict[str, Any]]:
    kept = selectors.batches_visible_to(viewer)
    for batch in _in_parts(kept, selectors.NEWEST_FIRST):
        items = batch.items.select_related("prediction").order_by("position")
        yield {
            "id": batch.public_id,
            "status": batch.status,
            "created_at": batch.created_at,
            "finished_at": batch.finished_at,
            "files": [
                {
                    "name": item.name,
                    "status": item.status,
                    "error_code": item.error_code,
                    "prediction": item.prediction and item.prediction.public_id,
                }
                for item in items
            ],
        }


def _predictions_in_parts(predictions: QuerySet[Prediction]) -> Iterator[Prediction]:
    """The newest first: in the order of an index, so that nobody else's are read."""
    return _in_parts(predictions, selectors.Ordering.NEWEST)


def _in_parts(rows: QuerySet[Row], order: selectors.Order[Row]) -> Iterator[Row]:
    return selectors.rows_in_parts(rows, order=order, size=ROWS_AT_ONCE)


def _json(data: Any, *, indent: int | None = None) -> str:
    return json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=indent)
