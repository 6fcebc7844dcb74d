"""Two schemas of one value, compared: what a request or an answer may be.

$ref is followed, allOf is laid together, and what is one of several (oneOf, anyOf) is
told apart by its type.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
REQUEST, ANSWER = "request", "answer"
# Of these the greater one allows less, of those the smaller one.
LOWER_LIMITS = ("minimum", "minLength", "minItems", "minProperties")
UPPER_LIMITS = ("maximum", "maxLength", "maxItems", "maxProperties")
ANY = "any"


@dataclass
class Shapes:
    """Compares parts of the promised schema with parts of the offered one."""

    promised: Json
    offered: Json
    # References that lead back to themselves are compared once.
    _seen: set[tuple[str, str, str]] = field(default_factory=set)

    def compare(self, old: Json, new: Json, way: str, where: str) -> Iterator[str]:
        """Sentences about what the new shape breaks.

        Args:
            old, new: schemas of one value, of the promised and of the offered schema.
            way: REQUEST, which may become wider, or ANSWER, which may become narrower.
            where: begins each sentence.
        """
        references = (str(old.get("$ref")), str(new.get("$ref")), way)
        if "$ref" in old and "$ref" in new:
            if references in self._seen:
                return
            self._seen.add(references)
        before, after = Shape.of(old, self.promised), Shape.of(new, self.offered)
        yield from _nulls(before, after, way, where)
        yield from _types(before, after, way, where)
        for name, shape in before.types.items():
            if (match := _match(name, after, way)) is not None:
                yield from self._one(shape, match, way, where)

    def _one(self, old: Json, new: Json, way: str, where: str) -> Iterator[str]:
        """Two schemas of one type."""
        yield from _facets(old, new, way, where)
        yield from self._properties(old, new, way, where)
        for key, suffix in (("items", "[]"), ("additionalProperties", "[...]")):
            before, after = old.get(key), new.get(key)
            if isinstance(before, dict) and isinstance(after, dict):
                yield from self.compare(before, after, way, _within(where, suffix))

    def _properties(self, old: Json, new: Json, way: str, where: str) -> Iterator[str]:
        old_fields, new_fields = old.get("properties", {}), new.get("properties", {})
        was_required = set(old.get("required", []))
        is_required = set(new.get("required", []))
        has = "has" if way == ANSWER else "takes"
        for name, inner in old_fields.items():
            named = _within(where, f".{name}")
            if name not in new_fields:
                yield f"{where} no longer {has} `{name}`."
                continue
            if way == ANSWER and name in was_required - is_required:
                yield f"{named} may now be left out."
            if way == REQUEST and name in is_required - was_required:
                yield f"{named} is required by now."
            yield from self.compare(inner, new_fields[name], way, named)
        for name in sorted(is_required - set(old_fields)):
            if way == REQUEST:
                yield f"{where} now needs `{name}`."


@dataclass(frozen=True)
class Shape:
    """What a value may be: by type, a schema without references and alternatives."""

    types: dict[str, Json]
    is_nullable: bool

    @classmethod
    def of(cls, schema: Json, document: Json) -> "Shape":
        schema = _laid_together(schema, document)
        alternatives = schema.get("oneOf") or schema.get("anyOf")
        if not alternatives:
            return cls._plain(schema)
        # What stands beside them holds for each.
        beside = {
            key: value
            for key, value in schema.items()
            if key not in ("oneOf", "anyOf", "nullable")
        }
        types: dict[str, Json] = {}
        is_nullable = bool(schema.get("nullable"))
        for number, each in enumerate(alternatives):
            inner = cls.of(_merged([beside, each], document), document)
            is_nullable |= inner.is_nullable
            for name, shape in inner.types.items():
                _add_alternative(types, name, shape, number)
        return cls(types, is_nullable)

    @classmethod
    def _plain(cls, schema: Json) -> "Shape":
        words = schema.get("enum")
        is_nullable = bool(schema.get("nullable")) or None in (words or [])
        if words is not None:
            schema = schema | {"enum": [word for word in words if word is not None]}
            if not schema["enum"]:
                return cls({}, is_nullable=True)
        return cls({str(schema.get("type", ANY)): schema}, is_nullable)


def _add_alternative(
    types: dict[str, Json], name: str, shape: Json, number: int
) -> None:
    known = types.get(name)
    if known is None:
        types[name] = shape
    elif "enum" in known and "enum" in shape:
        types[name] = known | {"enum": [*known["enum"], *shape["enum"]]}
    else:
        # Two objects: nothing tells them apart but the order.
        types[f"{name} {number + 1}"] = shape


def _laid_together(schema: Json, document: Json) -> Json:
    """A schema with its reference followed and its allOf merged."""
    if "$ref" in schema:
        target: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        return _laid_together(target, document)
    if "allOf" in schema:
        beside = {key: value for key, value in schema.items() if key != "allOf"}
        return _merged([*schema["allOf"], beside], document)
    return schema


def _merged(parts: list[Json], document: Json) -> Json:
    merged: Json = {}
    for part in parts:
        plain = _laid_together(part, document)
        merged = (
            merged
            | plain
            | {
                "properties": merged.get("properties", {})
                | plain.get("properties", {}),
                "required": [*merged.get("required", []), *plain.get("required", [])],
            }
        )
    return {key: value for key, value in merged.items() if value not in ({}, [])}


def _match(name: str, others: Shape, way: str) -> Json | None:
    """Which of the others' types one of this name is held against; None: there is none.

    In a request another one that is wider will do, in an answer one that is narrower.
    """
    close = {REQUEST: {"integer": "number"}, ANSWER: {"number": "integer"}}
    for each in (name, close[way].get(name), ANY):
        if each in others.types:
            return others.types[each]
    return None


def _types(before: Shape, after: Shape, way: str, where: str) -> Iterator[str]:
    if way == REQUEST:
        for name in before.types:
            if _match(name, after, REQUEST) is None:
                yield f"{where} may no longer be of type {name}."
        return
    for name in after.types:
        if _match(name, before, REQUEST) is None:
            was = " or ".join(before.types)
            yield f"{where} was of type {was} and may now be of type {name}."


def _nulls(before: Shape, after: Shape, way: str, where: str) -> Iterator[str]:
    if way == ANSWER and after.is_nullable and not before.is_nullable:
        yield f"{where} may now be null."
    if way == REQUEST and before.is_nullable and not after.is_nullable:
        yield f"{where} may no longer be null."


def _facets(old: Json, new: Json, way: str, where: str) -> Iterator[str]:
    """Format, enumeration, pattern and limits."""
    said, says = old.get("format"), new.get("format")
    # An answer may be told more of, and a request may be held to less.
    if said != says and (said if way == ANSWER else says):
        yield f"{where} was of format {said} and is of format {says}."
    yield from _enumerations(old.get("enum"), new.get("enum"), way, where)
    narrow, wide = (new, old) if way == REQUEST else (old, new)
    for limit in (*LOWER_LIMITS, *UPPER_LIMITS):
        if _is_tighter(limit, narrow, wide):
            yield (
                f"{where}: its {limit} was {old.get(limit)} and is {new.get(limit)}."
            )
    had, has = old.get("pattern"), new.get("pattern")
    if had != has and narrow.get("pattern") is not None:
        yield f"{where}: its pattern was {had} and is {has}."


def _is_tighter(limit: str, narrow: Json, wide: Json) -> bool:
    if narrow.get(limit) is None:
        return False
    if wide.get(limit) is None:
        return True
    if limit in LOWER_LIMITS:
        return bool(narrow[limit] > wide[limit])
    return bool(narrow[limit] < wide[limit])


def _enumerations(
    old: list[Any] | None, new: list[Any] | None, way: str, where: str
) -> Iterator[str]:
    if way == REQUEST and new is not None:
        if old is None:
            yield f"{where} must now be one of {new}."
        for word in old or []:
            if word not in new:
                yield f"{where} may no longer be {word!r}."
    # New words in answers are allowed; no words at all any more are not.
    if way == ANSWER and old is not None and new is None:
        yield f"{where} is no longer one of {old}."


def _within(where: str, suffix: str) -> str:
    """The place of an inner value, as in: the answer 200, `digits[].label`."""
    begin, mark, inner = where.partition(", `")
    if not mark:
        return f"{begin}, `{suffix.removeprefix('.')}`"
    return f"{begin}, `{inner.removesuffix('`')}{suffix}`"
