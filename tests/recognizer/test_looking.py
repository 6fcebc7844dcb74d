"""Looking at several things at once, and at none of them for long."""

import threading
import time

import pytest

from recognizer.health import looking
from recognizer.health.findings import Check, Finding, State, advice, ok
from recognizer.health.looking import look_at


class Thing:
    """Something to look at, which may hang; counts how often it is looked at."""

    def __init__(self, *, hangs=False):
        self.looks = 0
        self.goes_on = threading.Event()
        if not hangs:
            self.goes_on.set()

    def look(self):
        self.looks += 1
        self.goes_on.wait(timeout=30)
        return ok("It is well.")

    @property
    def check(self):
        return Check("thing", self.look, "It is not well.", "Help it.")


@pytest.fixture
def hanging():
    thing = Thing(hangs=True)
    yield thing
    thing.goes_on.set()


def test_each_says_how_it_is_in_their_order():
    checks = [
        Thing().check,
        Check("other", lambda: advice("It is late.", "Hurry."), "It is gone."),
    ]

    assert look_at(checks, limit_s=5) == [
        Finding("thing", State.OK, "It is well."),
        Finding("other", State.ADVICE, "It is late.", "Hurry."),
    ]


def test_what_is_raised_is_told_to_operators_alone():
    def look():
        raise ValueError("password=hunter2")

    check = Check("thing", look, "It is not well.", "Help it.")

    [finding] = look_at([check], limit_s=5)

    assert (finding.state, finding.message) == (State.FAILED, "It is not well.")
    assert finding.hint == "Help it. (ValueError: password=hunter2)"


def test_what_hangs_is_not_waited_for_and_the_others_are_told(hanging):
    begun_at = time.monotonic()

    hung, other = look_at([hanging.check, Thing().check], limit_s=0.3)

    assert time.monotonic() - begun_at < 5
    assert hung.state == State.FAILED
    assert "has not answered for" in hung.message
    assert hung.hint == "Help it."
    assert other.state == State.OK


def test_what_hangs_has_one_thread_however_often_one_asks(hanging):
    for _ in range(5):
        look_at([hanging.check], limit_s=0.01)

    assert hanging.looks == 1


def test_what_hung_and_has_answered_is_well_again(hanging):
    look_at([hanging.check], limit_s=0.01)
    hanging.goes_on.set()

    [finding] = look_at([hanging.check], limit_s=5)

    assert finding.state == State.OK
    assert hanging.looks == 1


def test_many_who_ask_at_once_cost_one_look(monkeypatch):
    monkeypatch.setattr(looking, "FRESH_S", 60)
    thing = Thing()
    asked = [
        threading.Thread(target=look_at, args=[[thing.check]], kwargs={"limit_s": 5})
        for _ in range(8)
    ]

    for thread in asked:
        thread.start()
    for thread in asked:
        thread.join()

    assert thing.looks == 1


def test_who_asks_later_has_it_looked_at_anew(monkeypatch):
    monkeypatch.setattr(looking, "FRESH_S", 0)
    thing = Thing()

    for _ in range(2):
        look_at([thing.check], limit_s=5)

    assert thing.looks == 2
