"""The shipped search spaces, and the published settings of models in them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from gpdht.errors import SpaceError

SPACES = Path(__file__).with_name("search_spaces")
"""The shipped spaces; in a source tree a link to the folder beside the package."""

SHORT_PRETRAINING: dict[str, Any] = {
    "encoder.start": "singular",
    "encoder.rescale": True,
    "encoder.shrinkage": 0.1,
    "encoder.iterations": 25,
    "encoder.lr": 1e-3,
    "encoder.clip": 1.0,
}
"""Instead of 20,000 steps from random numbers, which is hours: few steps from the expression's
singular vectors, where those 20,000 end (`benchmarks/encoder.py`)."""


def find_space(name: str | Path) -> Path:
    """A space's file: a path, or the name of a shipped space such as ``quick``.

    Raises
    ------
    SpaceError
        Naming the shipped ones.
    """
    path = Path(name)
    if path.exists() or path.suffix:
        return path
    shipped = SPACES / f"{name}.yaml"
    if shipped.is_file():
        return shipped
    names = ", ".join(shipped_spaces())
    raise SpaceError(f'no search space "{name}": neither a file nor a shipped one ({names}).')


def shipped_spaces() -> dict[str, Path]:
    """The files of the shipped spaces by their names, in order."""
    files = [*SPACES.glob("*.yaml"), *SPACES.glob("*/*.yaml")]
    names = {str(file.relative_to(SPACES).with_suffix("")): file for file in files}
    return dict(sorted(names.items()))


@cache
def published_settings(model: str) -> dict[str, Any]:
    """The settings that a model was published with, by path, but for `SHORT_PRETRAINING`.

    What is not named has its default; pairs and folds are the comparison's.

    Parameters
    ----------
    model : as ``model.name`` names it.
    """
    file = "paper.yaml" if model == "gpdht" else f"peers/{model}.yaml"
    fixed = yaml.safe_load((SPACES / file).read_text(encoding="utf-8"))["fixed"]
    settings = {path: value for path, value in fixed.items() if not path.startswith("cv.")}
    return settings | {p: v for p, v in SHORT_PRETRAINING.items() if "encoder.iterations" in fixed}
