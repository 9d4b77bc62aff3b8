"""The cluster's files: valid for Ray, safe by default, and no second way to search."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import jsonschema
import pytest
import yaml

CLUSTER = Path(__file__).resolve().parents[2] / "cluster"


@pytest.fixture(scope="module")
def config():
    return yaml.safe_load((CLUSTER / "cluster.yaml").read_text())


def test_the_cluster_file_meets_rays_own_schema(config):
    ray = Path(importlib.util.find_spec("ray").origin).parent
    schema = json.loads((ray / "autoscaler" / "ray-schema.json").read_text())
    jsonschema.validate(config, schema)


def test_the_head_takes_no_trial_and_the_workers_have_gpus(config):
    types = config["available_node_types"]
    assert types[config["head_node_type"]]["resources"] == {"CPU": 0}
    workers = [node for name, node in types.items() if name != config["head_node_type"]]
    assert all(node["resources"]["GPU"] >= 1 for node in workers)


def test_every_node_starts_with_a_token_and_the_dashboard_stays_on_loopback(config):
    head, worker = (" ".join(config[f"{kind}_start_ray_commands"]) for kind in ("head", "worker"))
    for commands in (head, worker):
        assert commands.count("RAY_AUTH_MODE=token ray start") == commands.count("ray start") == 1
    assert "--dashboard-host=127.0.0.1" in head
    assert any("chmod 600" in command for command in config["setup_commands"])


def test_the_image_has_the_ray_that_the_project_pins(config):
    pins = (CLUSTER.parent / "constraints.txt").read_text().split()
    (ray,) = [pin.partition("==")[2] for pin in pins if pin.startswith("ray==")]
    assert config["docker"]["image"].startswith(f"rayproject/ray:{ray}-py311")


