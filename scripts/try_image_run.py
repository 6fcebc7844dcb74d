"""What scripts/try_image does: an image is made, started, used and stopped.

Processes run as the image's user, without rights to gain, and can write to /data and
/tmp alone. They use the real PostgreSQL and Redis of this machine, in a database and a
number of their own, and a stand-in for S3.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import redis
import yaml
from moto.server import ThreadedMotoServer

from scripts.asking import PATIENCE_S, PROXIED, ask, require, use, wait_for
from scripts.dockerfiles import Ignored, read_stages
from scripts.image_layers import Builder, run_in

PROJECT = Path(__file__).resolve().parent.parent
COMPOSE = yaml.safe_load((PROJECT / "compose.yaml").read_text())
REDIS = os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379"
PORTS = (8471, 8472)
METRICS_TOKEN = uuid4().hex


class Container:
    """The image's file system, read-only, with a /data and a /tmp of its own."""

    def __init__(self, builder: Builder, folder: Path, told: Mapping[str, str]) -> None:
        """Mount it at the folder, which is made."""
        root = builder.build("serving")
        folder.mkdir()
        _mount("--rbind", root, folder)
        _mount("-o", "remount,bind,ro", folder)
        options = "uid=10001,gid=10001,mode=0700"
        _mount("-t", "tmpfs", "-o", options, "data", folder / "data")
        _mount("-t", "tmpfs", "-o", "mode=1777", "tmp", folder / "tmp")
        self.root = folder
        self.folder = builder.folder("serving")
        self.environment = builder.environment("serving") | told

    def command(self, arguments: list[str]) -> list[str]:
        """As root, to become the image's user in there."""
        (user,) = read_stages(_text("Dockerfile"))["serving"].last("USER")
        number, _, group = user.partition(":")
        rights = [f"--reuid={number}", f"--regid={group}", "--clear-groups"]
        rights += ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
        change = 'cd "$0" && exec "$@"'
        begin = ["/usr/sbin/chroot", str(self.root), "/usr/bin/setpriv", *rights]
        return [*begin, "/bin/sh", "-c", change, self.folder, *arguments]

    def run(
        self, arguments: list[str], **told: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(arguments),
            env=self.environment | told,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    @contextmanager
    def running(self, arguments: list[str], log: Path, **told: str) -> Iterator[None]:
        """Run a process until the end of the block; then it is told to end."""
        with log.open("wb") as said:
            process = subprocess.Popen(
                self.command(arguments),
                env=self.environment | told,
                stdout=said,
                stderr=subprocess.STDOUT,
            )
            try:
                yield
            except BaseException:
                print(log.read_text()[-4000:])
                raise
            finally:
                began = time.monotonic()
                process.send_signal(signal.SIGTERM)
                code = process.wait(timeout=PATIENCE_S)
                print(f"{log.stem} ended with {code}, {time.monotonic() - began:.1f} s")
        require(code == 0, f"{log.stem} ended with {code}")


def main() -> None:
    if os.geteuid() != 0 or not sys.platform.startswith("linux"):
        raise SystemExit("This mounts, so it needs root on Linux.")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        # Not on the file system that is the lowest layer itself.
        _mount("-t", "tmpfs", "scratch", folder)
        stack.callback(subprocess.run, ["/bin/umount", "-Rl", folder], check=True)
        stages = read_stages(_text("Dockerfile"))
        ignored = Ignored(_text(".dockerignore"))
        builder = Builder(PROJECT, folder / "layers", stages, ignored)
        look_at(builder)
        told = settings(stack)
        webs = [Container(builder, folder / f"web{port}", told) for port in PORTS]
        worker = Container(builder, folder / "worker", told)
        require_closed(worker)
        for name in ("bucket", "migrate"):
            ended = worker.run(["tini", "--", *COMPOSE["services"][name]["command"]])
            require(ended.returncode == 0, f"{name}: {ended.stdout}{ended.stderr}")
            print(f"{name}: done")
        start_and_use(stack, webs, worker, folder)
    print("All of it works.")


def look_at(builder: Builder) -> None:
    """Whether the image holds what it should, and no more."""
    root = builder.build("serving")
    inside = {"folder": "/app", "environment": builder.environment("serving")}
    looking = (
        "import importlib.util as find, json; print(json.dumps([name for name in "
        "('tensorflow', 'keras', 'h5py', 'matplotlib', 'pytest', 'supervisor') "
        "if find.find_spec(name)]))"
    )
    found = json.loads(run_in(root, ["python", "-c", looking], **inside))
    require(found == [], f"What only trains or tests is there: {found}")
    print(
        "No TensorFlow, Keras, h5py, Matplotlib, pytest or supervisor can be imported."
    )
    require(not (root / "app/var/secret_key").exists(), "A secret key is in the image.")
    print("In /app:", ", ".join(sorted(path.name for path in (root / "app").iterdir())))
    size = sum(
        path.lstat().st_size
        for path in [*(root / "app").rglob("*"), *(root / "opt/venv").rglob("*")]
    )
    print(f"/app and /opt/venv: {size / 1e6:.0f} MB")


def settings(stack: ExitStack) -> dict[str, str]:
    """What compose.yaml tells the site, with the addresses of this machine."""
    database = stack.enter_context(own_database())
    number = stack.enter_context(own_redis())
    # It would write a line for each request.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    stack.callback(server.stop)
    host, port = server.get_host_and_port()
    ours = {
        "SECRET_KEY": uuid4().hex * 2,
        "ALLOWED_HOSTS": PROXIED["Host"],
        "DATABASE_URL": database,
        "REDIS_URL": number,
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "trial",
        "AWS_SECRET_ACCESS_KEY": "trial",
        "HOST": "127.0.0.1",
        # Here it is not the first process.
        "TINI_SUBREAPER": "1",
        "DIGITS_METRICS": "on",
        "DIGITS_METRICS_TOKEN": METRICS_TOKEN,
    }
    return COMPOSE["x-site"]["environment"] | ours


@contextmanager
def own_database() -> Iterator[str]:
    find = [sys.executable, "scripts/find_postgresql.py"]
    found = subprocess.run(
        find, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=False
    )
    require(found.returncode == 0, "There is no PostgreSQL.")
    server, name = found.stdout.strip(), f"digits_trial_{uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            yield f"{server.rpartition('/')[0]}/{name}"
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@contextmanager
def own_redis() -> Iterator[str]:
    """A number in Redis that nobody uses, empty again afterwards."""
    for number in range(15, 0, -1):
        url = f"{REDIS}/{number}"
        with redis.Redis.from_url(url) as connection:
            if connection.dbsize() == 0:
                try:
                    yield url
                finally:
                    connection.flushdb()
                return
    raise SystemExit(f"All numbers of {REDIS} are in use.")


def require_closed(container: Container) -> None:
    """Whether nothing but /data and /tmp can be written to, and nobody is root."""
    for place, is_open in (("/app/var", 0), ("/opt", 0), ("/data", 1), ("/tmp", 1)):  # noqa: S108
        ended = container.run(["touch", f"{place}/trial"])
        require((ended.returncode == 0) == is_open, f"{place}: {ended.stderr}")
    rights = container.run(
        ["grep", "-E", "^(Uid|CapEff|NoNewPrivs)", "/proc/self/status"]
    )
    print("Only /data and /tmp can be written to;", " ".join(rights.stdout.split()))


def start_and_use(
    stack: ExitStack, webs: list[Container], worker: Container, folder: Path
) -> None:
    serving = read_stages(_text("Dockerfile"))["serving"]
    entry, serve = serving.last("ENTRYPOINT"), serving.last("CMD")
    work = COMPOSE["services"]["worker"]["command"]
    for web, port in zip(webs, PORTS, strict=True):
        log = folder / f"web-{port}.log"
        stack.enter_context(web.running([*entry, *serve], log, PORT=str(port)))
    stack.enter_context(worker.running([*entry, *work], folder / "worker.log"))
    for web, port in zip(webs, PORTS, strict=True):
        wait_for(port)
        check = serving.last("HEALTHCHECK")
        asked = web.run(check[check.index("CMD") + 1 :], PORT=str(port))
        require(asked.returncode == 0, f"The health check fails: {asked.stderr}")
        ready = ask("GET", port, "/readyz").json()
        require(ready["state"] != "failed", str(ready))
        print(f"{port}: the health check passes; /readyz: {ready['state']}", end=" ")
        print({name: each["state"] for name, each in ready["checks"].items()})
    use(*PORTS, token=METRICS_TOKEN)
    doctor = webs[0].run(["python", "manage.py", "doctor", "--format", "json"])
    found = {
        each["name"]: each["state"] for each in json.loads(doctor.stdout)["checks"]
    }
    print("doctor:", found)
    require("failed" not in found.values(), doctor.stdout)
    kept = [str(path.relative_to(web.root)) for web in webs for path in written(web)]
    print("Written by the sites:", sorted({Path(each).parent.name for each in kept}))


def written(container: Container) -> Iterator[Path]:
    for name in ("data", "tmp"):
        yield from (
            each for each in (container.root / name).rglob("*") if each.is_file()
        )


def _text(name: str) -> str:
    return (PROJECT / name).read_text()


def _mount(*arguments: str | Path) -> None:
    subprocess.run(["/bin/mount", *arguments], check=True)


if __name__ == "__main__":
    main()
