"""Where files are kept, as the operator writes it."""

import re
from typing import Any

from django.core.exceptions import ImproperlyConfigured

# As S3 names buckets; a prefix is made of folders.
S3_ADDRESS = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:/[\w.-]+)*)/?")
ON_DISK = {"BACKEND": "recognizer.storage.disk.DiskStorage"}


def parse_storage(address: str, *, region: str | None = None) -> dict[str, Any]:
    """Read where files are kept, such as `s3://bucket/folder`; "": on the disk.

    boto3 itself reads the keys and the endpoint from the usual AWS_* variables.

    Args:
        region: of the bucket, if anybody has said.
    Returns:
        An entry of Django's STORAGES.
    Raises:
        ImproperlyConfigured: it is no such address.
    """
    if not address:
        return ON_DISK
    found = S3_ADDRESS.fullmatch(address)
    if found is None or ".." in address:
        raise ImproperlyConfigured(
            "Expected DIGITS_STORAGE to be a bucket, such as s3://bucket or "
            f"s3://bucket/folder. Received: {address!r}"
        )
    bucket, prefix = found.groups()
    options = {
        "bucket_name": bucket,
        "location": prefix.strip("/"),
        "region_name": region,
    }
    return {"BACKEND": "recognizer.storage.s3.PrivateS3Storage", "OPTIONS": options}
