"""The files that start the site on a cluster, and on hosts that build it."""

import os

import kubernetes_validate
import pytest
import yaml

from tests.recognizer.deployment import (
    COMPOSE,
    KUBERNETES,
    KUBERNETES_VERSIONS,
    PROCFILE,
    RENDER,
    ROOT,
    SERVICES,
    STAGES,
    manifests,
    pods,
    told_by_render,
)

# Kubernetes


@pytest.mark.parametrize("version", KUBERNETES_VERSIONS)
def test_manifests_fit_their_schemas(version):
    for each in manifests():
        # Kustomize's own are no resources.
        if not each["apiVersion"].startswith("kustomize."):
            kubernetes_validate.validate(each, version, strict=True)


@pytest.mark.parametrize("folder", ["migrate", "site"])
def test_every_manifest_is_listed(folder):
    files = {each.name for each in (KUBERNETES / folder).glob("*.yaml")}
    listed = yaml.safe_load((KUBERNETES / folder / "kustomization.yaml").read_text())

    assert set(listed["resources"]) | {"kustomization.yaml"} == files
    assert listed["components"] == ["../image"]


@pytest.mark.parametrize("name", list(pods()))
def test_a_pod_has_no_rights_to_spare(name):
    pod = pods()[name]
    (container,) = pod["containers"]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    user = (
        f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}"
    )
    assert user == STAGES["serving"].last("USER")[0]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"requests", "limits"} <= container["resources"].keys()
    assert {each["mountPath"] for each in container["volumeMounts"]} == {
        "/tmp",  # noqa: S108  (of a container)
        "/data",
    }


def test_kubernetes_asks_where_the_site_says_how_it_is():
    (container,) = pods()["web"]["containers"]
    (port,) = container["ports"]

    assert str(port["containerPort"]) == STAGES["serving"].last("EXPOSE")[0]
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["port"] == port["name"]


def test_what_a_manifest_refers_to_is_there():
    names = {
        (each["kind"], each["metadata"]["name"])
        for each in manifests()
        if "metadata" in each
    }

    for pod in pods().values():
        refers, secret = pod["containers"][0]["envFrom"]
        assert ("ConfigMap", refers["configMapRef"]["name"]) in names
        assert secret["secretRef"]["name"] == "digitsite"
    (ingress,) = (each for each in manifests() if each["kind"] == "Ingress")
    (path,) = ingress["spec"]["rules"][0]["http"]["paths"]
    assert ("Service", path["backend"]["service"]["name"]) in names


# Hosts that build


def test_what_is_built_elsewhere_has_all_of_its_settings():
    for service in RENDER["services"]:
        if service["type"] in {"web", "worker"}:
            needed = set(COMPOSE["x-site"]["environment"]) - {"AWS_ENDPOINT_URL"}
            assert needed <= told_by_render(service)


def test_the_same_processes_run_everywhere():
    assert set(PROCFILE) == {"release", "web", "worker", "trainer"}
    assert {"web", "worker", "trainer", "migrate"} == set(pods())
    assert {"web", "worker", "trainer", "migrate"} <= set(SERVICES)


def test_the_trial_of_the_image_can_be_started():
    assert os.access(ROOT / "scripts/try_image", os.X_OK)
