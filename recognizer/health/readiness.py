"""Whether a process of the site can do its work: what `/readyz` looks at."""

from datetime import datetime, timedelta

from django.utils import timezone

from recognizer import engine, selectors
from recognizer.health.findings import Check, Said, advice, ok
from recognizer.models import ModelVersion
from recognizer.selectors import QueueState
from recognizer.services.storage_probes import storage_probe


def database() -> Said:
    # Of a table: SQLite would make an empty file and answer from that.
    ModelVersion.objects.exists()
    return ok("It answers.")


def storage() -> Said:
    storage_probe()
    return ok("A file was written, read and removed.")


def model() -> Said:
    """Loads the model, if nobody has asked for it yet: the first picture need not."""
    version, _ = engine.live_manifest()
    return ok(f"Version {version.number} answers.")


def queue() -> Said:
    """A queue without a worker is no failure: the site reads and keeps without one."""
    now = timezone.now()
    states = selectors.queue_states()
    neglected = [state for state in states if state.is_neglected(now=now)]
    message = " ".join(_in_words(state, now) for state in states)
    if not neglected:
        return ok(message)
    commands = [
        f"manage.py {each.worker} --queue-name {each.name}" for each in neglected
    ]
    return advice(message, f"Start a worker: {', '.join(commands)}")


def _in_words(state: QueueState, now: datetime) -> str:
    begun = "no worker was ever at work"
    if state.begun_at is not None:
        begun = f"a worker was last at work {duration(now - state.begun_at)} ago"
    if state.due_since is None:
        return f"In {state.name!r} nothing waits; {begun}."
    waits = f"In {state.name!r} {state.waiting} wait, the oldest for"
    waits = f"{waits} {duration(now - state.due_since)}"
    if state.is_neglected(now=now):
        return f"{waits}; {begun}: none seems to run."
    return f"{waits}; {begun}."


def duration(time: timedelta) -> str:
    """Roughly, as in "5 min"; nothing is less than 0 s."""
    seconds = max(0, round(time.total_seconds()))
    for unit, unit_s in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * unit_s:
            return f"{seconds // unit_s} {unit}"
    return f"{seconds} s"


READINESS = (
    Check(
        "database",
        database,
        "It does not answer, or has no tables yet.",
        "Look at DATABASE_URL and at the server, then run manage.py migrate.",
    ),
    Check(
        "storage",
        storage,
        "Pictures cannot be kept.",
        "Look where they are kept: rights, and room.",
    ),
    Check(
        "model",
        model,
        "No model can read a picture.",
        "Put its files back, or go back to another version: manage.py rollback.",
    ),
    Check(
        "queue",
        queue,
        "It cannot be asked what waits.",
        "Look at the database, or at REDIS_URL.",
    ),
)
