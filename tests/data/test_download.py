"""Downloads from a small server that speaks Zenodo's interface and breaks on demand."""

from __future__ import annotations

import errno
import io
import json
import random
import shutil
from collections import namedtuple
from dataclasses import asdict
from pathlib import Path

import pytest
from zenodo_server import NEW, OLD, serving, zipped

from gpdht.data import download as module
from gpdht.data import zenodo as zenodo_module
from gpdht.data.download import PIN, WORK, download
from gpdht.errors import DataError

NOISE = random.Random(0).randbytes(1_000_000)  # does not shrink: three pieces and a rest
DATA = zipped({"BEELINE-data/inputs/scRNA-Seq/hESC/GeneOrdering.csv": b"g\n", "noise": NOISE})
FILES = {
    "BEELINE-data.zip": DATA,
    "BEELINE-Networks.zip": zipped({"human-tfs.csv": b"TF\n", "Networks/a.csv": b"x\n"}),
    "README.txt": b"read me",
}


@pytest.fixture
def zenodo():
    with serving(dict(FILES)) as server:
        yield server


@pytest.fixture
def get(zenodo, tmp_path, monkeypatch):
    """A download into one folder, without a pause before another attempt."""
    monkeypatch.setattr("pooch.core.time.sleep", lambda _: None)

    def call(**settings):
        given = {"base_url": zenodo.url, "retries": 0, **settings}
        return download(tmp_path / "beeline", **given)

    return call


def check_complete(folder):
    assert (folder / "BEELINE-data" / "noise").read_bytes() == NOISE
    assert (folder / "BEELINE-Networks" / "human-tfs.csv").read_text() == "TF\n"
    assert (folder / "README.txt").read_text() == "read me"
    names = ["BEELINE-Networks", "BEELINE-data", "README.txt", PIN]
    assert sorted(path.name for path in folder.iterdir()) == names


def test_all_files_of_the_newest_version_arrive(get, zenodo, tmp_path):
    seen = []
    record, paths = get(on_progress=lambda *step: seen.append(step))
    check_complete(tmp_path / "beeline")
    assert [path.name for path in paths] == ["BEELINE-data", "BEELINE-Networks", "README.txt"]
    assert (record.number, record.version, record.doi) == (NEW, "v4", f"10.5281/zenodo.{NEW}")
    steps = [done for name, done, _ in seen if name == "BEELINE-data.zip"]
    assert len(steps) >= 4
    assert steps == sorted(steps)
    assert steps[-1] == len(DATA)
    assert json.loads((tmp_path / "beeline" / PIN).read_text()) == json.loads(
        json.dumps(asdict(record))
    )


def test_a_second_call_asks_for_nothing(get, zenodo, tmp_path):
    get()
    zenodo.asked.clear()
    record, paths = get()
    assert zenodo.asked == []
    assert record.number == NEW
    assert len(paths) == 3
    get(base_url="http://127.0.0.1:9", record=NEW)
    check_complete(tmp_path / "beeline")


def test_an_older_version_is_fetched_by_its_number_and_never_mixed(get, tmp_path):
    assert get(record=OLD)[0].version == "v3"
    assert get()[0].version == "v3"
    with pytest.raises(DataError, match=f"holds record {OLD} .version v3., not {NEW}"):
        get(record=NEW)


def test_the_newest_version_is_found_where_the_interface_does_not_know_the_number(get, zenodo):
    zenodo.concept = False
    assert get()[0].number == NEW


def test_a_transfer_that_broke_off_goes_on(get, zenodo, tmp_path):
    zenodo.cut = [600_000]
    with pytest.raises(DataError, match="what has arrived is kept"):
        get()
    parts = list((tmp_path / "beeline" / WORK).glob("*.part"))
    there = parts[0].stat().st_size
    assert 0 < there <= 600_000
    assert not (tmp_path / "beeline" / "BEELINE-data").exists()
    get()
    assert zenodo.transfers() == [None, f"bytes={there}-", None, None]
    check_complete(tmp_path / "beeline")


def test_a_transfer_is_tried_again_at_once(get, zenodo, tmp_path):
    zenodo.cut = [300_000, 300_000]
    get(retries=2)
    assert len([span for span in zenodo.transfers() if span]) == 2
    check_complete(tmp_path / "beeline")


def test_a_server_without_ranges_makes_it_begin_again(get, zenodo, tmp_path):
    zenodo.ranges, zenodo.cut = False, [600_000]
    with pytest.raises(DataError):
        get()
    get()
    check_complete(tmp_path / "beeline")


def test_an_interrupt_leaves_a_part_to_go_on_from(get, zenodo, tmp_path):
    def press_ctrl_c(name, done, size):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get(on_progress=press_ctrl_c)
    assert not (tmp_path / "beeline" / "BEELINE-data").exists()
    get()
    assert zenodo.transfers()[1] == "bytes=262144-"
    check_complete(tmp_path / "beeline")


@pytest.mark.parametrize("size", [600_000, len(DATA), len(DATA) + 5])
def test_a_damaged_part_is_thrown_away(get, zenodo, tmp_path, size):
    zenodo.cut = [0]
    with pytest.raises(DataError):
        get()
    (part,) = (tmp_path / "beeline" / WORK).glob("*.part")
    part.write_bytes(b"?" * size)
    get(retries=1)
    check_complete(tmp_path / "beeline")


def test_a_wrong_checksum_is_refused_and_nothing_of_it_kept(get, zenodo, tmp_path):
    zenodo.stated = "0" * 32
    with pytest.raises(DataError, match=f"has not the md5 {'0' * 32} that the record states"):
        get()
    folder = tmp_path / "beeline"
    assert sorted(path.name for path in folder.iterdir()) == [WORK, PIN]
    assert [path.name for path in (folder / WORK).iterdir()] == ["lock"]


def test_no_more_is_written_than_the_record_states(get, zenodo, tmp_path):
    zenodo.extra = b"more" * 100_000
    with pytest.raises(DataError, match="sent more than the stated"):
        get()
    assert not (tmp_path / "beeline" / "BEELINE-data").exists()


def test_without_a_network_there_is_one_message_and_no_folder(get, tmp_path):
    with pytest.raises(DataError, match=r"http://127\.0\.0\.1:9/api/records/.* cannot be reached"):
        get(base_url="http://127.0.0.1:9")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("status", "message"), [(500, "answered 500"), (404, "no record 7")])
def test_a_server_that_refuses_is_quoted(get, zenodo, status, message):
    zenodo.status = status
    with pytest.raises(DataError, match=message):
        get(record=7)


def test_a_server_that_falls_silent_is_not_waited_for_without_end(get, zenodo, monkeypatch):
    monkeypatch.setattr(zenodo_module, "TIMEOUT", (1, 0.2))
    zenodo.pause = 60.0
    with pytest.raises(DataError, match="timed out"):
        get()


def change(**entries):
    file = {"key": "a.zip", "size": 1, "checksum": f"md5:{'a' * 32}", "links": {"self": "x"}}
    record = {"id": NEW, "doi": "d", "metadata": {}, "files": [{**file, **entries}]}
    return json.dumps(record).encode()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"<html>", "JSONDecodeError"),
        (b"[]", "TypeError"),
        (b'{"files": [], "id": 1}', "no file"),
        (change(key="../a.zip"), "no plain file name"),
        (change(key=".download"), "no plain file name"),
        (change(checksum="sha1:abc"), 'has the checksum "sha1:abc"'),
        (change(size=10**12), "at most 20 GB are downloaded"),
    ],
)
def test_a_record_that_cannot_be_trusted_is_refused(get, zenodo, tmp_path, answer, message):
    zenodo.answer = answer
    with pytest.raises(DataError, match=message):
        get()
    assert list(tmp_path.iterdir()) == []


def test_an_unsafe_archive_is_not_unpacked(get, zenodo, tmp_path):
    zenodo.files = {"a.zip": zipped({"../../out": b""})}
    with pytest.raises(DataError, match="leads out of the archive"):
        get()
    assert not (tmp_path / "beeline" / "a").exists()
    assert not list(tmp_path.rglob("out"))


def test_a_folder_of_unknown_origin_is_left_alone(get, tmp_path):
    mine = tmp_path / "beeline" / "BEELINE-data" / "mine.csv"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    with pytest.raises(DataError, match="exists already, but"):
        get()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [mine]


def test_a_pin_that_is_none_is_named(get, tmp_path):
    (tmp_path / "beeline").mkdir()
    (tmp_path / "beeline" / PIN).write_text('{"files": 3}')
    with pytest.raises(DataError, match="not the record of a download"):
        get()


def test_two_downloads_do_not_meet_in_one_folder(get, tmp_path):
    def start_another(*_):
        with pytest.raises(DataError, match="another download is writing here"):
            get()

    get(on_progress=start_another)
    check_complete(tmp_path / "beeline")


def test_a_disk_without_room_is_noticed_before_anything_is_sent(get, zenodo, monkeypatch, tmp_path):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(0, 0, 1000))
    with pytest.raises(DataError, match=r"No space left.*0\.00 GB free.*Make room"):
        get()
    assert zenodo.transfers() == []
    monkeypatch.undo()
    get()
    check_complete(tmp_path / "beeline")


def test_a_disk_that_fills_up_keeps_what_has_arrived(get, zenodo, monkeypatch, tmp_path):
    real = Path.open

    class FullDisk(io.BufferedWriter):
        def write(self, piece):
            if self.tell() > 500_000:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(piece)

    def open_on_full_disk(path, mode="r", **settings):
        if path.suffix == ".part":
            return FullDisk(io.FileIO(path, mode))
        return real(path, mode, **settings)

    monkeypatch.setattr(Path, "open", open_on_full_disk)
    with pytest.raises(DataError, match=r"No space left.*Make room"):
        get()
    monkeypatch.undo()
    get()
    assert zenodo.transfers()[1] == "bytes=524288-"
    check_complete(tmp_path / "beeline")


def test_a_place_that_cannot_be_written_is_named(zenodo, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        download(tmp_path / "file" / "beeline", base_url=zenodo.url)


def test_the_default_server_and_record_are_zenodos():
    assert (module.ZENODO, module.BEELINE) == ("https://zenodo.org", 3378975)
