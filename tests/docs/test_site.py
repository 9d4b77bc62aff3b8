"""The documentation: pictures as the code draws them, a site whose links are right."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
import typer

import gpdht as gp
from gpdht.cli.app import app
from gpdht.config import field_paths

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
HAS_MKDOCS = all(map(importlib.util.find_spec, ("mkdocs", "material", "mkdocstrings")))


class Page(HTMLParser):
    """What a page loads, and its text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.text = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag in ("script", "img") and "src" in given:
            self.loaded.append(given["src"])
        if tag == "link" and given.get("rel") in ("stylesheet", "preconnect", "icon"):
            self.loaded.append(given["href"])

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    if not HAS_MKDOCS:
        pytest.skip("needs the packages of gpdht[docs]")
    folder = tmp_path_factory.mktemp("site")
    line = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        line, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.mark.slow
def test_the_site_builds_without_a_wrong_link_and_loads_nothing_from_elsewhere(site):
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 25
    for path in pages:
        assert not [place for place in Page(path).loaded if re.match(r"(https?:)?//", place)]


@pytest.mark.slow
def test_every_name_verb_and_setting_has_its_place(site):
    python = (site / "reference" / "python" / "index.html").read_text(encoding="utf-8")
    for name in set(gp.__all__) - {"__version__", "plots"}:
        assert f'id="{getattr(gp, name).__module__}.{name}"' in python
    commands = Page(site / "reference" / "commands" / "index.html").text
    for name in typer.main.get_command(app).commands:
        assert f"gpdht {name}" in commands
    settings = Page(site / "reference" / "settings" / "index.html").text
    assert all(path in settings for path in field_paths())


def test_the_pictures_are_what_the_code_draws(tmp_path):
    script = DOCS / "site" / "pictures.py"
    subprocess.run([sys.executable, script, tmp_path], check=True)
    drawn = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert drawn == {path.name: path.read_text() for path in (DOCS / "pictures").iterdir()}


def test_links_between_files_are_right_in_the_repository_too():
    files = [*REPOSITORY.glob("*.md"), REPOSITORY / "cluster" / "README.md", *DOCS.rglob("*.md")]
    wrong = [
        f"{file.relative_to(REPOSITORY)}: {place}"
        for file in files
        for place in re.findall(r"\]\((?!\w+:|#)([^)\s#]+)", file.read_text(encoding="utf-8"))
        if not (file.parent / place).exists()
    ]
    assert not wrong


def test_every_setting_says_its_meaning():
    assert not [path for path, field in field_paths().items() if not field.description]
