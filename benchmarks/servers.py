"""Starting and ending the servers that are measured, and weighing their workers."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import IO

PROJECT = Path(__file__).resolve().parent.parent
START_TIMEOUT_S = 120.0
END_TIMEOUT_S = 15.0
WORKERS = 2
# Of processor time in half a second: an idle worker looks around once in a while.
IDLE_WORK_S = 0.05


@dataclass(frozen=True, slots=True)
class Memory:
    """Of one worker, in MB: RSS counts pages it shares, PSS divides them up.

    With others that share them, and so PSS falls and rises with who else runs Python on
    this machine. What is no file's (`own_mb`) is of this worker alone, but for what was
    there before the fork.
    """

    rss_mb: float
    pss_mb: float
    own_mb: float


@dataclass(frozen=True, slots=True)
class Server:
    """A running gunicorn, and the environment that makes another process its own."""

    port: int
    process: subprocess.Popen[bytes]
    environment: dict[str, str] = field(default_factory=dict, repr=False)

    def workers(self) -> list[int]:
        """The process ids of those that answer."""
        return children(self.process.pid)

    def work_s(self) -> float:
        """Processor time that its workers have used so far."""
        return work_s(self.workers())

    def memory_per_worker(self) -> Memory:
        return mean_memory(self.workers())


@contextmanager
def digitsite(folder: Path, **settings: str) -> Iterator[Server]:
    """The project as `make run` serves it, with all that it keeps in `folder`.

    Args:
        settings: further environment variables.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    environment = os.environ | {
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_URL": f"sqlite:///{folder / 'benchmark.sqlite3'}",
        "DEBUG": "off",
        "DIGITS_THROTTLE": "off",
        "HOST": "127.0.0.1",
        "MEDIA_ROOT": str(folder / "media"),
        "MODELS_ROOT": str(folder / "models"),
        "PORT": str(port),
        "SECRET_KEY": secrets.token_urlsafe(50),
        "WEB_CONCURRENCY": str(WORKERS),
        **settings,
    }
    manage(environment, "migrate", "--noinput", "--verbosity", "0")
    if not (PROJECT / "var/static/staticfiles.json").is_file():
        manage(environment, "collectstatic", "--noinput", "--verbosity", "0")
    command = ["--config", "digitsite/gunicorn.py", "digitsite.wsgi"]
    workers = int(environment["WEB_CONCURRENCY"])
    with _gunicorn(command, PROJECT, environment, port, workers) as server:
        yield server


def manage(environment: dict[str, str], *arguments: str) -> None:
    """Run a command of the site's.

    Raises:
        subprocess.CalledProcessError: it failed; what it said stands on stderr.
    """
    ask_manage(environment, *arguments)


def ask_manage(environment: dict[str, str], *arguments: str) -> str:
    """Run a command of the site's, and give what it prints.

    Raises:
        subprocess.CalledProcessError: it failed; what it said stands on stderr.
    """
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, check=True, stdout=subprocess.PIPE
    )
    return done.stdout.decode()


@contextmanager
def worker(server: Server) -> Iterator[subprocess.Popen[bytes]]:
    """The worker that `make run` starts beside the site; it trains."""
    with _worker(server, "db_worker", "--queue-name", "*", "--no-reload") as process:
        yield process


@contextmanager
def redis_workers(server: Server, count: int) -> Iterator[list[int]]:
    """So many that read batches, of a site with Redis; their process ids."""
    with ExitStack() as stack:
        started = [
            stack.enter_context(_worker(server, "redis_worker")) for _ in range(count)
        ]
        pids = [process.pid for process in started]
        _wait_until_idle(lambda: pids)
        yield pids


@contextmanager
def _worker(server: Server, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "manage.py", *arguments]
    with _log_shown_on_failure() as log:
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=server.environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            # A group of its own: a training that goes on still ends with it.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def flask_app(model: Path) -> Iterator[Server]:
    """The plain Flask app, with as many workers, one request at a time each."""
    port = _free_port()
    # TensorFlow greets with pages of notes; oneDNN and threads stay as they come.
    environment = os.environ | {"MODEL": str(model), "TF_CPP_MIN_LOG_LEVEL": "2"}
    options = ["--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS)]
    command = [*options, "--timeout", "120", "--no-control-socket", "flask_app:app"]
    folder = PROJECT / "benchmarks"
    with _gunicorn(command, folder, environment, port, WORKERS) as server:
        yield server


@contextmanager
def _gunicorn(
    arguments: list[str],
    folder: Path,
    environment: dict[str, str],
    port: int,
    workers: int,
) -> Iterator[Server]:
    command = [sys.executable, "-m", "gunicorn", "--log-level", "warning", *arguments]
    with _log_shown_on_failure() as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log
        )
        try:
            _wait_until_ready(process, port, workers)
            yield Server(port, process, environment)
        finally:
            _end(process)


@contextmanager
def _log_shown_on_failure() -> Iterator[IO[bytes]]:
    """A log for a process: TensorFlow has much to say, and mostly for nothing."""
    with tempfile.TemporaryFile() as log:
        try:
            yield log
        except Exception:
            # Whatever it is, the log says why; then it goes on its way.
            log.seek(0)
            sys.stderr.write(log.read().decode(errors="replace")[-4000:])
            raise


def _wait_until_ready(
    process: subprocess.Popen[bytes], port: int, workers: int
) -> None:
    """Until one worker answers and all have finished loading, which is hard work."""

    def loaded() -> list[int]:
        if process.poll() is not None:
            raise RuntimeError(f"The server ended at once, with {process.returncode}.")
        pids = children(process.pid)
        return pids if len(pids) >= workers and _answers(port) else []

    _wait_until_idle(loaded)


def _wait_until_idle(there: Callable[[], list[int]]) -> None:
    """Until all processes are there, and have next to nothing to do."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        pids = there()
        before = work_s(pids)
        time.sleep(0.5)
        if pids and work_s(pids) - before <= IDLE_WORK_S:
            return
    raise RuntimeError(f"They were not ready within {START_TIMEOUT_S:g} s.")


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
            return connection.recv(5) == b"HTTP/"
    except OSError:
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(END_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        # Its workers would outlive it: they end first.
        for pid in children(process.pid):
            os.kill(pid, signal.SIGKILL)
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def children(pid: int) -> list[int]:
    """The process ids of its children; none if it has ended."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except FileNotFoundError:
        return []
    return [int(child) for child in text.split()]


def work_s(pids: list[int], *, with_ended: bool = False) -> float:
    """Processor time that the processes have used so far.

    Args:
        with_ended: and their children that have ended.
    """
    ticks = 0
    for pid in pids:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        except FileNotFoundError:
            continue
        # The name may hold spaces; user and system time are the 12th and 13th after,
        # and then those of children that have ended.
        after_name = stat.rpartition(")")[2].split()
        ticks += sum(map(int, after_name[11 : 15 if with_ended else 13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def mean_memory(pids: list[int]) -> Memory:
    """Of one of the processes, on average."""
    weights = [_weigh(pid) for pid in pids]
    return Memory(*(fmean(figures) for figures in zip(*weights, strict=True)))


def _weigh(pid: int) -> tuple[float, float, float]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    kilobytes = {
        name: int(rest.split()[0])
        for name, _, rest in (line.partition(":") for line in lines[1:])
    }
    rss, pss, own = (kilobytes[name] / 1024 for name in ("Rss", "Pss", "Pss_Anon"))
    return rss, pss, own
