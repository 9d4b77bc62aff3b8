"""What a search may leave on a disk is bounded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import psutil
import pytest

from gpdht.errors import ConfigError
from gpdht.execution.placement import Placement
from gpdht.execution.ray_session import ray_session
from gpdht.execution.session_files import drop_dead_sessions, mark_session
from gpdht.execution.worker import cache_folder
from gpdht.files import drop_unused, mark_used


def fill(folder, **ages) -> None:
    """Files of 100 bytes, last used so many seconds ago."""
    for name, age in ages.items():
        (folder / name).write_bytes(b"x" * 100)
        os.utime(folder / name, (time.time() - age,) * 2)


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_was_longest_unused_goes_first(tmp_path):
    fill(tmp_path, a=400, b=300, c=200, d=100)
    mark_used(tmp_path / "a")
    drop_unused(tmp_path, 250)
    assert names(tmp_path) == ["a", "d"]
    drop_unused(tmp_path, 0)
    assert names(tmp_path) == ["a"]
    assert drop_unused(tmp_path / "nothing", 0) == []


def test_unfinished_files_stay_for_a_day_and_links_are_not_followed(tmp_path):
    fill(tmp_path, **{".new.part": 60, ".old.part": 2 * 86400, "kept": 10})
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    drop_unused(tmp_path, 0)
    assert names(tmp_path) == [".new.part", "kept", "link"]


def test_a_trials_cache_is_kept_within_the_size_of_the_variable(tmp_path, monkeypatch):
    fill(tmp_path, a=300, b=200, c=100)
    monkeypatch.setenv("GPDHT_CACHE_GB", "2.5e-7")
    cache_folder(str(tmp_path))
    assert names(tmp_path) == ["b", "c"]
    monkeypatch.setenv("GPDHT_CACHE_GB", "big")
    with pytest.raises(ConfigError, match='GPDHT_CACHE_GB is "big", which is no size'):
        cache_folder(str(tmp_path))


def test_the_files_of_a_killed_session_of_ours_go_and_all_others_stay(tmp_path):
    for name in ("session_dead", "session_ours", "session_others"):
        (tmp_path / name / "logs").mkdir(parents=True)
    mark_session(tmp_path / "session_ours")
    ended = subprocess.Popen([sys.executable, "-c", ""])
    started = psutil.Process(ended.pid).create_time()
    ended.wait()
    mark = {"pid": ended.pid, "started": started}
    (tmp_path / "session_dead" / "gpdht.json").write_text(json.dumps(mark))
    assert drop_dead_sessions(tmp_path) == [tmp_path / "session_dead"]
    assert names(tmp_path) == ["session_others", "session_ours"]


@pytest.mark.slow
@pytest.mark.starts_ray
def test_a_local_ray_leaves_no_files_behind(monkeypatch):
    import ray

    monkeypatch.setattr("gpdht.execution.ray_session.available_cpus", lambda: 1)
    with ray_session(Placement()):
        from pathlib import Path

        session = Path(ray._private.worker._global_node.get_session_dir_path())
        assert (session / "gpdht.json").is_file()
    assert not session.exists()
