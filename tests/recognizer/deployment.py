"""The files that start the site elsewhere, as the tests of them read them."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from scripts.dockerfiles import read_stages

ROOT = Path(__file__).resolve().parents[2]
KUBERNETES = ROOT / "deploy/kubernetes"
# The oldest that is looked after, and the newest of which there is a schema.
KUBERNETES_VERSIONS = ("1.31", "1.34")
# What others than the site read.
OTHERS = {
    "HTTP_PORT",
    "HTTPS_PORT",
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
    "WEB_REPLICAS",
    "WORKER_REPLICAS",
    "DIGITSITE_VERSION",
    "PYTHON_VERSION",
    # Read by Python, by tini, and by whoever looks for a home.
    "PATH",
    "HOME",
    "PYTHONUNBUFFERED",
    "PYTHONDONTWRITEBYTECODE",
}


def text(name: str) -> str:
    return (ROOT / name).read_text()


STAGES = read_stages(text("Dockerfile"))
COMPOSE = yaml.safe_load(text("compose.yaml"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OF_THE_SITE = ("web", "worker", "trainer", "migrate", "bucket")
RENDER = yaml.safe_load(text("render.yaml"))
PROCFILE = dict(line.split(": ", 1) for line in text("Procfile").splitlines())


def manifests() -> list[dict[str, Any]]:
    files = sorted(KUBERNETES.glob("*/*.yaml"))
    return [each for file in files for each in yaml.safe_load_all(file.read_text())]


def pods() -> dict[str, dict[str, Any]]:
    return {
        each["metadata"]["name"]: each["spec"]["template"]["spec"]
        for each in manifests()
        if each["kind"] in {"Deployment", "Job"}
    }


def documented() -> set[str]:
    return set(
        re.findall(r"^\| `([A-Z_]+)` \|", text("docs/settings.md"), re.MULTILINE)
    )


def example(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", text(name), re.MULTILINE))


def told_by_kubernetes() -> set[str]:
    (config,) = (each for each in manifests() if each["kind"] == "ConfigMap")
    return set(config["data"]) | set(example("deploy/kubernetes/secret.env.example"))


def told_by_render(service: dict[str, Any]) -> set[str]:
    return {each["key"] for each in service.get("envVars", [])}


def images() -> list[str]:
    bases = [each.base for each in STAGES.values() if each.base not in STAGES]
    ours = [each["image"] for each in SERVICES.values()]
    component = yaml.safe_load((KUBERNETES / "image/kustomization.yaml").read_text())
    return [
        *bases,
        *ours,
        *(f"{i['newName']}:{i['newTag']}" for i in component["images"]),
    ]


def commands() -> Iterator[list[str]]:
    """Whatever is started anywhere."""
    yield from (each.last("CMD") for each in STAGES.values() if each.last("CMD"))
    yield from (SERVICES[name]["command"] for name in ("worker", "migrate"))
    yield from (
        pod["containers"][0]["args"] for name, pod in pods().items() if name != "web"
    )
    for line in PROCFILE.values():
        yield from (shlex.split(each) for each in line.split(" && "))
    for service in RENDER["services"]:
        for key in ("preDeployCommand", "dockerCommand", "startCommand"):
            if key in service:
                yield shlex.split(service[key])
