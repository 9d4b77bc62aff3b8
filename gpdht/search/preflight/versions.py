"""Whether every node runs the same versions as the driver."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gpdht.execution.nodes import Node, ask_nodes
from gpdht.search.preflight.checks import Check
from gpdht.tracking.provenance import versions

NAME = "versions"
_SHOWN = ("python", "gpdht", "torch", "ray", "optuna", "mlflow")


def check_versions(nodes: Sequence[Node]) -> list[Check]:
    """A row for each node where a version differs from the driver's, or gpdht is missing."""
    here = versions()
    rows = []
    for answer in ask_nodes(_versions(), nodes):
        name = answer.node.name
        if answer.value is None:
            found = f"{name}: gpdht gives no answer ({answer.error})."
            remedy = f"Install gpdht {here['gpdht']} there, in the Python that runs Ray."
            rows.append(Check(NAME, "failed", found, remedy, name))
        elif differing := differences(here, answer.value):
            found = f"{name} has {'; '.join(differing)}."
            rows.append(Check(NAME, "failed", found, _remedy(here, answer.value), name))
    shown = ", ".join(f"{package} {here[package]}" for package in _SHOWN if package in here)
    everywhere = f" on all {len(nodes)} nodes" if len(nodes) > 1 else ""
    return rows or [Check(NAME, "passed", f"{shown}{everywhere}")]


def differences(here: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    """Each package whose version is another there, in words."""
    return [
        f"{name} {there.get(name, 'missing')}, the driver {here.get(name, 'none')}"
        for name in (*here, *(name for name in there if name not in here))
        if here.get(name) != there.get(name)
    ]


def _remedy(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    wanted = [
        f"{name}=={version}"
        for name, version in here.items()
        if there.get(name) != version and name != "python"
    ]
    python = here["python"] != there.get("python")
    parts = [f"Use Python {here['python']} there."] if python else []
    parts += [f"There: pip install {' '.join(wanted)}"] if wanted else []
    return " ".join(parts) or "Install the same packages on both."


def _versions() -> Callable[[], dict[str, str]]:
    """A task for a node; by value, so that it runs whatever gpdht is there."""

    def versions_here() -> dict[str, str]:
        from gpdht.tracking.provenance import versions

        return versions()

    return versions_here
