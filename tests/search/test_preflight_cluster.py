"""A dry run on four nodes: one that sees no storage, one with another version, one that is fine.

The nodes are raylets of this machine. A path below /proc/self/cwd is another folder for each of
them that was started elsewhere; a node's PYTHONPATH gives it another Optuna.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from fake_trials import fake_trial
from small_inputs import SPACE, tiny_dataset

from gpdht.search.preflight.run import preflight_search

pytestmark = [
    pytest.mark.slow,
    pytest.mark.starts_ray,
    pytest.mark.skipif(sys.platform != "linux", reason="needs /proc/self/cwd"),
]

PRICE = {"gpdht.io/price-per-hour": "1.50"}
_STORE = {"object_store_memory": 100 * 2**20}


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    """Their address, and the folder in which `blind` was started; the driver is where the rest is.

    A head without CPUs, `fine` and `other` beside it, and `blind`.
    """
    from ray._common.utils import reset_ray_address
    from ray.cluster_utils import Cluster

    home, elsewhere = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("elsewhere")
    fake = tmp_path_factory.mktemp("fake") / "optuna-9.9.9.dist-info"
    fake.mkdir()
    (fake / "METADATA").write_text("Metadata-Version: 2.1\nName: optuna\nVersion: 9.9.9\n")
    path = os.pathsep.join([str(fake.parent), os.environ.get("PYTHONPATH", "")])
    before = Path.cwd()
    os.chdir(home)
    head = {"num_cpus": 0, "include_dashboard": False, "node_name": "head", **_STORE}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    reset_ray_address()  # else a Ray that is started elsewhere would join this one
    cluster.add_node(node_name="fine", num_cpus=2, labels=PRICE, **_STORE)
    other = {"PYTHONPATH": path}
    cluster.add_node(node_name="other", num_cpus=1, labels=PRICE, env_vars=other, **_STORE)
    os.chdir(elsewhere)
    cluster.add_node(node_name="blind", num_cpus=1, labels=PRICE, **_STORE)
    os.chdir(home)
    yield cluster.address, elsewhere
    cluster.shutdown()
    os.chdir(before)


def tried(nodes, folder: Path, **options):
    """A dry run of a small space; its rows by name, and what it found."""
    space = {**SPACE, "trials": 3, "fixed": {"train.epochs": 10}}
    found = preflight_search(
        tiny_dataset(),
        options.pop("space", space),
        name="s",
        studies=folder / "studies",
        tracking_uri=f"sqlite:///{folder / 'mlflow.db'}",
        address=nodes[0],
        trial=fake_trial(epochs=2, sleep_s=0.1),
        **options,
    )
    rows: dict[str, list] = {}
    for check in found.checks:
        rows.setdefault(check.name, []).append(check)
    return found, rows


def test_nodes_that_see_no_storage_or_have_other_versions_are_named(nodes, tmp_path):
    found, rows = tried(nodes, tmp_path, storage="/proc/self/cwd/shared/ray")
    assert not found.passed
    (storage,) = rows["storage"]
    assert (storage.state, storage.node) == ("failed", "blind")
    assert "blind: does not see /proc/self/cwd/shared/ray" in storage.found
    assert "all nodes see" in storage.remedy
    assert not list(nodes[1].iterdir())
    assert not list(Path.cwd().iterdir())
    (versions,) = rows["versions"]
    assert (versions.state, versions.node) == ("failed", "other")
    assert "other has optuna 9.9.9, the driver 5." in versions.found
    assert versions.remedy.startswith("There: pip install optuna==5.")
    failed = {check.name for check in found.checks if check.state == "failed"}
    assert failed == {"storage", "versions"}
    assert not list(tmp_path.iterdir())


def test_where_all_is_well_the_trial_tells_how_long_the_search_takes_and_what_it_costs(
    nodes, tmp_path
):
    found, rows = tried(nodes, tmp_path, storage=str(tmp_path / "shared"), replicates=0)
    assert [check.state for check in rows["storage"]] == ["passed"]
    assert "seen by all 4 nodes" in rows["storage"][0].found
    assert "4 nodes: head (0 CPUs), blind (1 CPU), fine (2 CPUs)" in rows["Ray"][0].found
    assert "4 at once on 3 of 4 nodes" in rows["room"][0].found
    assert rows["one trial"][0].state == "passed"
    made = found.estimate
    assert (made.trials, made.at_once, made.epochs) == (3, 4, 10)
    assert made.seconds_per_epoch == pytest.approx(0.1, abs=0.08)
    assert made.seconds_per_trial == pytest.approx(
        made.seconds_around + 2 * 10 * made.seconds_per_epoch
    )
    assert made.hours == pytest.approx(made.seconds_per_trial / 3600)  # all three at once
    assert made.price_per_hour == pytest.approx(3 * 1.5)
    assert made.cost == pytest.approx(4.5 * made.hours)
    assert "cost about" in made.lines[0]
    assert json.loads(json.dumps(found.plain()))["estimate"]["trials"] == 3
    assert not list(tmp_path.iterdir())


def test_what_fits_on_no_node_names_the_largest_and_tries_no_trial(nodes, tmp_path):
    found, rows = tried(nodes, tmp_path, cpus_per_trial=8)
    assert rows["room"][0].state == "failed"
    assert "the largest is fine with 2 CPUs. Lower --cpus-per-trial" in rows["room"][0].found
    assert rows["one trial"][0].state == "not checked"
    assert found.estimate is None


def test_a_need_that_no_node_can_meet_names_the_configuration_the_nodes_and_the_remedy(
    nodes, tmp_path
):
    params = {
        "encoder.dim": {"choice": [8, 2048]},
        "graph.levels": {"int": [2, 64]},
        "encoder.training": {"choice": ["reconstruct", "joint"]},
        "model.feedforward": {"choice": [16, 100_000_000]},
    }
    start = [{"encoder.dim": 8, "graph.levels": 2, "model.feedforward": 16}]
    space = {**SPACE, "params": params, "start_from": start}
    _, rows = tried(nodes, tmp_path, space=space, storage=str(tmp_path / "shared"))
    assert {(row.state, row.node) for row in rows["memory"]} == {
        ("failed", "fine"),
        ("failed", "other"),
        ("failed", "blind"),
    }
    for row in rows["memory"]:
        assert "model.feedforward 100000000" in row.found
        assert "GiB are free" in row.found
        assert "lower the range of model.feedforward" in row.remedy
    assert rows["one trial"][0].state == "passed"
