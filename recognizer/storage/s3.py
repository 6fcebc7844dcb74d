"""Files in a bucket that speaks S3. Imported only where one is configured.

boto3 takes 31 MB and half a second, which a site on a local disk does not spend.
"""

import posixpath
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import IO, Any, Self, cast

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
)
from django.core.files.base import File
from django.utils.deconstruct import deconstructible
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

from recognizer.storage import StorageUnavailable
from recognizer.storage.ranges import Piece, RangedFile

# Whoever waits for a page waits for this: that the bucket is gone is said after 5 s.
# Batches are tried again by themselves, the rest by whoever asked.
CLIENT = Config(
    connect_timeout=2,  # s
    read_timeout=10,  # s, for each piece that comes
    retries={"mode": "standard", "total_max_attempts": 2},
    tcp_keepalive=True,
)
# Who deletes 100 pictures just then does not wait for each.
GONE_FOR_S = 2.0
# What is asked for without its content ("404") is not said to lack the bucket, too.
NOT_THERE = {"NoSuchKey", "404"}


@deconstructible
class PrivateS3Storage(S3Storage):
    """Files under names that nobody can guess, in a bucket nobody is sent to.

    No address of a file is ever handed out: views send the files to those who may see
    them. Names are chosen at random and used once, so none is looked up before it is
    written. A file is written by one request: there whole or not at all.
    """

    def __init__(self, **options: Any) -> None:
        fixed = {"client_config": CLIENT, "querystring_auth": False}
        super().__init__(**fixed | options)
        self._connecting = threading.Lock()
        self._connected: Any = None
        self._gone_until = 0.0

    @property
    def connection(self) -> Any:
        """One for all threads: its client may be shared, and takes 50 ms to make."""
        with self._connecting:
            if self._connected is None:
                self._connected = super().connection
            return self._connected

    @property
    def _client(self) -> Any:
        return self.connection.meta.client

    def url(self, name: str | None, *_args: Any, **_options: Any) -> str:
        raise NotImplementedError(
            f"Expected a view to send {name}. Received: a wish for its address, which "
            "is given to nobody."
        )

    def piece(self, name: str, start: int, size: int) -> Piece:
        """Some of a file's bytes, and how many it has; nothing beyond its end.

        Raises:
            FileNotFoundError: there is no such file.
            StorageUnavailable: nobody can tell.
        """
        asked = f"bytes={start}-{start + size - 1}"
        with self._as_files_do(name):
            try:
                answer = self._client.get_object(**self._place(name), Range=asked)
                data = answer["Body"].read()
            except ClientError as error:
                if _status(error) != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                    raise
                return Piece(b"", start)  # An empty file has no range at all.
        _, _, file_size = answer["ContentRange"].rpartition("/")
        return Piece(data, int(file_size))

    def delete(self, name: str) -> None:
        with self._as_files_do(name):
            self._client.delete_object(**self._place(name))

    def exists(self, name: str) -> bool:
        try:
            self._head(name)
        except FileNotFoundError:
            return False
        return True

    def size(self, name: str) -> int:
        return int(self._head(name)["ContentLength"])

    def get_modified_time(self, name: str) -> datetime:
        modified: datetime = self._head(name)["LastModified"]
        return modified

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        with self._as_files_do(path):
            folders, files = super().listdir(path)
            return folders, files

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        if mode != "rb":
            raise ValueError(f"Expected mode 'rb'. Received: {mode!r}")
        return S3File(self, name)

    def _save(self, name: str, content: File[Any]) -> str:
        content.seek(0)
        with self._as_files_do(name):
            self._client.put_object(
                **self._place(name),
                **self._get_write_parameters(name, content),
                Body=content.file,
            )
        return posixpath.normpath(name)

    def _head(self, name: str) -> dict[str, Any]:
        with self._as_files_do(name):
            head: dict[str, Any] = self._client.head_object(**self._place(name))
            return head

    @contextmanager
    def _as_files_do(self, name: str) -> Iterator[None]:
        """Within, what goes wrong is an OSError as of a file on a disk."""
        if time.monotonic() < self._gone_until:
            raise StorageUnavailable(f"{name}: the bucket did not answer just now")
        try:
            yield
        except ClientError as error:
            if error.response["Error"]["Code"] in NOT_THERE:
                raise FileNotFoundError(f"There is no file {name}.") from error
            raise StorageUnavailable(f"{name}: {error}") from error
        except BotoCoreError as error:
            if isinstance(error, EndpointConnectionError | ConnectTimeoutError):
                self._gone_until = time.monotonic() + GONE_FOR_S
            raise StorageUnavailable(f"{name}: {error}") from error

    def _place(self, name: str) -> dict[str, str]:
        key = self._normalize_name(clean_name(name))
        return {"Bucket": self.bucket_name, "Key": key}


class S3File(File[bytes]):
    """An open file of the bucket; opened once more, it is read from its beginning."""

    def __init__(self, storage: PrivateS3Storage, name: str) -> None:
        self._storage = storage
        self.mode = "rb"
        super().__init__(self._fetched(name), name)

    def open(self, mode: str | None = None, *_args: Any, **_options: Any) -> Self:
        if self.closed:
            self.file = self._fetched(str(self.name))
        self.seek(0)
        return self

    def _fetched(self, name: str) -> IO[bytes]:
        return cast("IO[bytes]", RangedFile(partial(self._storage.piece, name)))


def _status(error: ClientError) -> int:
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
