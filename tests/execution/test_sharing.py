"""How trials share GPUs where nobody says it: the choice by tables, and where it is made."""

from __future__ import annotations

import logging

import pytest
import ray
import torch
from hypothesis import given
from hypothesis import strategies as st

from gpdht.devices import on_device
from gpdht.errors import StudyError
from gpdht.execution import gpus, sharing
from gpdht.execution.gpus import gpu_memories
from gpdht.execution.placement import Placement
from gpdht.execution.sharing import GIB, PARTS, GpuNode, choose_share, fits, place


@pytest.mark.parametrize(
    ("needed_gib", "nodes", "at_most", "share"),
    [
        # 1.3 × 1.5 GiB fit into an eighth of 24 GiB without the process's GiB; 1.6 do not
        (1.5, [GpuNode(64, 1, 24 * GIB)], None, 1 / 8),
        (1.6, [GpuNode(64, 1, 24 * GIB)], None, 1 / 4),
        (3.1, [GpuNode(64, 2, 24 * GIB)], None, 1 / 4),
        (8.0, [GpuNode(64, 2, 24 * GIB)], None, 1 / 2),
        (17.0, [GpuNode(64, 2, 24 * GIB)], None, 1),
        (40.0, [GpuNode(64, 2, 24 * GIB)], None, 1),  # too much: the trial itself says so
        # eight CPUs for two GPUs: four on each, else one GPU would be full and one empty
        (0.1, [GpuNode(8, 2, 24 * GIB)], None, 1 / 4),
        (0.1, [GpuNode(2, 4, 24 * GIB)], None, 1),
        # the node with the smallest GPU, and that with the fewest CPUs, decide
        (3.1, [GpuNode(64, 1, 80 * GIB), GpuNode(64, 1, 12 * GIB)], None, 1 / 2),
        (0.1, [GpuNode(64, 1, 80 * GIB), GpuNode(2, 1, 80 * GIB)], None, 1 / 2),
        # no more parts than trials
        (0.1, [GpuNode(64, 2, 80 * GIB)], 2, 1),
        (0.1, [GpuNode(64, 2, 80 * GIB)], 5, 1 / 4),
        (0.1, [GpuNode(64, 2, 80 * GIB)], 1, 1),
    ],
)
def test_a_trial_gets_the_smallest_part_that_serves_all_nodes(needed_gib, nodes, at_most, share):
    assert choose_share(needed_gib * GIB, nodes, at_most=at_most) == share


def test_trials_with_more_cpus_leave_room_for_fewer_on_a_gpu():
    node = [GpuNode(16, 1, 80 * GIB)]
    assert [choose_share(0, node, cpus=cpus) for cpus in (1, 2, 4, 8, 16, 32)] == [
        1 / 8,
        1 / 8,
        1 / 4,
        1 / 2,
        1,
        1,
    ]


machines = st.builds(
    GpuNode,
    cpus=st.integers(1, 128),
    gpus=st.integers(1, 8),
    memory=st.integers(2, 192).map(lambda gib: gib * GIB),
)


@given(
    st.floats(0, 200),
    st.lists(machines, min_size=1, max_size=4),
    st.integers(1, 8),
    st.none() | st.integers(1, 100),
)
def test_a_part_of_a_gpu_is_never_too_small_or_more_than_there_are_cpus_or_trials_for(
    needed_gib, nodes, cpus, at_most
):
    share = choose_share(needed_gib * GIB, nodes, cpus=cpus, at_most=at_most)
    assert share in PARTS
    if share < 1:
        assert all(fits(needed_gib * GIB, share, node.memory) for node in nodes)
        assert all(node.gpus / share * cpus <= node.cpus for node in nodes)
        total = sum(node.gpus for node in nodes)
        assert at_most is None or total / share < 2 * at_most


@given(st.floats(0, 100), st.floats(0, 100), st.lists(machines, min_size=1, max_size=3))
def test_a_larger_configuration_never_gets_a_smaller_part(one, other, nodes):
    small, large = sorted((one, other))
    assert choose_share(small * GIB, nodes) <= choose_share(large * GIB, nodes)


def refuse() -> int:
    raise AssertionError("the largest configuration was asked for")


@pytest.fixture
def two_gpus(monkeypatch):
    """This machine with eight CPUs and two GPUs of 24 GiB, nothing set that says otherwise."""
    monkeypatch.delenv("GPDHT_DEVICE", raising=False)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(gpus, "_ask", lambda _: [24 * GIB, 24 * GIB])
    for module in ("sharing", "placement"):
        monkeypatch.setattr(f"gpdht.execution.{module}.available_cpus", lambda: 8)


def test_all_gpus_of_the_machine_are_used_and_that_is_said(two_gpus):
    placed, words = place(Placement(), "auto", needed=lambda: int(3.1 * GIB), at_most=50)
    assert placed == Placement(gpus=0.25)
    assert words == (
        "2 GPUs found; each trial gets a quarter (largest configuration about 3.1 GiB of 24): "
        "8 at once."
    )


def test_what_does_not_fit_on_a_whole_gpu_is_said(two_gpus):
    placed, words = place(Placement(), "auto", needed=lambda: 30 * GIB, at_most=50)
    assert placed.gpus == 1
    assert "a whole one (largest configuration about 30.0 GiB of 24, which is too much)" in words


def test_no_more_trials_at_once_than_are_asked_for_share_a_gpu(two_gpus):
    placed, words = place(Placement(max_concurrent=3), "auto", needed=lambda: 0, at_most=50)
    assert placed == Placement(gpus=0.5, max_concurrent=3)
    assert words.endswith(": 3 at once.")


@pytest.mark.parametrize("asked", [0, 0.25, 2])
def test_a_number_stays_as_it_is(two_gpus, asked):
    assert place(Placement(), asked, needed=refuse, at_most=9) == (Placement(gpus=asked), "")


def test_the_cpu_takes_no_gpu_whether_said_here_or_in_the_environment(two_gpus, monkeypatch):
    with on_device("cpu"):
        assert place(Placement(), "auto", needed=refuse, at_most=9) == (Placement(), "")
    monkeypatch.setenv("GPDHT_DEVICE", "cpu")
    assert place(Placement(), "auto", needed=refuse, at_most=9) == (Placement(), "")


def test_without_gpus_trials_run_on_the_cpu_without_a_word(two_gpus, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(gpus, "_ask", lambda _: pytest.fail("a process was started"))
    assert place(Placement(), "auto", needed=refuse, at_most=9) == (Placement(), "")


def test_a_gpu_that_is_asked_for_and_not_there_is_refused(two_gpus, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with on_device("cuda"), pytest.raises(StudyError, match="torch finds none for the trials"):
        place(Placement(), "auto", needed=refuse, at_most=9)
    with on_device("cuda:1"), pytest.raises(StudyError, match='device "cuda:1"'):
        place(Placement(), "auto", needed=refuse, at_most=9)


def test_a_gpu_chosen_by_the_environment_is_not_passed_over_in_silence(two_gpus, monkeypatch):
    monkeypatch.setenv("GPDHT_DEVICE", "cuda:1")
    with pytest.raises(StudyError, match=r'"cuda:1".* instead of --device or GPDHT_DEVICE'):
        place(Placement(), "auto", needed=refuse, at_most=9)
    assert place(Placement(), 1, needed=refuse, at_most=9)[0].gpus == 1


def test_a_placement_that_cannot_be_is_refused_also_when_gpus_are_chosen(two_gpus):
    with pytest.raises(StudyError, match="asks for 99 CPU"):
        place(Placement(cpus=99), "auto", needed=lambda: 0, at_most=9)


def test_gpus_are_counted_by_a_process_that_is_asked_here(tmp_path, monkeypatch):
    """A stand-in for torch in that process says what there is; this process starts no CUDA."""
    (tmp_path / "torch.py").write_text(
        "import os\n"
        "visible = os.environ.get('CUDA_VISIBLE_DEVICES', '0,1,2').split(',')\n"
        "class cuda:\n"
        "    device_count = lambda: len(visible)\n"
        "    class get_device_properties:\n"
        "        def __init__(self, at):\n"
        "            self.total_memory = 100 + at\n"
    )
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,2")
    assert gpu_memories() == [100, 101]
    assert gpus.node_gpu_memories() == [100, 101, 102]
    assert not torch.cuda.is_initialized()


@pytest.mark.slow
@pytest.mark.starts_ray
def test_a_clusters_gpus_are_shared_by_the_smallest_of_them(monkeypatch):
    from ray._common.utils import reset_ray_address
    from ray.cluster_utils import Cluster

    monkeypatch.delenv("GPDHT_DEVICE", raising=False)
    store = {"object_store_memory": 100 * 2**20}
    cluster = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False, **store}
    )
    reset_ray_address()
    cluster.add_node(num_cpus=4, num_gpus=2, node_name="large", env_vars={"GIB": "80"}, **store)
    cluster.add_node(num_cpus=4, num_gpus=1, node_name="small", env_vars={"GIB": "16"}, **store)
    ray.init(address=cluster.address, log_to_driver=False, logging_level=logging.ERROR)
    cluster.wait_for_nodes()
    try:

        def pretended():
            import os

            return [int(os.environ["GIB"]) * 2**30]

        monkeypatch.setattr(sharing, "node_gpu_memories", pretended)
        placed, words = place(Placement(), "auto", needed=lambda: 2 * GIB, at_most=50)
        assert placed == Placement(gpus=0.5)  # a quarter of 16 GiB has no room for 2.6 and 1
        assert words == (
            "3 GPUs found; each trial gets half of one (largest configuration about 2.0 GiB of "
            "16): 6 at once."
        )
        monkeypatch.setattr(sharing, "node_gpu_memories", lambda: [])
        placed, words = place(Placement(), "auto", needed=refuse, at_most=50)
        assert placed == Placement()
        assert words == "Ray has GPUs on large, small, but torch finds none there."
    finally:
        ray.shutdown()
        cluster.shutdown()
