"""Files of installed packages are found and checked, and nothing is imported."""

from __future__ import annotations

import hashlib
import sys

import pytest
from fake_packages import install

from gpdht.data.package_files import PackageFile, find_file
from gpdht.errors import DataError

CONTENT = b"a table"
WANTED = PackageFile("Fake-Priors", "data/t.csv", "1.0", hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def site(tmp_path, monkeypatch):
    """An empty folder of packages."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_a_file_is_found_by_its_package_without_importing_it(site):
    install(site, "fake_priors", "1.0", {"data/t.csv": CONTENT})
    found = find_file(WANTED)
    assert (found.path, found.version, found.checked) == (site / "data/t.csv", "1.0", True)
    assert WANTED.installed == "1.0"
    assert "fake_priors" not in sys.modules


def test_a_package_that_is_not_installed_comes_with_the_line_that_installs_it(site):
    assert WANTED.installed is None
    with pytest.raises(DataError, match=r"not installed: pip install --no-deps Fake-Priors==1\.0"):
        find_file(WANTED)


def test_another_edition_is_taken_and_said_to_be_unchecked(site):
    install(site, "fake_priors", "1.1", {"data/t.csv": b"another table"})
    found = find_file(WANTED)
    assert (found.version, found.checked) == ("1.1", False)


def test_a_file_that_is_not_what_was_installed_is_refused(site):
    install(site, "fake_priors", "1.0", {"data/t.csv": CONTENT})
    (site / "data/t.csv").write_bytes(b"overwritten by another package")
    with pytest.raises(DataError, match=r"changed or overwritten.*--force-reinstall"):
        find_file(WANTED)


def test_an_installer_that_notes_no_content_is_believed(site):
    install(site, "fake_priors", "1.0", {"data/t.csv": b"another table"})
    (site / "fake_priors-1.0.dist-info/RECORD").unlink()
    assert not find_file(WANTED).checked


def test_a_version_without_the_file_names_one_that_has_it(site):
    install(site, "fake_priors", "0.1", {})
    with pytest.raises(DataError, match=r"Fake-Priors 0\.1 has no data/t\.csv; 1\.0 has"):
        find_file(WANTED)
