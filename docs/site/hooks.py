"""What mkdocs calls: pages made of the code, files of the root as pages, and links between them."""

from __future__ import annotations

import posixpath
import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parent))

from reference_pages import commands_page, notebook_page, python_page, settings_page

ROOT = Path(__file__).resolve().parents[2]
OF_THE_ROOT = {
    "README.md": "index.md",
    "cluster/README.md": "cluster.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
}
"""Files outside of docs/ that are pages, too, where they stand."""

NOTEBOOKS = {
    f"notebooks/{path.name}": f"tutorials/{path.stem}.md"
    for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
}

MADE = {
    "reference/commands.md": commands_page,
    "reference/python.md": python_page,
    "reference/settings.md": settings_page,
}
PAGES = OF_THE_ROOT | NOTEBOOKS
SOURCES = {page: source for source, page in PAGES.items()}


def on_files(files: Files, config: Any) -> Files:
    """The pages of docs/, and those that are made."""
    for source, page in OF_THE_ROOT.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=text))
    for page, make in MADE.items():
        files.append(File.generated(config, page, content=make()))
    for source, page in NOTEBOOKS.items():
        files.append(File.generated(config, page, content=notebook_page(ROOT / source)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Links and tables as they are right in the repository, made right on the site."""
    here = page.file.src_uri
    source = SOURCES.get(here, f"docs/{here}")

    def on_site(found: re.Match[str]) -> str:
        place, hash_sign, anchor = found[1].partition("#")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), place))
        there = PAGES.get(target, target.removeprefix("docs/"))
        if there == target:  # neither a page of the root nor below docs/
            return found[0]
        return f"]({posixpath.relpath(there, posixpath.dirname(here) or '.')}{hash_sign}{anchor})"

    linked = re.sub(r"\]\((?!\w+:|#)([^)\s]+)\)", on_site, markdown)
    return "\n".join(map(_table_row, linked.split("\n")))


def _table_row(line: str) -> str:
    """GitHub wants `|` escaped in code of a table; here the backslash would be seen."""
    if not line.startswith("|"):
        return line
    return re.sub(r"`[^`]+`", lambda code: code[0].replace(r"\|", "|"), line)
