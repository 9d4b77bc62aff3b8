"""What a user without a checkout gets: the files of the wheel, and a cluster's folder of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

import gpdht as gp
from gpdht.errors import GpdhtError
from gpdht.execution.cluster_paths import Mounts
from gpdht.execution.project_files import cluster_files, export_project

REPOSITORY = Path(__file__).resolve().parents[1]
SOURCES = ("gpdht", "cluster", "search_spaces", "pyproject.toml", "constraints.txt", "README.md",
           "LICENSE")  # fmt: skip


def files_of(folder: Path) -> set[str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)) for path in found if "__pycache__" not in path.parts}


def built(project: Path, folder: Path) -> set[str]:
    """The files of the wheel of a project, unpacked into a folder, without its metadata."""
    words = ["pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([sys.executable, "-m", *words, "-w", folder, project], check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return {name for name in files_of(folder / "site") if ".dist-info/" not in name}


@pytest.mark.slow
def test_a_wheel_has_the_package_with_its_files_and_no_others(tmp_path):
    project, made = tmp_path / "project", tmp_path / "made"
    project.mkdir()
    made.mkdir()
    for name in SOURCES:
        source = REPOSITORY / name
        if source.is_dir():
            left_out = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(source, project / name, symlinks=True, ignore=left_out)
        else:
            shutil.copy(source, project / name)

    files = built(project, made)

    own = {f"gpdht/{name}" for name in files_of(REPOSITORY / "gpdht")}
    spaces = {f"gpdht/search_spaces/{name}" for name in files_of(REPOSITORY / "search_spaces")}
    cluster = {f"gpdht/cluster/{name}" for name in files_of(REPOSITORY / "cluster")}
    assert files == own | spaces | cluster
    assert {"gpdht/py.typed", "gpdht/report/page.html", "gpdht/report/page.css"} < files
    assert {"gpdht/search_spaces/peers/gatcl.yaml", "gpdht/cluster/kuberay/rayjob.yaml"} < files
    assert {Path(name).suffix for name in files if "nb" in Path(name).suffix} == set()

    there = tmp_path / "there"
    line = [sys.executable, "-m", "gpdht", "cluster", "export", there]
    alone = {**os.environ, "PYTHONPATH": str(made / "site")}
    subprocess.run(line, check=True, cwd=tmp_path, env=alone, capture_output=True)
    again = tmp_path / "again"
    again.mkdir()
    assert built(there, again) == files


def test_what_is_exported_is_all_that_the_cluster_files_send_to_the_nodes(tmp_path):
    there = tmp_path / "there"
    export_project(there)
    assert files_of(there / "cluster") == files_of(REPOSITORY / "cluster")
    for name in ("cluster.yaml", "gcp.yaml", "on-premise.yaml"):
        file = there / "cluster" / name
        place = next(
            remote
            for remote, local in yaml.safe_load(file.read_text())["file_mounts"].items()
            if local == ".."
        )
        mounts = Mounts(file)
        for sent in ("pyproject.toml", "constraints.txt", "gpdht/__init__.py"):
            assert (there / sent).is_file()
            assert mounts.there(there / sent) == f"{place}/{sent}"


def test_an_export_never_writes_over_edits(tmp_path):
    there = tmp_path / "there"
    there.mkdir()
    export_project(there)
    (there / "cluster" / "cluster.yaml").write_text("edited")
    with pytest.raises(GpdhtError, match="expected no folder there, or an empty one"):
        export_project(there)
    assert (there / "cluster" / "cluster.yaml").read_text() == "edited"


def test_the_list_of_cluster_files_says_what_each_is():
    files = cluster_files()
    assert set(files) == files_of(REPOSITORY / "cluster")
    assert files["gcp.yaml"].startswith("A GPU cluster on Google Cloud")
    assert files["gpdht.slurm"] == "A search on a Slurm cluster: `sbatch gpdht.slurm`."


def test_a_citation_names_this_version_and_licence():
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text())
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert (citation["title"], citation["version"]) == (project["name"], gp.__version__)
    assert citation["license"] == project["license"]
    assert citation["abstract"] == project["description"]
