"""What goes with a study, and what stays."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registry_makers import finished_study

from gpdht.config import Config
from gpdht.errors import StudyError
from gpdht.execution.worker import cache_folder
from gpdht.models.gpdht import pretrain
from gpdht.registry.removal import find_removable, remove
from gpdht.tracking import TrialRun, open_tracker
from gpdht.training import baselines


def tracked_study(dataset, studies: Path, uri: str, name: str = "s"):
    """A study of two trials whose runs are in MLflow, each with an artifact."""
    study = finished_study(dataset, studies, name=name, others=[(5, 0.6)])
    tracker = open_tracker(uri, "e")
    parent = tracker.start_study(name, params={}, tags={}, artifacts={"space.yaml": "text"})
    for number in range(2):
        tracker.start_trial(TrialRun(number))
        tracker.end_trial(TrialRun(number, outcome="complete", files=[study.folder / "space.yaml"]))
    tracker.end_study("complete", {}, {})
    return study.update(parent_run=parent, tracking={"uri": uri, "experiment": "e"})


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


@pytest.mark.slow
def test_the_runs_of_a_study_go_with_their_artifacts_and_those_of_others_stay(
    dataset, tmp_path, tracking_uri
):
    studies = tmp_path / "studies"
    gone = tracked_study(dataset, studies, tracking_uri)
    stays = tracked_study(dataset, studies, tracking_uri, "other")
    neighbour = contents(stays.folder)
    removal = find_removable("s", studies, runs=True)
    assert len(removal.runs) == 3
    assert f"{gone.folder} (" in str(removal)
    remove(removal)
    assert not gone.folder.exists()
    assert contents(stays.folder) == neighbour
    client = removal.client
    experiment = client.get_experiment_by_name("e").experiment_id
    active = client.search_runs([experiment])
    assert {
        run.data.tags["gpdht.study"] for run in active if "gpdht.trial" not in run.data.tags
    } == {"other"}
    assert len(active) == 3
    assert client.get_run(gone.record["parent_run"]).info.lifecycle_stage == "deleted"
    assert all(not Path(run.info.artifact_uri).exists() for run in removal.runs)
    assert all(list(Path(run.info.artifact_uri).iterdir()) for run in active)


@pytest.mark.slow
def test_without_being_asked_the_runs_stay(dataset, tmp_path, tracking_uri):
    study = tracked_study(dataset, tmp_path / "studies", tracking_uri)
    remove(find_removable(study.folder))
    tracker = open_tracker(tracking_uri, "e")
    assert len(tracker.client.search_runs([tracker.experiment_id])) == 3


@pytest.mark.slow
@pytest.mark.usefixtures("scores")
def test_the_source_of_a_registered_model_stays_and_the_model_is_named(registry):
    study = registry.make_study()
    version = registry.register(study)
    with pytest.raises(StudyError, match=r'winner of study "s" is the source of net/1 at sqlite'):
        find_removable(study.folder, tracking_uri=registry.uri)
    registry.client.delete_model_version("net", str(version.version))
    remove(find_removable(study.folder, tracking_uri=registry.uri))
    assert not study.folder.exists()


def test_what_is_no_study_or_a_link_or_holds_other_things_is_refused(dataset, tmp_path):
    studies = tmp_path / "studies"
    study = finished_study(dataset, studies)
    (studies / "plain").mkdir()
    with pytest.raises(StudyError, match='no study "plain"'):
        find_removable("plain", studies)
    (studies / "link").symlink_to(study.folder)
    with pytest.raises(StudyError, match="is a link to"):
        find_removable("link", studies)
    (study.folder / "thesis.docx").touch()
    with pytest.raises(StudyError, match=r'no part of a study \(1, e.g. "thesis.docx"\)'):
        find_removable("s", studies)
    assert study.folder.is_dir()


def test_a_link_inside_a_study_goes_and_what_it_points_to_stays(dataset, tmp_path):
    study = finished_study(dataset, tmp_path / "studies")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "scores.parquet").touch()
    shutil.rmtree(study.folder / "scores")
    (study.folder / "scores").symlink_to(outside)
    remove(find_removable(study.folder))
    assert (outside / "scores.parquet").exists()


@pytest.fixture(scope="module")
def template(dataset, tmp_path_factory) -> Path:
    return finished_study(dataset, tmp_path_factory.mktemp("template")).folder


NAMES = st.sampled_from(["s", "s2", "s-", "S", "s.bak", "a", "s0"])


@given(
    neighbours=st.sets(NAMES, min_size=2, max_size=4),
    others=st.sets(st.sampled_from(["notes.txt", "plain/x", "s.txt", ".hidden"])),
    data=st.data(),
)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_lies_beside_a_study_is_untouched(template, tmp_path, neighbours, others, data):
    root = tmp_path / "studies"
    shutil.rmtree(root, ignore_errors=True)
    for name in neighbours:
        shutil.copytree(template, root / name)
    for name in others:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(name)
    gone = data.draw(st.sampled_from(sorted(neighbours)))
    before = {k: v for k, v in contents(root).items() if not k.startswith(f"{gone}/")}
    remove(find_removable(gone, root))
    assert contents(root) == before
    assert not (root / gone).exists()


def test_cache_entries_of_the_study_go_and_others_stay(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    study = finished_study(dataset, tmp_path / "studies", others=[(5, 0.6)])
    cache = cache_folder(None)
    other = Config.from_flat({"graph.levels": 7})
    expression = dataset.matrix_fingerprint
    own = [
        *(f"{pretrain.cache_key(study.config(n), expression)}.safetensors" for n in range(2)),
        f"label-only-{baselines.cache_key(study.config(0), dataset.fingerprint)}.parquet",
        f"label-only-{baselines.cache_key(study.config(0), dataset.fingerprint)}.test.parquet",
    ]
    foreign = [f"{pretrain.cache_key(other, expression)}.safetensors", "note.txt"]
    for name in own + foreign:
        (cache / name).touch()
    remove(find_removable(study.folder, cache=True))
    assert sorted(os.listdir(cache)) == sorted(foreign)  # noqa: PTH208
