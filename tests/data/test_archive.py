"""Archives are unpacked whole or not at all, and never outside their folder."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest
from zenodo_server import zipped

from gpdht.data.archive import unpack
from gpdht.errors import DataError


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_members_keep_their_places_and_bytes(tmp_path):
    files = {"Networks/human/a.csv": b"x" * 100_000, "tfs.csv": b"TF\n", "empty/": b""}
    archive = write(tmp_path / "data.zip", zipped(files))
    unpack(archive, tmp_path / "data", work=tmp_path)
    assert tree(tmp_path / "data") == {"Networks/human/a.csv": b"x" * 100_000, "tfs.csv": b"TF\n"}
    assert (tmp_path / "data" / "empty").is_dir()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "data.zip"]


def test_a_single_folder_of_the_archives_name_is_not_doubled(tmp_path):
    archive = write(tmp_path / "a.zip", zipped({"data/x": b"1", "__MACOSX/data/._x": b"litter"}))
    assert tree(unpack(archive, tmp_path / "data", work=tmp_path)) == {"x": b"1"}
    assert tree(unpack(archive, tmp_path / "other", work=tmp_path)) == {"data/x": b"1"}


def special(name: str, kind: int) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.external_attr = (kind | 0o644) << 16
    return member


@pytest.mark.parametrize(
    ("member", "message"),
    [
        ("../out", "leads out"),
        ("a/../../out", "leads out"),
        ("/etc/out", "absolute"),
        ("C:/out", "absolute"),
        ("..\\out", "leads out"),
        (special("link", stat.S_IFLNK), "link or a device"),
        (special("pipe", stat.S_IFIFO), "link or a device"),
    ],
)
def test_a_member_that_could_do_harm_stops_everything(tmp_path, member, message):
    inner = tmp_path / "inner"
    inner.mkdir()
    archive = write(inner / "data.zip", zipped({"good": b"1", member: b"/etc/passwd"}))
    with pytest.raises(DataError, match=message):
        unpack(archive, inner / "data", work=inner)
    assert list(tree(tmp_path)) == ["inner/data.zip"]


def test_a_name_twice_in_any_case_is_refused(tmp_path):
    archive = write(tmp_path / "data.zip", zipped({"a": b"1", "A": b"2"}))
    with pytest.raises(DataError, match="2 members with 1 different names"):
        unpack(archive, tmp_path / "data", work=tmp_path)


def test_an_archive_that_grows_too_large_is_refused_before_it_is_written(tmp_path):
    archive = write(tmp_path / "data.zip", zipped({"zeros": bytes(5_000_000)}))
    assert archive.stat().st_size < 10_000
    with pytest.raises(DataError, match=r"0\.01 GB unpacked.*at most 0\.00 GB"):
        unpack(archive, tmp_path / "data", work=tmp_path, max_bytes=4_000_000)
    assert list(tree(tmp_path)) == ["data.zip"]


@pytest.mark.parametrize("where", [0, 36, -30])
def test_a_corrupt_archive_leaves_nothing(tmp_path, where):
    content = bytearray(zipped({"first": b"1" * 50, "second": bytes(range(256)) * 9}))
    content[where] ^= 0xFF
    if where == 0:
        content = content[:100]
    archive = write(tmp_path / "data.zip", bytes(content))
    with pytest.raises(DataError, match="corrupt zip archive"):
        unpack(archive, tmp_path / "data", work=tmp_path)
    assert list(tree(tmp_path)) == ["data.zip"]


def test_what_an_interrupted_call_left_is_removed(tmp_path):
    (tmp_path / "unpacking" / "data").mkdir(parents=True)
    write(tmp_path / "unpacking" / "data" / "stale", b"")
    archive = write(tmp_path / "data.zip", zipped({"data/x": b"1"}))
    assert tree(unpack(archive, tmp_path / "data", work=tmp_path)) == {"x": b"1"}
