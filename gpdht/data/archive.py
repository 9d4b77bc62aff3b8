"""A zip archive onto the disk: whole or not at all, inside its folder, within bounds."""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath

from gpdht.errors import DataError

MAX_BYTES = 50 * 10**9
MAX_MEMBERS = 200_000
LITTER = "__MACOSX"  # what the macOS archiver adds


def unpack(archive: Path, folder: Path, *, work: Path, max_bytes: int = MAX_BYTES) -> Path:
    """The archive's files under `folder`, which appears when all of them are there.

    If the archive holds nothing but one folder of the same name, its inside is taken.

    Parameters
    ----------
    folder : must not exist yet.
    work : a folder on the same disk for what is not complete; what an interrupted call left is
        removed.

    Raises
    ------
    DataError
        If the archive is corrupt, larger unpacked than `max_bytes` or than the disk has room for,
        or holds anything but plain files and folders below its own top.
    """
    started = work / "unpacking"
    shutil.rmtree(started, ignore_errors=True)
    started.mkdir(parents=True)
    try:
        with zipfile.ZipFile(archive) as opened:
            # zipfile checks each member's CRC and gives no more bytes than the member states.
            opened.extractall(started, _check(opened, archive, max_bytes=max_bytes, room=started))
        inside = list(started.iterdir())
        single = len(inside) == 1 and inside[0].name == folder.name and inside[0].is_dir()
        (inside[0] if single else started).rename(folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise DataError(
            f"{archive.name}: a corrupt zip archive ({error}). Fetch it again."
        ) from error
    finally:
        shutil.rmtree(started, ignore_errors=True)
    return folder


def _check(
    opened: zipfile.ZipFile, archive: Path, *, max_bytes: int, room: Path
) -> list[zipfile.ZipInfo]:
    """The members worth writing; raises before anything is written."""
    members = [m for m in opened.infolist() if m.filename.partition("/")[0] != LITTER]
    for member in members:
        if (reason := _reason_against(member)) is not None:
            raise DataError(
                f'{archive.name}: the member "{member.filename}" {reason}; expected plain files '
                "below the archive's top. The archive was not unpacked; do not trust it."
            )
    names = [member.filename.rstrip("/").lower() for member in members]
    if len(set(names)) < len(names) or len(names) > MAX_MEMBERS:
        raise DataError(
            f"{archive.name}: {len(names)} members with {len(set(names))} different names; "
            f"expected each once, and at most {MAX_MEMBERS}. The archive was not unpacked."
        )
    size, free = sum(member.file_size for member in members), shutil.disk_usage(room).free
    if size > min(max_bytes, free):
        raise DataError(
            f"{archive.name}: {size / 1e9:.2f} GB unpacked; there is room for {free / 1e9:.2f} GB, "
            f"and at most {max_bytes / 1e9:.2f} GB are unpacked. Make room, or give another folder."
        )
    return members


def _reason_against(member: zipfile.ZipInfo) -> str | None:
    """Why a member must not be written."""
    path = PurePosixPath(member.filename)
    if path.is_absolute() or PureWindowsPath(member.filename).drive:
        return "has an absolute path"
    if ".." in path.parts or "\\" in member.orig_filename or not path.parts:
        return "leads out of the archive"
    kind = stat.S_IFMT(member.external_attr >> 16)  # 0 where the archiver knew no kinds
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device"
    return "is encrypted" if member.flag_bits & 1 else None
