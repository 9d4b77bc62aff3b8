"""The models of a comparison: their names, what each sees, and the groups a user can name."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Literal

from gpdht.errors import ConfigError
from gpdht.models.baselines import BASELINES

Kind = Literal["gpdht", "variant", "peer", "label", "expression", "control"]

VARIANTS = ("gpdht_cumulative", "gpdht_published", "gpdht_published_cumulative")
PEERS = ("genelink", "gmfgrn", "igegrns", "gatcl", "hgatlink")

RANDOM_EMBEDDING = "gpdht_random_embedding"
PERMUTED_LABELS = "gpdht_permuted_labels"
PERMUTED_EXPRESSION = "gpdht_permuted_expression"
CONTROLS = (RANDOM_EMBEDDING, PERMUTED_LABELS, PERMUTED_EXPRESSION)

KINDS: dict[str, Kind] = {
    "gpdht": "gpdht",
    **dict.fromkeys(VARIANTS, "variant"),
    **dict.fromkeys(PEERS, "peer"),
    **{name: baseline.kind for name, baseline in BASELINES.items()},
    **dict.fromkeys(CONTROLS, "control"),
}
"""Every model by name, in the order of the tables; a `variant` is GP-DHT with other levels or as
published, a `peer` one of the paper's, `label` sees no expression, `expression` does not know
which gene is which, a `control` is GP-DHT with something taken away."""

GROUPS: dict[str, tuple[str, ...]] = {
    "all": tuple(KINDS),
    "label": tuple(name for name, kind in KINDS.items() if kind == "label"),
    "expression": tuple(name for name, kind in KINDS.items() if kind == "expression"),
    "baselines": tuple(BASELINES),
    "controls": CONTROLS,
    "peers": PEERS,
    "variants": VARIANTS,
}


def choose_models(names: str | Sequence[str]) -> tuple[str, ...]:
    """The models that names and groups mean, each once, in the order of the tables.

    Parameters
    ----------
    names : e.g. ``"gpdht,label"`` or ``["gpdht", "label"]``.

    Raises
    ------
    ConfigError
        For an empty choice, and for unknown names, all at once, with the nearest valid ones.
    """
    asked = split_list(names)
    known = [*GROUPS, *KINDS]
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise ConfigError("\n".join(_unknown(name, known) for name in unknown))
    if not asked:
        raise ConfigError(f"no model is named; use {', '.join(known)}.")
    chosen = {model for name in asked for model in GROUPS.get(name, (name,))}
    return tuple(name for name in KINDS if name in chosen)


def split_list(items: str | Sequence[str]) -> list[str]:
    """The parts of a list that may be written with commas, without blanks and empty parts."""
    texts = [items] if isinstance(items, str) else items
    return [part.strip() for text in texts for part in text.split(",") if part.strip()]


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    hint = f'did you mean "{near[0]}"?' if near else f"use {', '.join(known)}."
    return f'unknown model "{name}"; {hint}'
