"""What drf-spectacular cannot find out about the bodies of requests."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]


def require_bodies(result: Json, **_given: Any) -> Json:
    """Say that a body is required where fields of it are.

    A hook of drf-spectacular's, which says so only where no media type is the plain
    bytes: of them it does not know that there must be some.
    """
    schemas = result.get("components", {}).get("schemas", {})
    for body in _bodies(result):
        for content in body["content"].values():
            if _requires_something(content.get("schema", {}), schemas):
                body["required"] = True
    return result


def _requires_something(schema: Json, schemas: Json) -> bool:
    """Whether there is no way to send nothing."""
    if "$ref" in schema:
        schema = schemas.get(schema["$ref"].rpartition("/")[2], {})
    if "oneOf" in schema:
        return all(_requires_something(each, schemas) for each in schema["oneOf"])
    return bool(schema.get("required"))


def _bodies(result: Json) -> Iterator[Json]:
    for path in result["paths"].values():
        for operation in path.values():
            if "requestBody" in operation:
                yield operation["requestBody"]
