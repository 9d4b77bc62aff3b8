"""Pages made of code: the command line, the Python interface, every setting, the notebooks."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import typer
from typer.cli import get_docs_for_click

import gpdht as gp
from gpdht.cli.app import app
from gpdht.cli.settings import limits_of
from gpdht.config import Config, field_paths


def commands_page() -> str:
    """Every verb with its arguments and options, from the Typer app."""
    command = typer.main.get_command(app)
    context = command.make_context("gpdht", [], resilient_parsing=True)
    text = get_docs_for_click(obj=command, ctx=context, name="gpdht", title="Command line")
    text = re.sub(r"\n\* `--help`: Show this message and exit\.", "", text)
    text = re.sub(r"\*\*Commands\*\*:\n\n(\* .*\n)+\n", "", text)  # cut short, and below in full
    return "\n".join(
        _without_links(line) if line[:2] == "* " else line for line in text.split("\n")
    )


def _without_links(line: str) -> str:
    """Brackets are text, outside of code too."""
    parts = line.split("`")
    return "`".join(part if i % 2 else part.replace("[", r"\[") for i, part in enumerate(parts))


def python_page() -> str:
    """The names of `gpdht.__all__`, from their docstrings: verbs first, then what they give."""
    names = [name for name in gp.__all__ if name not in ("__version__", "plots")]
    verbs = [name for name in names if inspect.isfunction(getattr(gp, name))]
    kinds = [name for name in names if name not in verbs]
    charts = [name for name in gp.plots.__all__ if name != "plots"]
    lines = [
        "# Python",
        "",
        "`import gpdht as gp`; a name loads what it needs when it is first used. What is not named "
        "here may change without notice.",
        "",
        *[_directive(gp, name) for name in (*verbs, *kinds)],
        "## gp.plots",
        "",
        "Charts from plain tables; each is an Altair chart, which a notebook shows. (It is not "
        "called `pl`, for its charts take no AnnData.)",
        "",
        *[_directive(gp.plots, name, level=3) for name in charts],
    ]
    return "\n".join(lines)


def _directive(module: Any, name: str, *, level: int = 2) -> str:
    home = getattr(module, name).__module__
    return f"::: {home}.{name}\n    options:\n      heading_level: {level}\n"


def settings_page() -> str:
    """Every setting of a config by section: default, range and meaning."""
    defaults, sections = Config().flat(), Config.model_fields
    lines = [
        "# Settings",
        "",
        "What `--set PATH=VALUE`, a search space, `gp.Config.from_flat` and MLflow call a setting. "
        "`gpdht config` prints the same.",
    ]
    for path, field in field_paths().items():
        section, _, name = path.partition(".")
        if f"## {section}" not in lines:
            about = inspect.getdoc(sections[section].annotation) or ""
            lines += ["", f"## {section}", "", about, ""]
            lines += ["| setting | default | range | meaning |", "|---|---|---|---|"]
        limits = limits_of(field).replace("|", r"\|")
        meaning = (field.description or "").replace("|", r"\|")
        default = "none" if defaults[path] is None else defaults[path]
        lines.append(f"| `{section}.{name}` | `{default}` | {limits} | {meaning} |")
    return "\n".join(lines) + "\n"


def notebook_page(path: Path) -> str:
    """A notebook as text and code; it is committed without output."""
    parts = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        text = "".join(cell["source"])
        parts.append(text if cell["cell_type"] == "markdown" else f"```python\n{text}\n```")
    ending = f"*This page is `notebooks/{path.name}`, which the tests run from top to bottom.*"
    return "\n\n".join([*parts, ending]) + "\n"
