"""Look whether this installation works, and what would make it better."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from recognizer.health.configuration import CONFIGURATION
from recognizer.health.databases import DATABASES
from recognizer.health.findings import Check, Finding, State
from recognizer.health.looking import look_at
from recognizer.health.machine import PACKAGES, folders
from recognizer.health.readiness import READINESS

# Nobody waits for an answer here, and a busy disk is no failure.
LIMIT_S = 20.0


class Command(BaseCommand):
    help = (
        "Looks at settings, packages, database, storage, model, folders and workers. A "
        "line for each: ok, advice, or failed with what to do. Exit status: 1 if "
        "something failed."
    )
    # It says what they find, instead of ending with it.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = look_at(_checks(), limit_s=LIMIT_S)
        has_failed = any(each.state == State.FAILED for each in findings)
        if options["format"] == "json":
            state = State.FAILED if has_failed else State.OK
            body = {"state": state, "checks": [asdict(each) for each in findings]}
            self.stdout.write(json.dumps(body, indent=2))
        else:
            self._print(findings)
        if has_failed:
            sys.exit(1)

    def _print(self, findings: Sequence[Finding]) -> None:
        styles = {
            State.OK: self.style.SUCCESS,
            State.ADVICE: self.style.WARNING,
            State.FAILED: self.style.ERROR,
        }
        width = max(len(each.name) for each in findings)
        for each in findings:
            # Errors of others may have several lines.
            words = " ".join(f"{each.message} {each.hint}".split())
            state = styles[each.state](f"{each.state:6}")
            self.stdout.write(f"{state}  {each.name:{width}}  {words}")


def _checks() -> list[Check]:
    return [*CONFIGURATION, PACKAGES, *READINESS, *DATABASES, *folders()]
