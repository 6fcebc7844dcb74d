"""Reads thousands of damaged files, each of which must be answered or refused in words.

A process of its own reads them as the site does. Whatever ends it, an exception as much
as a crash of a decoder, is counted against the file that it was reading, and a new one
goes on with the next.

    .venv/bin/python -m benchmarks.fuzz [--files 10000] [--seed 1] [--check]
"""

import argparse
import json
import multiprocessing
import os
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks import machine
from benchmarks.mutations import make_file
from benchmarks.tables import table
from ml.artifacts import SHIPPED
from ml.errors import MlError
from ml.inference import Recognizer

# What the site promises of any file: processor time, as the machine may be busy with
# other things, and memory of the process after all files.
SECONDS_AT_MOST = 2.0
MEMORY_MB_AT_MOST = 500.0
# A file that takes longer by the clock hangs.
HANGS_AFTER_S = 60.0
READY = "ready"
NOT_BEGUN = -1


@dataclass(frozen=True, slots=True)
class Answered:
    """An outcome or an error's code, and what it cost."""

    number: int
    answer: str
    seconds: float
    memory_mb: float


@dataclass(frozen=True, slots=True)
class Escaped:
    """What ended the process that read a file, in words."""

    number: int
    words: str


@dataclass(slots=True)
class Report:
    answered: list[Answered] = field(default_factory=list)
    escaped: list[Escaped] = field(default_factory=list)

    @property
    def files(self) -> int:
        return len(self.answered) + len(self.escaped)

    @property
    def slowest(self) -> Answered:
        return max(self.answered, key=lambda each: each.seconds)

    @property
    def memory_mb(self) -> float:
        return max(each.memory_mb for each in self.answered)

    def is_kept(self) -> bool:
        return (
            not self.escaped
            and self.slowest.seconds <= SECONDS_AT_MOST
            and self.memory_mb <= MEMORY_MB_AT_MOST
        )


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    try:
        report = _read_all(options)
    except RuntimeError as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return 2
    for each in report.escaped:
        print(f"File {each.number}: {each.words}", file=sys.stderr)
    if not report.answered:
        return 1
    if options.keep is not None:
        _keep(report, options.keep, options.seed)
    print(_as_json(report) if options.json else _as_markdown(report))
    return 0 if report.is_kept() or not options.check else 1


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--files", type=int, default=10_000)
    add("--seed", type=int, default=1)
    add("--model", type=Path, default=SHIPPED, help="folder of the model that reads")
    add("--keep", type=Path, help="folder for the files that broke a promise")
    add("--json", action="store_true", help="print JSON instead of a table")
    add("--check", action="store_true", help="exit with 1 if a promise is not kept")
    return parser.parse_args(arguments)


def _read_all(options: argparse.Namespace) -> Report:
    report = Report()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        log = Path(folder) / "log"
        while report.files < options.files:
            for each in _read_from(report.files, options, log):
                if isinstance(each, Answered):
                    report.answered.append(each)
                else:
                    report.escaped.append(each)
    return report


def _read_from(
    first: int, options: argparse.Namespace, log: Path
) -> Iterator[Answered | Escaped]:
    """Let a new process read files until it has read all, ends early or hangs.

    Raises:
        RuntimeError: the process ended before it began to read.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    numbers = range(first, options.files)
    arguments = (options.model, numbers, options.seed, sender, log)
    reader = context.Process(target=_read, args=arguments, daemon=True)
    reader.start()
    sender.close()
    number = NOT_BEGUN
    try:
        while receiver.poll(HANGS_AFTER_S):
            if isinstance(received := receiver.recv(), Answered):
                yield received
            number = first if number == NOT_BEGUN else number + 1
        words = f"no answer within {HANGS_AFTER_S:g} s"
    except EOFError:
        reader.join()
        words = _how_it_ended(reader.exitcode, log)
    finally:
        reader.kill()
        reader.join()
    if number == NOT_BEGUN:
        raise RuntimeError(words)
    if number < options.files:
        yield Escaped(number, words)


def _read(
    model: Path, numbers: Sequence[int], seed: int, sender: Connection, log: Path
) -> None:
    # Decoders written in C tell much about damaged files, all of it here.
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), sys.stderr.fileno())
    recognizer = Recognizer.load(model)
    sender.send(READY)
    # Some servers are run so; a remark about a file must not end a request.
    warnings.simplefilter("error")
    for number in numbers:
        data = make_file(number, seed=seed)
        started = time.process_time()
        try:
            answer = str(recognizer.read(data, with_picture=True).outcome)
        except MlError as error:
            answer = error.code
        seconds = time.process_time() - started
        sender.send(Answered(number, answer, seconds, machine.peak_memory_mb()))


def _how_it_ended(code: int | None, log: Path) -> str:
    if code is not None and code < 0:
        return f"ended by {signal.Signals(-code).name}"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return lines[-1] if lines else f"ended with {code}"


def _keep(report: Report, folder: Path, seed: int) -> None:
    slow = [each for each in report.answered if each.seconds > SECONDS_AT_MOST]
    folder.mkdir(parents=True, exist_ok=True)
    numbers = [each.number for each in report.escaped]
    numbers += [each.number for each in slow]
    for number in numbers:
        data = make_file(number, seed=seed)
        (folder / f"{seed}-{number}").write_bytes(data)


def _as_markdown(report: Report) -> str:
    slowest = report.slowest
    promises = [
        ("neither answered nor refused in words", f"{len(report.escaped)}", "0"),
        ("slowest file, s", f"{slowest.seconds:.2f}", f"≤ {SECONDS_AT_MOST:g}"),
        ("memory, MB", f"{report.memory_mb:.0f}", f"≤ {MEMORY_MB_AT_MOST:g}"),
    ]
    counts = Counter(each.answer for each in report.answered).most_common()
    answers = [(answer, f"{count:,}") for answer, count in counts]
    note = (
        f"{machine.describe()}. Seconds of processor time; the slowest is file "
        f"{slowest.number}."
    )
    head = (f"{report.files:,} files", "measured", "promised")
    tables = table(head, promises), table(("answer", "files"), answers)
    return "\n\n".join((*tables, note))


def _as_json(report: Report) -> str:
    answer = {
        "machine": machine.describe(),
        "files": report.files,
        "answers": Counter(each.answer for each in report.answered),
        "escaped": [asdict(each) for each in report.escaped],
        "slowest": asdict(report.slowest),
        "memory_mb": report.memory_mb,
        "are_kept": report.is_kept(),
    }
    return json.dumps(answer, indent=2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
