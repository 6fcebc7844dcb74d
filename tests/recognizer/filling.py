"""A process that sends a batch, or is killed over one; test_killed_batches runs it.

    python -m tests.recognizer.filling send COUNT
    python -m tests.recognizer.filling again
    python -m tests.recognizer.filling cancel
    python -m tests.recognizer.filling poisonous
    python -m tests.recognizer.filling hanging

It works on the database that DATABASE_URL names, and writes into MEDIA_ROOT.
"""

# What is imported further down needs the settings, which come first.
# ruff: noqa: E402

import io
import itertools
import os
import signal
import sys
import time
from collections.abc import Sequence
from typing import Any

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from PIL import Image, ImageDraw

from recognizer import engine
from recognizer.models import Batch
from recognizer.services.batches import batch_cancel
from recognizer.tasks import read_batch
from tests.archives import make_batch

POISON = b"This file kills whoever reads it."


def picture(number: int) -> bytes:
    """A small picture of a digit; no two are the same."""
    image = Image.new("L", (120, 120), 255)
    ImageDraw.Draw(image).text((45, 20), str(number % 10), fill=0, font_size=70)
    image.putpixel((number % 120, number // 120), 250)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def send(count: int) -> None:
    files = [(f"{number}.png", picture(number)) for number in range(count)]
    if count > 1:
        files[count // 2] = ("text.txt", b"no picture")
        files[count // 3] = ("poison.png", POISON)
    make_batch(*files)


def cancel() -> None:
    """As soon as some of it is read."""
    batch = Batch.objects.latest("pk")
    while not batch.items.filter(status="read").exists():
        time.sleep(0.01)
    batch_cancel(batch=batch)


def work_and_die_of_poison() -> None:
    """A worker for which one file is deadly."""
    real = engine.recognize_many

    def recognize_many(images: Sequence[bytes], **asked: Any) -> Any:
        if POISON in images:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(images, **asked)

    engine.recognize_many = recognize_many
    work()


def work_and_hang() -> None:
    """A worker that reads the first files, and never gets done with the next ones."""
    real = engine.recognize_many
    calls = itertools.count()

    def recognize_many(images: Sequence[bytes], **asked: Any) -> Any:
        if next(calls):
            signal.pause()
        return real(images, **asked)

    engine.recognize_many = recognize_many
    work()


def work() -> None:
    """As `Site.worker` does, in this process."""
    if settings.REDIS_URL:
        call_command("redis_worker")
    else:
        call_command(
            "db_worker", interval=0.1, verbosity=0, reload=False, startup_delay=False
        )


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["send", count]:
            send(int(count))
        case ["again"]:
            read_batch.enqueue(Batch.objects.latest("pk").pk)
        case ["cancel"]:
            cancel()
        case ["poisonous"]:
            work_and_die_of_poison()
        case ["hanging"]:
            work_and_hang()
