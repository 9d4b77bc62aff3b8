"""The cluster's files: valid where they are read, safe by default, one Ray in all of them."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

CLUSTER = Path(__file__).resolve().parents[2] / "cluster"
FILES = ("cluster.yaml", "gcp.yaml", "on-premise.yaml")
CLOUDS = FILES[:2]
PRICE = "gpdht.io/price-per-hour"


def load(name: str) -> dict:
    return yaml.safe_load((CLUSTER / name).read_text())


def pinned(package: str) -> str:
    pins = (CLUSTER.parent / "constraints.txt").read_text().split()
    (version,) = [pin.partition("==")[2] for pin in pins if pin.startswith(f"{package}==")]
    return version


@pytest.mark.parametrize("name", FILES)
def test_a_cluster_file_meets_rays_own_schema(name):
    ray = Path(importlib.util.find_spec("ray").origin).parent
    schema = json.loads((ray / "autoscaler" / "ray-schema.json").read_text())
    jsonschema.validate(load(name), schema)


@pytest.mark.parametrize("name", CLOUDS)
def test_the_head_takes_no_trial_and_the_workers_have_gpus_and_an_end(name):
    config = load(name)
    types = config["available_node_types"]
    assert types[config["head_node_type"]]["resources"] == {"CPU": 0}
    workers = [node for name, node in types.items() if name != config["head_node_type"]]
    assert all(node["resources"]["GPU"] >= 1 for node in workers)
    assert all(node["min_workers"] == 0 for node in workers)
    assert sum(node["max_workers"] for node in workers) == config["max_workers"]
    assert config["idle_timeout_minutes"] <= 15


def test_workers_are_spot_nodes_and_heads_are_not():
    aws, gcp = (load(name)["available_node_types"] for name in CLOUDS)
    assert aws["gpu"]["node_config"]["InstanceMarketOptions"] == {"MarketType": "spot"}
    assert "InstanceMarketOptions" not in aws["head"]["node_config"]
    assert gcp["gpu"]["node_config"]["scheduling"]["provisioningModel"] == "SPOT"
    assert "scheduling" not in gcp["head"]["node_config"]


@pytest.mark.parametrize("name", FILES)
def test_every_node_starts_with_a_token_and_the_dashboard_stays_on_loopback(name):
    config = load(name)
    for kind in ("head", "worker"):
        commands = " ".join(config.get(f"{kind}_start_ray_commands", []))
        starts = len(re.findall(r"ray start", commands))
        assert starts == len(re.findall(r"RAY_AUTH_MODE=token \S*ray start", commands))
        assert starts == (kind == "head" or name in CLOUDS)
    assert "--dashboard-host=127.0.0.1" in " ".join(config["head_start_ray_commands"])
    assert "--num-cpus=0" in " ".join(config["head_start_ray_commands"])
    token = next(path for path in config["file_mounts"] if path.endswith("/.ray/auth_token"))
    allowed = {f"chmod 600 {token}", "chmod 600 ~/.ray/auth_token"}
    assert allowed & set(config["setup_commands"])


@pytest.mark.parametrize("name", CLOUDS)
def test_a_container_sees_the_storage_that_its_machine_mounts(name):
    config = load(name)
    assert "--volume=/mnt/gpdht:/mnt/gpdht" in config["docker"]["run_options"]
    assert any("/mnt/gpdht" in command for command in config["initialization_commands"])


def test_ray_takes_the_prices_that_the_files_say_as_labels_of_nodes():
    from ray._private.label_utils import parse_node_labels_string, validate_node_labels

    for name in CLOUDS:
        for node in load(name)["available_node_types"].values():
            validate_node_labels(node["labels"])
            assert float(node["labels"][PRICE]) > 0
    unit = (CLUSTER / "ray-worker.service").read_text()
    (labels,) = re.findall(r"--labels=(\S+)", unit)
    assert float(parse_node_labels_string(labels)[PRICE]) > 0


def test_a_machine_that_joins_by_systemd_has_a_token_and_joins_the_head_of_the_file():
    unit = (CLUSTER / "ray-worker.service").read_text()
    config = load("on-premise.yaml")
    assert "Environment=RAY_AUTH_MODE=token" in unit
    assert f"--address={config['provider']['head_ip']}:6379" in unit
    assert f"User={config['auth']['ssh_user']}" in unit


def test_all_images_have_the_ray_and_the_python_that_the_project_pins():
    ray = pinned("ray")
    for name in CLOUDS:
        assert load(name)["docker"]["image"] == f"rayproject/ray:{ray}-py311-gpu"
    dockerfile = (CLUSTER / "kuberay" / "Dockerfile").read_text()
    assert f"FROM rayproject/ray:{ray}-py311-gpu\n" in dockerfile
    files = [file for file in CLUSTER.rglob("*") if file.is_file() and file.suffix != ".pyc"]
    named = re.findall(r"gpdht:ray-([\d.]+\d)", "\n".join(file.read_text() for file in files))
    assert set(named) == {ray}


def test_each_place_needs_at_most_ten_commands_and_each_file_is_named():
    text = (CLUSTER / "README.md").read_text()
    places = text.partition("## gpdht submit")[0].split("\n## ")[1:]
    assert [place.partition("\n")[0] for place in places] == [
        "A workstation", "AWS", "Google Cloud", "Machines of your own", "Slurm", "Kubernetes",
    ]  # fmt: skip
    for place in places:
        assert 0 < len(re.findall(r"^\$ ", place, re.MULTILINE)) <= 10, place
    for file in CLUSTER.iterdir():
        assert file.name in text or file.name in ("README.md", "__pycache__"), file
