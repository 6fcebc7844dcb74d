"""Carries out a Dockerfile's steps in layers over this machine's own system.

This machine stands in for the base image: what the steps write goes to folders of their
own, as the layers of an image do, and nothing here is changed. It needs root on Linux
(mount, chroot, setpriv), and no container engine.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts.dockerfiles import Ignored, Stage, environment, lineage

# Of the base image.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# The system's own folders that each image has as well.
SHARED = ("proc", "dev")


@dataclass
class Builder:
    """Makes images out of stages, each once.

    Attributes:
        project: where COPY takes files from.
        scratch: an empty folder that is no part of an overlay.
    """

    project: Path
    scratch: Path
    stages: dict[str, Stage]
    ignored: Ignored
    _roots: dict[str, Path] = field(default_factory=dict)

    def build(self, name: str) -> Path:
        """The root of the stage's file system, with all its steps done."""
        if name not in self._roots:
            stage = self.stages[name]
            if stage.base in self.stages:
                self.build(stage.base)
            else:
                require_stand_in(stage.base)
            root = self._roots[name] = self._mount(name)
            self._carry_out(stage, root)
        return self._roots[name]

    def environment(self, name: str) -> dict[str, str]:
        return environment(self.stages, name, PATH)

    def folder(self, name: str) -> str:
        """Where processes of the stage begin."""
        said = [stage.last("WORKDIR") for stage in lineage(self.stages, name)]
        return next((each[0] for each in reversed(said) if each), "/")

    def _mount(self, name: str) -> Path:
        below = [str(self._layer(each.name)) for each in lineage(self.stages, name)]
        layer = below.pop()
        root, work = (self.scratch / name / each for each in ("root", "work"))
        for each in (Path(layer), root, work):
            each.mkdir(parents=True)
        lower = ":".join([*reversed(below), "/"])
        options = f"lowerdir={lower},upperdir={layer},workdir={work}"
        _mount("-t", "overlay", "overlay", "-o", options, root)
        for each in SHARED:
            _mount("--rbind", f"/{each}", root / each)
        # There, the base image has its Python; this machine's may be in a home folder.
        _mount("--bind", sys.base_prefix, root / "usr/local")
        # It may look for its library where it was made to lie, as any user.
        for each in Path(sys.base_prefix).parents:
            folder = root / str(each).lstrip("/")
            folder.chmod(folder.stat().st_mode | 0o111)
        # Of this machine's: nothing in there is any of the image's business.
        _mount("-t", "tmpfs", "-o", "mode=1777", "tmp", root / "tmp")
        return root

    def _layer(self, name: str) -> Path:
        return self.scratch / name / "layer"

    def _carry_out(self, stage: Stage, root: Path) -> None:
        folder = self.folder(stage.base) if stage.base in self.stages else "/"
        for step in stage.steps:
            if step.word in {"RUN", "COPY"}:
                print(f"[{stage.name}] {step.word} {step.rest[:66]}", flush=True)
            if step.word == "RUN":
                self._run(stage.name, root, folder, step.rest)
            elif step.word == "COPY":
                self._copy(root, folder, step.arguments)
            elif step.word == "WORKDIR":
                folder = step.rest
                (root / folder.lstrip("/")).mkdir(parents=True, exist_ok=True)

    def _run(self, name: str, root: Path, folder: str, command: str) -> None:
        # How this machine reaches its registries, where it says so in variables.
        pip = {key: value for key, value in os.environ.items() if key[:4] == "PIP_"}
        run_in(
            root,
            ["sh", "-ec", command],
            folder=folder,
            environment=pip | self.environment(name),
        )

    def _copy(self, root: Path, folder: str, arguments: list[str]) -> None:
        options = [each for each in arguments if each.startswith("--")]
        *sources, target = [each for each in arguments if each not in options]
        to = root / str(Path(folder, target)).lstrip("/")
        if options:
            (option,) = options
            taken = self.build(option.removeprefix("--from="))
            for source in sources:
                _copy_tree(taken / source.lstrip("/"), to)
            return
        for source in sources:
            for file in self.ignored.files(self.project, source):
                is_folder = (self.project / source).is_dir()
                name = file.relative_to(source) if is_folder else file.name
                place = to / name if is_folder or target.endswith("/") else to
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self.project / file, place)


def run_in(
    root: Path,
    command: Sequence[str],
    *,
    folder: str,
    environment: Mapping[str, str],
) -> str:
    """Run a command as root in there, and return what it says on stdout.

    Raises:
        SystemExit: it failed; what it said is in the message.
    """
    change = 'cd "$0" && exec "$@"'
    ended = subprocess.run(
        ["/usr/sbin/chroot", root, "/bin/sh", "-c", change, folder, *command],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        said = (ended.stdout + ended.stderr)[-3000:]
        raise SystemExit(f"{said}\nFailed with {ended.returncode}: {command}")
    return ended.stdout


def require_stand_in(image: str) -> None:
    """Whether this machine can stand in for the base image.

    Raises:
        SystemExit: the Python that runs this is another one than the image's.
    """
    asked = re.fullmatch(r"python:(3\.\d+)(\.\d+)?-slim-\w+", image)
    running = ".".join(map(str, sys.version_info[:2]))
    if asked is None or asked[1] != running:
        raise SystemExit(f"Run this with the Python of {image}. Received: {running}")
    print(f"{image}: this machine's system and Python {running} stand in for it.")


def _copy_tree(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    # As it is, with links and dates: a compiled file is known by its source's date.
    subprocess.run(["/bin/cp", "-a", f"{source}/.", target], check=True)


def _mount(*arguments: str | Path) -> None:
    subprocess.run(["/bin/mount", *arguments], check=True)
