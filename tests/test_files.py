"""Tables that are computed once, whoever asks."""

from __future__ import annotations

import logging
import subprocess
import sys

import pandas as pd
import pytest
from filelock import FileLock

from gpdht import files
from gpdht.files import cached_table

TABLE = pd.DataFrame({"x": [1, 2]})
CHILD = """
import sys, time
from pathlib import Path
import pandas as pd
from gpdht.files import cached_table

folder = Path(sys.argv[1])

def compute():
    (folder / f"computed-{sys.argv[2]}").touch()
    time.sleep(1)
    return pd.DataFrame({"x": [1, 2]})

(folder / f"ready-{sys.argv[2]}").touch()
while len(list(folder.glob("ready-*"))) < 3:
    time.sleep(0.01)
table = cached_table(folder / "kept" / "table.parquet", compute, fits=lambda found: len(found) == 2)
assert table["x"].tolist() == [1, 2]
"""


def kept(path, compute=lambda: TABLE):
    return cached_table(path, compute, fits=lambda found: list(found) == ["x"])


def test_processes_that_ask_at_once_compute_once(tmp_path):
    children = [
        subprocess.Popen([sys.executable, "-c", CHILD, tmp_path, str(number)])
        for number in range(3)
    ]
    assert [child.wait() for child in children] == [0, 0, 0]
    assert len(list(tmp_path.glob("computed-*"))) == 1
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["table.parquet"]


def test_who_waited_long_enough_computes_itself(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(files, "PATIENCE_S", 0.1)
    with FileLock(tmp_path / ".table.parquet.lock"), caplog.at_level(logging.WARNING):
        assert kept(tmp_path / "table.parquet").equals(TABLE)
    assert "another process" in caplog.text
    assert kept(tmp_path / "table.parquet", compute=lambda: None).equals(TABLE)


def test_a_failure_leaves_neither_file_nor_lock(tmp_path):
    def fails():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        kept(tmp_path / "table.parquet", fails)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"no parquet", None])
def test_what_does_not_fit_is_computed_again_with_one_warning(tmp_path, caplog, content):
    path = tmp_path / "table.parquet"
    if content is None:
        pd.DataFrame({"y": [3]}).to_parquet(path)
    else:
        path.write_bytes(content)
    assert kept(path).equals(TABLE)
    assert len(caplog.records) == 1
    assert pd.read_parquet(path).equals(TABLE)
