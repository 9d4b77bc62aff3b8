"""Imports follow the data flow and never climb; heavy libraries stay where they belong."""

from __future__ import annotations

import ast
import subprocess
import sys
import textwrap
from collections import deque
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "gpdht"

LAYERS = (
    {"errors"},
    {"devices"},
    {"collection", "cost", "files", "kernels", "presentation", "published", "redaction"},
    {"metrics"},
    {"setting_messages", "unread"},
    {"config"},
    {"plots"},
    {"data"},
    {"pairs"},
    {"graph"},
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
    "pooch": {"data", "plots"},
    "altair": {"plots"},
    "vl_convert": {"plots"},
    "networkx": {"network", "plots"},
    "decoupler": {"network"},
    "jinja2": {"report"},
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def layer(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path, package: Path = PACKAGE, *, top_level: bool = False) -> list[str]:
    """The modules that a file names in its imports, wherever they stand.

    Of our own package `from gpdht.x import y` names the module `gpdht.x.y` if there is one, else
    `gpdht.x`.
    """
    tree = ast.parse(path.read_text())
    nodes = tree.body if top_level else ast.walk(tree)
    names = []
    for node in nodes:
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += sorted({_named(node, alias.name, path, package) for alias in node.names})
    return names


def _named(node: ast.ImportFrom, name: str, path: Path, package: Path) -> str:
    base = node.module or ""
    if node.level:
        above = path.relative_to(package.parent).parts[: -node.level]
        base = ".".join([*above, *base.split(".")]).rstrip(".")
    stem = package.parent / f"{base}.{name}".replace(".", "/")
    is_module = stem.with_suffix(".py").is_file() or (stem / "__init__.py").is_file()
    return f"{base}.{name}" if is_module else base


def import_graph(package: Path) -> dict[str, list[str]]:
    """What each module of a package imports of it, except the package itself, which shows all."""
    graph = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name != package.name:
            graph[name] = imports(path, package)
    return {name: [other for other in named if other in graph] for name, named in graph.items()}


def circles(graph: dict[str, list[str]]) -> list[str]:
    """A shortest circle of imports through each module that lies on one, each circle once."""
    found = {}
    for start in graph:
        paths, seen = deque([[start]]), set()
        while paths:
            path = paths.popleft()
            if path[-1] == start and len(path) > 1:
                found.setdefault(frozenset(path), " → ".join(path))
                break
            for other in graph[path[-1]]:
                if other not in seen:
                    seen.add(other)
                    paths.append([*path, other])
    return list(found.values())


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


def test_no_module_imports_itself_through_others():
    found = circles(import_graph(PACKAGE))
    assert not found, "\n".join(["circles of imports:", *found])


def test_what_users_import_from_the_package_its_modules_import_from_one_another():
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "gpdht":
                names = {alias.name for alias in node.names}
                assert names <= {"__version__", *HEIGHT}, f"{path} imports {names} from gpdht"


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("import p.a.b", ["p.a.b"]),
        ("from p import a", ["p.a"]),
        ("from p import a, __version__", ["p", "p.a"]),
        ("from p.a import b as c", ["p.a.b"]),
        ("from p.a.b import f, g", ["p.a.b"]),
        ("from . import b", ["p.a.b"]),
        ("from .b import f", ["p.a.b"]),
        ("from ..c import f", ["p.c"]),
        ("from .. import c", ["p.c"]),
        ("def f():\n    from p import c", ["p.c"]),
        ("if TYPE_CHECKING:\n    from p.a import b", ["p.a.b"]),
    ],
)
def test_an_import_names_its_module_however_it_is_written(tmp_path, statement, named):
    files = {"__init__": "", "c": "", "a/__init__": "", "a/b": "", "a/d": statement}
    package = make_package(tmp_path, files)
    assert imports(package / "a" / "d.py", package) == named


def test_a_circle_is_found_within_a_folder_and_across_and_printed(tmp_path):
    files = {
        "__init__": "from p.a import f",
        "a/__init__": "",
        "a/b": "from p.a import c",
        "a/c": "def f():\n    from p import d",
        "d": "if TYPE_CHECKING:\n    from p.a.b import B",
        "e": "from p import __version__, d",
        "g": "from p.h import f",
        "h": "import p.g",
    }
    found = circles(import_graph(make_package(tmp_path, files)))
    assert found == ["p.a.b → p.a.c → p.d → p.a.b", "p.g → p.h → p.g"]


def make_package(folder: Path, files: dict[str, str]) -> Path:
    """A package `p` of the files given."""
    for name, text in files.items():
        path = folder / "p" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "p"


@pytest.mark.parametrize("name", ["data", "config", "errors", "devices", "cli"])
def test_torch_stays_out_of_what_must_answer_at_once(name):
    for path in MODULES:
        if layer(path) == name:
            assert not any(n.split(".")[0] == "torch" for n in imports(path, top_level=True))


def loaded_by(*words: str) -> set[str]:
    """The packages, beside Python's own and ours, that a command loads until it ends."""
    code = """
        import sys
        before = {name.partition(".")[0] for name in sys.modules}
        from gpdht.cli.app import main
        try:
            main()
        except SystemExit:
            pass
        after = {name.partition(".")[0] for name in sys.modules}
        print("loaded", *sorted(after - before - {"gpdht"} - sys.stdlib_module_names))
    """
    line = [sys.executable, "-c", textwrap.dedent(code), *words]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split()[1:])


def test_help_loads_only_what_prints_it():
    printers = {"typer", "click", "rich", "markdown_it", "mdurl", "pygments", "shellingham"}
    assert loaded_by("--help") <= {*printers, "annotated_doc", "attr"}


@pytest.mark.parametrize("words", [("space", "check", "quick"), ("search", "--help"), ("config",)])
def test_what_must_answer_at_once_loads_no_heavy_library(words):
    heavy = {"torch", "ray", "mlflow", "optuna", "sklearn", "pandas", "anndata", "numba", "altair"}
    assert not heavy & loaded_by(*words)


def test_no_file_has_grown_past_the_ceiling():
    for path in MODULES:
        assert len(path.read_text().splitlines()) <= 300, path
