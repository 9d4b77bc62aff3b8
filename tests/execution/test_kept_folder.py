"""A folder's record: whole or not at all, read back, of one format, one driver at a time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gpdht.comparison.store import Store
from gpdht.errors import StudyError
from gpdht.search.study import Study


@pytest.mark.parametrize("kind", [Study, Store])
def test_a_record_comes_back_as_it_was_written(tmp_path, kind):
    assert not kind.exists_in(tmp_path)
    made = kind(tmp_path, {"name": "s"}).update(trials=3)
    assert kind.read(tmp_path).record == made.record == made.update().record
    assert (made.record["name"], made.record["trials"]) == ("s", 3)
    assert [path.name for path in tmp_path.iterdir()] == [kind.RECORD]


@pytest.mark.parametrize("kind", [Study, Store])
@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "cannot be read"), ("[]", r"format \[\]"), ('{"format": 99}', "format 99; this gpdht")],
)
def test_a_record_that_is_none_is_refused_with_what_to_do(tmp_path, kind, text, message):
    (tmp_path / kind.RECORD).write_text(text)
    with pytest.raises(StudyError, match=rf"{message}.*start a new {kind.NOUN}"):
        kind.read(tmp_path)


def test_a_second_process_is_told_who_holds_the_folder(tmp_path):
    made = Study(tmp_path, {"name": "s"}).update()
    code = (
        "import sys, pathlib\nfrom gpdht.search.study import Study\n"
        f"with Study.read(pathlib.Path({str(tmp_path)!r})).locked():\n print('in')"
    )
    command = [sys.executable, "-c", code]
    with made.locked():
        refused = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "is being run by process" in refused.stderr
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "in\n"
