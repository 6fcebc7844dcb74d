"""A server that speaks S3 over HTTP, and buckets in it for tests."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest import mock
from uuid import uuid4

from moto.server import ThreadedMotoServer

from digitsite.storages import parse_storage
from recognizer.storage.s3 import PrivateS3Storage

BUCKET = "digits-tests"


@contextmanager
def s3_server() -> Iterator[str]:
    """The address of one, with an empty bucket in it; boto3 finds both by itself."""
    # It would write a line for each request.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    with mock.patch.dict(os.environ, environment(address)):
        connection().meta.client.create_bucket(Bucket=BUCKET)
        yield address
    server.stop()


def environment(address: str) -> dict[str, str]:
    """What processes are told that use the server."""
    return {
        "AWS_ENDPOINT_URL_S3": address,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "DIGITS_STORAGE": f"s3://{BUCKET}",
    }


def entry() -> dict[str, Any]:
    """A folder of the bucket as an entry of Django's STORAGES."""
    return parse_storage(f"s3://{BUCKET}/{uuid4().hex}", region="us-east-1")


def make_storage(**options: Any) -> PrivateS3Storage:
    """The same as Django makes it."""
    return PrivateS3Storage(**entry()["OPTIONS"] | options)


@cache
def connection() -> Any:
    """The one of this process, once the server runs."""
    return make_storage().connection
