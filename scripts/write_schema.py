"""Writes docs/openapi.json, what the API promises, anew.

    .venv/bin/python scripts/write_schema.py

It refuses to where the API would break a promise of the file that is there, unless its
major version is another one by now. docs/api.md says what is promised.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
# Also when it is started by its name, and not as a module.
sys.path.insert(0, str(PROJECT))

from scripts.compatibility import incompatibilities  # noqa: E402  (found just above)

PROMISE = PROJECT / "docs" / "openapi.json"
REFUSAL = """\
docs/openapi.json is left as it was, for this would break programs that use the API:
{findings}
Change the API so that it still does what it promises (docs/api.md says what that is),
or give it another major version in SPECTACULAR_SETTINGS."""


def schema_text() -> str:
    """The API's schema as the code has it; the same code gives the same text."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
    import django

    django.setup()
    from drf_spectacular.generators import SchemaGenerator
    from drf_spectacular.renderers import OpenApiJsonRenderer

    schema = SchemaGenerator().get_schema(request=None, public=True)
    rendered = OpenApiJsonRenderer().render(schema, renderer_context={})
    return json.dumps(json.loads(rendered), indent=2, sort_keys=True) + "\n"


def broken_promises(promised: dict[str, Any], offered: dict[str, Any]) -> list[str]:
    """What may not change, and does; nothing, where the major version does."""
    if _major(promised) != _major(offered):
        return []
    return incompatibilities(promised, offered)


def main(promise: Path = PROMISE) -> int:
    text = schema_text()
    if promise.exists():
        promised = json.loads(promise.read_text())
        if findings := broken_promises(promised, json.loads(text)):
            listed = "\n".join(f"  {each}" for each in findings)
            print(REFUSAL.format(findings=listed), file=sys.stderr)
            return 1
    # Whole or not at all: what is read next time is the promise.
    building = promise.with_suffix(".part")
    building.write_text(text)
    building.replace(promise)
    print(f"{promise.name} is what the code gives.")
    return 0


def _major(schema: dict[str, Any]) -> str:
    return str(schema["info"]["version"]).partition(".")[0]


if __name__ == "__main__":
    sys.exit(main())
