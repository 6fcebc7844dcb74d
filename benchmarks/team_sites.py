"""A site of its own for a team: one of the staff, a worker, and what that takes."""

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.api_client import Client
from benchmarks.servers import Server, digitsite, manage, worker
from ml.augmentation import augment
from ml.datasets import load_mnist
from ml.exchange import LabelledGlyphs, write_labelled

NAME: Final = "team"
PASSWORD: Final = "learning-benchmark"  # noqa: S105  (of a short-lived site)
LOOK_EVERY_S: Final = 0.2
# The way of `manage.py train --from-scratch` with a network that is trained already.
LET_ANSWER: Final = """
from pathlib import Path
from ml.artifacts import verify
from recognizer.services.model_versions import (
    model_version_promote, model_version_register,
)
folder = Path({folder!r})
version = model_version_register(folder=folder, manifest=verify(folder))
model_version_promote(version=version)
"""


@dataclass(slots=True)
class Cost:
    """What the worker's processes took for all that it has carried out.

    Attributes:
        cpu_s: processor time of those that have ended.
        peak_mb: the most that they held at one time, in MB, by RSS: what two of them
            share counts twice.
    """

    cpu_s: float = 0.0
    peak_mb: float = 0.0


@dataclass(frozen=True, slots=True)
class TeamSite:
    """A running site, somebody signed in, and the worker that trains for him."""

    folder: Path
    server: Server
    client: Client
    worker: subprocess.Popen[bytes]

    def let_answer(self, model: Path) -> None:
        """Let a copy of a model answer, as one that was trained here."""
        copy = self.folder / "models" / model.name
        shutil.copytree(model, copy)
        code = LET_ANSWER.format(folder=str(copy))
        manage(self.server.environment, "shell", "-c", code)

    def take_over(self, labelled: LabelledGlyphs) -> None:
        """Have labels that were given elsewhere confirmed."""
        folder = self.folder / "labelled"
        write_labelled(labelled, folder, "npz")
        command = ["dataset", "import", str(folder), "--user", NAME]
        manage(self.server.environment, *command)

    @contextmanager
    def weighed(self) -> Iterator[Cost]:
        """Within, what the worker starts is watched."""
        cost, has_ended = Cost(), threading.Event()

        def watch() -> None:
            while not has_ended.wait(LOOK_EVERY_S):
                held = sum(map(_rss_mb, _descendants(self.worker.pid)))
                cost.peak_mb = max(cost.peak_mb, held)

        before = _cpu_of_ended_s(self.worker.pid)
        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield cost
        finally:
            # The site knows that a run has ended a moment before its process does.
            while _descendants(self.worker.pid):
                has_ended.wait(LOOK_EVERY_S)
            has_ended.set()
            watcher.join()
            cost.cpu_s = _cpu_of_ended_s(self.worker.pid) - before


@contextmanager
def team_site(mnist: Path) -> Iterator[TeamSite]:
    """A new site, in a folder that goes with it."""
    with tempfile.TemporaryDirectory(prefix="learning-") as name:
        folder = Path(name)
        with (
            digitsite(folder, MNIST_DIR=str(mnist.resolve())) as server,
            worker(server) as process,
        ):
            login = {
                "DJANGO_SUPERUSER_USERNAME": NAME,
                "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
                "DJANGO_SUPERUSER_EMAIL": "team@example.org",
            }
            manage(server.environment | login, "createsuperuser", "--noinput")
            client = Client(server.port)
            client.sign_in(NAME, PASSWORD)
            yield TeamSite(folder, server, client, process)


def bent_digits(mnist: Path, count: int) -> LabelledGlyphs:
    """So many of MNIST's training digits, each bent, so that they are new glyphs."""
    digits = load_mnist(mnist).train
    chosen = np.random.default_rng(1).permutation(len(digits))[:count]
    images, labels = digits.images[chosen], digits.labels[chosen]
    is_held_out = np.zeros(count, np.bool_)  # the site decides that anew
    return LabelledGlyphs(augment(images, labels, seed=1), labels, is_held_out)


def _descendants(pid: int) -> list[int]:
    """The processes that it started, and what these started in turn."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(child) for child in task.read_text("ascii").split()]
        except OSError:
            continue
        for child in children:
            found += [child, *_descendants(child)]
    return found


def _rss_mb(pid: int) -> float:
    try:
        pages = Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]
    except (OSError, IndexError):
        return 0.0
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1024**2


def _cpu_of_ended_s(pid: int) -> float:
    """Processor time of its children that have ended, and of theirs."""
    stat = Path(f"/proc/{pid}/stat").read_text("utf-8")
    # The name may hold spaces; of the dead, user and system time are the 14th and 15th
    # after it.
    after_name = stat.rpartition(")")[2].split()
    ticks = int(after_name[13]) + int(after_name[14])
    return ticks / os.sysconf("SC_CLK_TCK")
