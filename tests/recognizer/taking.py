"""A process that takes from one allowance as often as it can, for test_limits_at_once.

    python -m tests.recognizer.taking preview|create TRIES

Says that it is ready, and begins when it is sent a line. Then it prints how many were
allowed, and the seconds that the slowest try took.
"""

# What is imported further down needs the settings, which come first.
# ruff: noqa: E402

import sys
import time

import django

django.setup()

from django.db import connection

from recognizer.services.limits import AllowanceSpent, Scope, allowance_take
from recognizer.viewers import Payer, PayerKind

PAYER = Payer(PayerKind.ADDRESS, "192.0.2.1")


def main(scope: Scope, tries: int) -> None:
    connection.ensure_connection()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    allowed, slowest_s = 0, 0.0
    for _ in range(tries):
        began_s = time.perf_counter()
        try:
            allowance_take(scope=scope, payer=PAYER)
        except AllowanceSpent:
            pass
        else:
            allowed += 1
        slowest_s = max(slowest_s, time.perf_counter() - began_s)
    sys.stdout.write(f"{allowed} {slowest_s}\n")


if __name__ == "__main__":
    main(Scope(sys.argv[1]), int(sys.argv[2]))
