"""Whatever is asked of the API, the answer is one that its schema describes.

What is held: no answer of 500 or more; no status, header, media type or field that the
schema has not; nothing refused that it allows, and nothing taken that it forbids; 405
for methods that are not there; 401 or 403 for whoever must sign in and has not.
"""

import re

import pytest
from django.db import transaction
from schemathesis import Case, Response
from schemathesis.generation.stateful.state_machine import APIStateMachine

from tests.api.fuzzing import (
    ROLES,
    ask,
    bounded,
    credentials_of,
    how_to_validate,
    known_things,
    load_schema,
    make_known_things,
)

SCHEMA = load_schema()
READABLE = [path for path, item in SCHEMA.raw_schema["paths"].items() if "get" in item]


@pytest.fixture(params=ROLES)
def who(request, db) -> dict[str, dict[str, str]]:
    """The headers and cookies of one who asks; what there is to find is this one's."""
    credentials = credentials_of(request.param)
    make_known_things(request.param)
    return credentials


@pytest.mark.parametrize("path", READABLE)
def test_what_is_asked_for_is_there_to_be_found(path, db):
    credentials = credentials_of("staff")
    make_known_things("staff")
    known = known_things(path)
    if missing := set(re.findall(r"{(\w+)}", path)) - set(known):
        pytest.skip(f"`known_things` knows no {', '.join(missing)} of this path.")

    response = SCHEMA[path]["GET"].Case(path_parameters=known).call(**credentials)

    assert response.status_code == 200


@SCHEMA.parametrize()
@bounded(20)
def test_whatever_is_asked_is_answered_as_the_schema_says(case: Case, who):
    ask(case, who)


@pytest.mark.slow
@SCHEMA.parametrize()
@bounded(500)
def test_whatever_else_is_asked_is_answered_as_the_schema_says(case: Case, who):
    ask(case, who)


def story_of(who: dict[str, dict[str, str]]) -> type[APIStateMachine]:
    """Requests that go on from what others answered: what was made is changed, gone."""

    class Story(SCHEMA.as_state_machine()):
        def setup(self) -> None:
            # Each begins with the same rows: Hypothesis tries one again and expects it.
            self.changes = transaction.atomic()
            self.changes.__enter__()

        def teardown(self) -> None:
            transaction.set_rollback(True)
            self.changes.__exit__(None, None, None)

        def get_call_kwargs(self, case: Case):
            return who

        def validate_response(self, response: Response, case: Case, **_given):
            told = how_to_validate(case, response, who)
            case.validate_response(response, recorder=self.recorder, **told)

    return Story


# Whoever sends no cookie cannot find again what he kept: he has no story.
@pytest.mark.parametrize("who", ROLES[1:], indirect=True)
@pytest.mark.parametrize(
    ("stories", "steps"), [(15, 6), pytest.param(100, 20, marks=pytest.mark.slow)]
)
def test_what_follows_from_an_answer_is_answered_as_the_schema_says(
    who, stories, steps
):
    story_of(who).run(settings=bounded(stories, stateful_step_count=steps))
