"""What a cluster calls the places that are named here."""

from __future__ import annotations

import pytest
import yaml

from gpdht.errors import GpdhtError
from gpdht.execution.cluster_paths import ClusterPaths, Mounts


@pytest.fixture
def mounts(tmp_path, monkeypatch):
    """A cluster file that mounts its own folder, a part of it elsewhere, and one under `~`."""
    monkeypatch.chdir(tmp_path)
    for folder in ("files/inside", "other/inside", "home"):
        (tmp_path / folder).mkdir(parents=True)
    named = {"/srv/files": ".", "/srv/other": "../other", "~/home": "../home"}
    (tmp_path / "files" / "c.yaml").write_text(yaml.safe_dump({"file_mounts": named}))
    return Mounts(tmp_path / "files" / "c.yaml")


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("files", "/srv/files"),
        ("files/inside", "/srv/files/inside"),
        ("other/inside/../inside", "/srv/other/inside"),
        ("home", None),
        (".", None),
    ],
)
def test_a_path_is_known_where_the_file_mounts_it_seen_from_its_own_folder(
    mounts, tmp_path, here, there
):
    assert mounts.there(tmp_path / here) == there


@pytest.mark.parametrize(
    ("value", "known"),
    [
        ("toy", "toy"),
        ("toy:genes=30", "toy:genes=30"),
        ("/of/the/cluster", "/of/the/cluster"),
        ("human:/of/the/cluster", "human:/of/the/cluster"),
        ("mouse:files/inside", "mouse:/srv/files/inside"),
    ],
)
def test_data_keep_their_species_and_simulations_their_settings(mounts, value, known):
    assert ClusterPaths("c.yaml", mounts).read(value, "DATA") == known


@pytest.mark.parametrize("value", ["home", "nowhere", "mouse:nowhere"])
def test_data_that_the_cluster_cannot_find_are_refused(mounts, value):
    with pytest.raises(GpdhtError, match=r"--with: .* on this machine"):
        ClusterPaths("c.yaml", mounts).read(value, "--with")


def test_results_go_to_a_full_path_a_url_or_on_this_machine_where_they_were_asked_for(tmp_path):
    paths = ClusterPaths("x")
    assert paths.written("/mnt/s", "--studies") == "/mnt/s"
    assert paths.written("s3://bucket/s", "--storage") == "s3://bucket/s"
    assert paths.written("s", "--studies", here=True).endswith("/s")
    assert paths.written("s3://bucket/s", "--storage", here=True) == "s3://bucket/s"
    with pytest.raises(GpdhtError, match='--storage is "s"'):
        paths.written("s", "--storage")
