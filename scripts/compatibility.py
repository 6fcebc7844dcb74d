"""What a new OpenAPI 3.0 schema breaks for programs that were written for an old one.

Requests may become wider and answers richer, never the other way round. What
docs/api.md tells programs to be ready for is no finding: new operations, parameters
that may be left out, fields of answers, statuses, and enumerated values in answers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scripts.schema_shapes import ANSWER, REQUEST, Shapes

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
# A way to sign in that takes nothing.
WITHOUT: frozenset[str] = frozenset()
Json = dict[str, Any]


def incompatibilities(promised: Json, offered: Json) -> list[str]:
    """A sentence for each thing that a program could do, or rely on, and no more can.

    Args:
        promised: the schema that programs were written for.
        offered: the one that they are to get.
    """
    return list(_paths(promised, offered))


def _paths(promised: Json, offered: Json) -> Iterator[str]:
    for path, old_item in promised["paths"].items():
        new_item = offered["paths"].get(path)
        if new_item is None:
            yield f"{path} is gone."
            continue
        for method in METHODS:
            if method not in old_item:
                continue
            where = f"{method.upper()} {path}"
            if method not in new_item:
                yield f"{where} is gone."
                continue
            compared = Operation(
                where,
                promised,
                offered,
                _with_shared(old_item, method),
                _with_shared(new_item, method),
            )
            for words in compared.findings():
                yield f"{where}: {words}"


def _with_shared(item: Json, method: str) -> Json:
    """An operation with the parameters that all of its path have."""
    operation: Json = item[method]
    both = [*item.get("parameters", []), *operation.get("parameters", [])]
    return operation | {"parameters": both}


def _component(schema: Json, kind: str) -> Json:
    found: Json = schema.get("components", {}).get(kind, {})
    return found


@dataclass(frozen=True)
class Operation:
    """One operation as it was promised and as it is offered."""

    where: str
    promised: Json
    offered: Json
    old: Json
    new: Json

    def findings(self) -> Iterator[str]:
        old_id, new_id = self.old.get("operationId"), self.new.get("operationId")
        if old_id != new_id:
            yield f"its operationId was {old_id} and is {new_id}."
        yield from self._signing()
        yield from self._parameters()
        yield from self._body()
        yield from self._answers()

    @property
    def _shapes(self) -> Shapes:
        return Shapes(self.promised, self.offered)

    def _signing(self) -> Iterator[str]:
        before = _ways_to_sign(self.old, self.promised)
        now = _ways_to_sign(self.new, self.offered)
        is_opened = WITHOUT in now and WITHOUT not in before
        if WITHOUT in before and WITHOUT not in now:
            yield "it can no longer be asked without signing in."
        for way in before:
            # Where it may be asked without, too, who signs in is told something else.
            if way and not is_opened and not any(each and each <= way for each in now):
                by = " and ".join(sorted(way))
                yield f"it can no longer be asked with {by}."

    def _parameters(self) -> Iterator[str]:
        old, new = _by_place(self.old, self.promised), _by_place(self.new, self.offered)
        for key, parameter in old.items():
            words = f"the parameter `{key[1]}` ({key[0]})"
            if key not in new:
                yield f"{words} is gone."
                continue
            if new[key].get("required") and not parameter.get("required"):
                yield f"{words} is required by now."
            yield from self._shapes.compare(
                parameter.get("schema", {}), new[key].get("schema", {}), REQUEST, words
            )
        for key, parameter in new.items():
            if key not in old and parameter.get("required"):
                yield f"the parameter `{key[1]}` ({key[0]}) is new, and required."

    def _body(self) -> Iterator[str]:
        old = self.old.get("requestBody", {})
        new = self.new.get("requestBody", {})
        if new.get("required") and not old.get("required"):
            yield "a body is required by now."
        yield from self._contents(old, new, REQUEST, "the request")

    def _answers(self) -> Iterator[str]:
        for status, old in self.old["responses"].items():
            if status not in self.new["responses"]:
                yield f"the answer {status} is gone."
                continue
            new = self.new["responses"][status]
            words = f"the answer {status}"
            for header in old.get("headers", {}):
                if header not in new.get("headers", {}):
                    yield f"{words} no longer has the header {header}."
            yield from self._contents(old, new, ANSWER, words)

    def _contents(self, old: Json, new: Json, way: str, words: str) -> Iterator[str]:
        new_types = new.get("content", {})
        for media_type, content in old.get("content", {}).items():
            if media_type not in new_types:
                verb = "comes" if way == ANSWER else "may come"
                yield f"{words} no longer {verb} as {media_type}."
                continue
            yield from self._shapes.compare(
                content.get("schema", {}),
                new_types[media_type].get("schema", {}),
                way,
                words,
            )


def _ways_to_sign(operation: Json, schema: Json) -> list[frozenset[str]]:
    ways = operation.get("security", schema.get("security"))
    if not ways:
        # Nothing said is as good as "without".
        return [WITHOUT]
    schemes = _component(schema, "securitySchemes")
    return [frozenset(_scheme_words(schemes[name]) for name in way) for way in ways]


def _scheme_words(scheme: Json) -> str:
    """What a program sends. The name of a scheme is the schema's own business."""
    if scheme["type"] == "apiKey":
        return f"the {scheme['in']} {scheme['name']}"
    told = (scheme["type"], scheme.get("scheme"), scheme.get("openIdConnectUrl"))
    return " ".join(each for each in told if each)


def _by_place(operation: Json, schema: Json) -> dict[tuple[str, str], Json]:
    found = {}
    for each in operation["parameters"]:
        parameter = each
        if "$ref" in each:
            name = each["$ref"].rpartition("/")[2]
            parameter = _component(schema, "parameters")[name]
        found[parameter["in"], parameter["name"]] = parameter
    return found
