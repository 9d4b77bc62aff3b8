"""Imports follow the data flow and never climb; heavy libraries stay where they belong."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "gpdht"

LAYERS = (
    {"errors"},
    {"cost", "files", "presentation"},
    {"metrics"},
    {"config"},
    {"plots"},
    {"data"},
    {"pairs"},
    {"graph"},
    {"kernels"},
    {"models"},
    {"training"},
    {"trial"},
    {"tracking"},
    {"execution"},
    {"search"},
    {"comparison"},
    {"registry"},
    {"network"},
    {"reproduction"},
    {"report"},
    {"cli"},
    {"__main__"},
)
HEIGHT = {name: height for height, names in enumerate(LAYERS) for name in names}
HOMES = {
    "ray": {"execution", "search"},
    "optuna": {"search"},
    "mlflow": {"tracking", "registry"},
    "typer": {"cli"},
    "numba": {"kernels"},
    "pooch": {"data"},
    "altair": {"plots"},
    "vl_convert": {"plots"},
    "networkx": {"plots"},
    "jinja2": {"report"},
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def layer(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path, *, top_level: bool = False) -> list[str]:
    tree = ast.parse(path.read_text())
    nodes = tree.body if top_level else ast.walk(tree)
    names = []
    for node in nodes:
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_imports_only_from_its_own_layer_or_below(path):
    if path.name == "__init__.py" and path.parent == PACKAGE:
        return
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "gpdht" and len(parts) > 1:
            assert HEIGHT[parts[1]] <= HEIGHT[layer(path)], f"{path.name} imports {name}"
        elif parts[0] in HOMES:
            assert layer(path) in HOMES[parts[0]], f"{path.name} imports {name}"


@pytest.mark.parametrize("name", ["data", "config", "errors", "cli"])
def test_torch_stays_out_of_what_must_answer_at_once(name):
    for path in MODULES:
        if layer(path) == name:
            assert not any(n.split(".")[0] == "torch" for n in imports(path, top_level=True))


def test_help_and_space_check_load_no_heavy_library():
    heavy = "[m for m in ('torch','ray','mlflow','optuna','sklearn','pandas') if m in sys.modules]"
    code = f"import sys, gpdht.cli.app; print({heavy})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_file_has_grown_past_the_ceiling():
    for path in MODULES:
        assert len(path.read_text().splitlines()) <= 300, path
