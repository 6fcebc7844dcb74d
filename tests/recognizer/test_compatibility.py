"""What counts as breaking a promise of the API: each rule, on a small schema."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from scripts.compatibility import incompatibilities
from tests.recognizer.small_schema import PATH, Json, make_schema

GET, POST = f"GET {PATH}", f"POST {PATH}"


def operation(schema: Json, method: str = "get") -> Json:
    found: Json = schema["paths"][PATH][method]
    return found


def fields(schema: Json, name: str = "Thing") -> Json:
    found: Json = schema["components"]["schemas"][name]["properties"]
    return found


def asked(schema: Json) -> Json:
    return fields(schema, "Asked")


def required(schema: Json, name: str) -> list[str]:
    found: list[str] = schema["components"]["schemas"][name]["required"]
    return found


def answer(schema: Json) -> Json:
    found: Json = operation(schema)["responses"]["200"]
    return found


def set_in(where: Callable[[Json], Json], **values: Any) -> Callable[[Json], None]:
    return lambda schema: where(schema).update(values)


def drop(where: Callable[[Json], Json], name: str) -> Callable[[Json], None]:
    def change(schema: Json) -> None:
        del where(schema)[name]

    return change


A = f"{GET}: the answer 200"
R = f"{POST}: the request"
SIZE = f"{GET}: the parameter `size` (query)"
NEW_PARAMETER = {"in": "query", "name": "must", "required": True, "schema": {}}

BREAKING: list[tuple[Callable[[Json], Any], str]] = [
    (drop(lambda s: s["paths"], PATH), f"{PATH} is gone."),
    (drop(lambda s: s["paths"][PATH], "post"), f"{POST} is gone."),
    (
        set_in(operation, operationId="thing_read"),
        f"{GET}: its operationId was thing_get and is thing_read.",
    ),
    (
        set_in(operation, security=[{"token": []}]),
        f"{GET}: it can no longer be asked without signing in.",
    ),
    (
        set_in(lambda s: operation(s, "post"), security=[{"cookie": []}]),
        f"{POST}: it can no longer be asked with the header Authorization.",
    ),
    (
        set_in(operation, security=[{"cookie": []}, {}]),
        f"{GET}: it can no longer be asked with the header Authorization.",
    ),
    (lambda s: operation(s)["parameters"].pop(), f"{SIZE} is gone."),
    (
        set_in(lambda s: operation(s)["parameters"][1], required=True),
        f"{SIZE} is required by now.",
    ),
    (
        lambda s: operation(s)["parameters"].append(NEW_PARAMETER),
        f"{GET}: the parameter `must` (query) is new, and required.",
    ),
    (
        set_in(lambda s: operation(s)["parameters"][1]["schema"], maximum=5),
        f"{SIZE}: its maximum was 9 and is 5.",
    ),
    (
        set_in(lambda s: operation(s)["parameters"][1]["schema"], minimum=2),
        f"{SIZE}: its minimum was 1 and is 2.",
    ),
    (
        set_in(lambda s: operation(s, "post")["requestBody"], required=True),
        f"{POST}: a body is required by now.",
    ),
    (
        drop(
            lambda s: operation(s, "post")["requestBody"]["content"],
            "multipart/form-data",
        ),
        f"{R} no longer may come as multipart/form-data.",
    ),
    (
        drop(lambda s: operation(s)["responses"], "404"),
        f"{GET}: the answer 404 is gone.",
    ),
    (drop(answer, "headers"), f"{A} no longer has the header ETag."),
    (
        drop(lambda s: answer(s)["content"], "text/csv"),
        f"{A} no longer comes as text/csv.",
    ),
    (drop(fields, "text"), f"{A} no longer has `text`."),
    (
        lambda s: required(s, "Thing").remove("text"),
        f"{A}, `text` may now be left out.",
    ),
    (
        lambda s: fields(s)["text"].update(nullable=True),
        f"{A}, `text` may now be null.",
    ),
    (
        lambda s: fields(s)["text"].update(type="integer"),
        f"{A}, `text` was of type string and may now be of type integer.",
    ),
    (
        lambda s: fields(s).update(
            text={"oneOf": [{"type": "string"}, {"type": "integer"}]}
        ),
        f"{A}, `text` was of type string and may now be of type integer.",
    ),
    (
        lambda s: fields(s)["id"].update(format="int64"),
        f"{A}, `id` was of format uuid and is of format int64.",
    ),
    (
        lambda s: fields(s)["share"].update(maximum=100),
        f"{A}, `share`: its maximum was 1 and is 100.",
    ),
    (
        lambda s: fields(s).update(word={"type": "string"}),
        f"{A}, `word` is no longer one of ['sure', 'unsure'].",
    ),
    (
        drop(lambda s: fields(s, "Part"), "label"),
        f"{A}, `parts[]` no longer has `label`.",
    ),
    (
        lambda s: fields(s, "Part")["label"].update(nullable=True),
        f"{A}, `parts[].label` may now be null.",
    ),
    (
        lambda s: fields(s)["counts"]["additionalProperties"].update(type="string"),
        f"{A}, `counts[...]` was of type integer and may now be of type string.",
    ),
    (drop(asked, "reason"), f"{R} no longer takes `reason`."),
    (
        lambda s: required(s, "Asked").append("reason"),
        f"{R}, `reason` is required by now.",
    ),
    (
        lambda s: (required(s, "Asked").append("new"), asked(s).update(new={})),
        f"{R} now needs `new`.",
    ),
    (
        lambda s: asked(s)["reason"].update(nullable=False),
        f"{R}, `reason` may no longer be null.",
    ),
    (
        lambda s: asked(s)["reason"].update(type="integer"),
        f"{R}, `reason` may no longer be of type string.",
    ),
    (
        lambda s: asked(s)["reason"].update(maxLength=50),
        f"{R}, `reason`: its maxLength was 100 and is 50.",
    ),
    (
        lambda s: asked(s)["reason"].update(minLength=1),
        f"{R}, `reason`: its minLength was None and is 1.",
    ),
    (
        lambda s: asked(s)["reason"].update(pattern="^a"),
        f"{R}, `reason`: its pattern was None and is ^a.",
    ),
    (
        lambda s: asked(s)["reason"].update(format="email"),
        f"{R}, `reason` was of format None and is of format email.",
    ),
    (
        lambda s: asked(s)["reason"].update(enum=["because"]),
        f"{R}, `reason` must now be one of ['because'].",
    ),
    (
        lambda s: asked(s)["label"]["oneOf"][0]["enum"].remove("1"),
        f"{R}, `label` may no longer be '1'.",
    ),
    (
        lambda s: asked(s)["label"]["oneOf"].pop(),
        f"{R}, `label` may no longer be of type integer.",
    ),
    (
        lambda s: asked(s)["many"].update(maxItems=3),
        f"{R}, `many`: its maxItems was None and is 3.",
    ),
    (
        lambda s: asked(s)["many"]["items"].update(maxLength=3),
        f"{R}, `many[]`: its maxLength was None and is 3.",
    ),
]

HARMLESS: dict[str, Callable[[Json], Any]] = {
    "a new path": lambda s: s["paths"].update({"/api/new/": {}}),
    "a new method": lambda s: s["paths"][PATH].update(
        put={"operationId": "new", "responses": {}}
    ),
    "a parameter that may be left out": lambda s: operation(s)["parameters"].append(
        NEW_PARAMETER | {"required": False}
    ),
    "a wider parameter": lambda s: operation(s)["parameters"][1]["schema"].update(
        minimum=0, maximum=10
    ),
    "another way to sign in": lambda s: operation(s, "post")["security"].append(
        {"cookie": []}
    ),
    "a scheme of another name": lambda s: (
        s["components"]["securitySchemes"].update(
            named=s["components"]["securitySchemes"].pop("token")
        ),
        operation(s).update(security=[{"named": []}, {}]),
        operation(s, "post").update(security=[{"named": []}]),
    ),
    "nobody need sign in any more": lambda s: operation(s, "post").pop("security"),
    "a new status": lambda s: operation(s)["responses"].update({"429": {}}),
    "a new media type": lambda s: answer(s)["content"].update({"text/plain": {}}),
    "a new header": lambda s: answer(s)["headers"].update({"Sunset": {}}),
    "a new field of an answer": lambda s: fields(s).update(new={"type": "string"}),
    "a field that is always there now": lambda s: required(s, "Thing").append("note"),
    "a field that is never null now": lambda s: fields(s)["note"].pop("nullable"),
    "a new word in an answer alone": lambda s: fields(s)["maybe"].update(
        oneOf=[{"type": "string", "enum": ["sure", "unsure", "blank"]}]
    ),
    "a narrower number": lambda s: fields(s)["share"].update(type="integer"),
    "a new field of a request": lambda s: asked(s).update(new={"type": "string"}),
    "a field that need not be sent": lambda s: required(s, "Asked").remove("label"),
    "a longer text": lambda s: asked(s)["reason"].update(maxLength=200),
    "a new word in a request": lambda s: asked(s)["label"]["oneOf"][0]["enum"].append(
        "2"
    ),
    "a wider number": lambda s: asked(s)["label"]["oneOf"][1].update(type="number"),
    "a description": lambda s: fields(s)["word"].update(description="Why."),
    "a schema that is named": lambda s: (
        s["components"]["schemas"].update(Named=fields(s)["text"]),
        fields(s).update(text={"$ref": "#/components/schemas/Named"}),
    ),
}


def changed(change: Callable[[Json], Any]) -> list[str]:
    offered = copy.deepcopy(make_schema())
    change(offered)
    return incompatibilities(make_schema(), offered)


def test_what_did_not_change_breaks_nothing():
    assert changed(lambda _schema: None) == []


@pytest.mark.parametrize(
    ("change", "words"), BREAKING, ids=[each[1] for each in BREAKING]
)
def test_what_breaks_programs_is_said_in_a_sentence(change, words):
    assert changed(change) == [words]


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_programs_are_to_be_ready_for_is_no_finding(change):
    assert changed(change) == []


def test_another_header_to_sign_in_with_breaks_every_operation():
    words = "it can no longer be asked with the header Authorization."

    found = changed(
        set_in(lambda s: s["components"]["securitySchemes"]["token"], name="X-Token")
    )

    assert found == [f"{GET}: {words}", f"{POST}: {words}"]
