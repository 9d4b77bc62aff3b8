"""The files for Kubernetes: valid, without a password, and closed to all but who has to come in."""

from __future__ import annotations

import base64
import binascii
import shlex
import warnings
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest
import yaml
from rayjob_schema import RAYJOB
from test_cluster_files import PRICE, pinned

KUBERAY = Path(__file__).resolve().parents[2] / "cluster" / "kuberay"
KUBERNETES = "1.37"


def documents(name: str) -> list[dict]:
    return list(yaml.safe_load_all((KUBERAY / name).read_text()))


def find(kind: str, name: str) -> dict:
    both = [*documents("rayjob.yaml"), *documents("mlflow.yaml")]
    (found,) = [one for one in both if (one["kind"], one["metadata"]["name"]) == (kind, name)]
    return found


@pytest.fixture
def job() -> dict:
    return find("RayJob", "gpdht")["spec"]


@pytest.fixture
def templates(job) -> dict[str, dict]:
    """The template of each kind of pod."""
    cluster = job["rayClusterSpec"]
    (workers,) = cluster["workerGroupSpecs"]
    return {
        "submitter": job["submitterPodTemplate"],
        "head": cluster["headGroupSpec"]["template"],
        "worker": workers["template"],
        "mlflow": find("Deployment", "mlflow")["spec"]["template"],
        "postgres": find("StatefulSet", "mlflow-postgres")["spec"]["template"],
    }


def test_kubernetes_own_objects_meet_its_own_schema_to_the_letter():
    checked = 0
    for document in [*documents("rayjob.yaml"), *documents("mlflow.yaml")]:
        if document["kind"] != "RayJob":
            kubernetes_validate.validate(document, KUBERNETES, strict=True)
            checked += 1
    assert checked == 10


def test_the_job_has_only_fields_that_kuberay_knows_and_pods_that_kubernetes_knows(templates):
    jsonschema.validate(find("RayJob", "gpdht"), RAYJOB)
    for template in templates.values():
        pod = {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "x"}}
        kubernetes_validate.validate({**pod, "template": template}, KUBERNETES, strict=True)
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**pod, "template": {"spce": {}}}, KUBERNETES, strict=True)


def test_no_pod_runs_as_root_or_may_become_it(templates):
    for name, template in templates.items():
        spec = template["spec"]
        assert spec["securityContext"]["runAsNonRoot"], name
        assert spec["securityContext"]["runAsUser"] > 0, name
        for container in spec["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
            }, name


def test_only_the_head_which_scales_the_cluster_may_speak_to_kubernetes(templates):
    mute = {
        n for n, t in templates.items() if not t["spec"].get("automountServiceAccountToken", True)
    }
    assert mute == set(templates) - {"head"}


def test_the_ray_of_the_job_is_the_pinned_one_with_a_token_and_an_end(job):
    cluster = job["rayClusterSpec"]
    assert cluster["rayVersion"] == pinned("ray")
    assert cluster["authOptions"] == {"mode": "token"}
    assert cluster["enableInTreeAutoscaling"]
    assert cluster["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
    (workers,) = cluster["workerGroupSpecs"]
    assert workers["minReplicas"] == 0 < workers["maxReplicas"]
    for group in (workers, cluster["headGroupSpec"]):
        assert float(group["labels"][PRICE]) > 0
    assert job["shutdownAfterJobFinishes"]
    assert job["backoffLimit"] >= 1


def test_what_the_job_runs_is_a_search_whose_study_outlives_the_cluster(job, templates):
    from gpdht.cli.submit import checked_arguments

    program, script, *words = shlex.split(job["entrypoint"])
    assert (program, script) == ("python", "/home/ray/gpdht/cluster/tune.py")
    given = dict(checked_arguments(words))
    service = find("Service", "mlflow")
    port = service["spec"]["ports"][0]["port"]
    assert given["--tracking-uri"] == f"http://{service['metadata']['name']}:{port}"
    for name in ("head", "worker"):
        spec = templates[name]["spec"]
        (mount,) = [m for m in spec["containers"][0]["volumeMounts"] if m["name"] == "gpdht"]
        (volume,) = [v for v in spec["volumes"] if v["name"] == "gpdht"]
        assert Path(given["--studies"]).is_relative_to(mount["mountPath"])
        claim = find("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"])
        assert claim["spec"]["accessModes"] == ["ReadWriteMany"]


def test_the_password_is_none_until_someone_makes_one():
    secret = find("Secret", "mlflow-postgres")
    with pytest.raises(binascii.Error):  # so does Kubernetes refuse it
        base64.b64decode(secret["data"]["password"], validate=True)
    for name in ("mlflow.yaml", "rayjob.yaml"):
        assert "stringData" not in (KUBERAY / name).read_text()


def let_in(policy: str) -> tuple[dict, list[tuple[list, list]]]:
    """Whom a policy guards; which pods it lets in, and on which ports (none: all)."""
    spec = find("NetworkPolicy", policy)["spec"]
    rules = [
        (
            [peer["podSelector"]["matchLabels"] for peer in rule["from"]],
            [port["port"] for port in rule.get("ports", [])],
        )
        for rule in spec["ingress"]
    ]
    assert "Ingress" in spec["policyTypes"]
    return spec["podSelector"]["matchLabels"], rules


def test_only_rays_pods_reach_mlflow_and_only_mlflow_reaches_its_database(templates):
    labels = {name: template["metadata"]["labels"] for name, template in templates.items()}
    assert labels["submitter"] == labels["head"] == labels["worker"]
    assert let_in("mlflow") == (labels["mlflow"], [([labels["head"]], [5000])])
    assert let_in("mlflow-postgres") == (labels["postgres"], [([labels["mlflow"]], [5432])])
    operator = {"app.kubernetes.io/name": "kuberay-operator"}
    assert let_in("gpdht-ray") == (
        labels["head"], [([labels["head"]], []), ([operator], [8265])],
    )  # fmt: skip


def test_mlflow_takes_its_options_and_answers_to_its_own_names_alone(templates):
    with warnings.catch_warnings(action="ignore"):  # its import warns of type hints of its own
        from mlflow.cli import server
    from mlflow.server.security_utils import is_allowed_host_header

    (container,) = templates["mlflow"]["spec"]["containers"]
    assert container["command"] == ["mlflow", "server"]
    given = server.make_context("mlflow server", list(container["args"])).params
    hosts = given["allowed_hosts"].split(",")
    assert all(is_allowed_host_header(hosts, name) for name in ("mlflow:5000", "localhost:8080"))
    assert not is_allowed_host_header(hosts, "evil.example.com:5000")
    assert given["artifacts_destination"] == container["volumeMounts"][0]["mountPath"]
    (backend,) = [e["value"] for e in container["env"] if e["name"] == "MLFLOW_BACKEND_STORE_URI"]
    assert "@mlflow-postgres:5432/" in backend
    assert "$(POSTGRES_PASSWORD)" in backend
