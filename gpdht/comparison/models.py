"""The models of a comparison: their names, what each sees, and the groups a user can name."""

from __future__ import annotations

from typing import Literal

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
