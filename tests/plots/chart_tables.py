"""Tables as the charts take them, with names that hurt."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gpdht import plots

NASTY = ('A"q"', "B<b>x</b>", "C.d[0]", "D'e", "E\\f", "G&amp;", "</script>", "{{H}}")


def scores() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": ["GP-DHT", "TF rate", "gradient boosting on expression statistics", "no score"],
            "kind": ["gpdht", "label", "expression", "peer"],
            "value": [0.5, 0.7, 0.1, np.nan],
            "low": [0.4, 0.6, np.nan, np.nan],
            "high": [0.6, 0.8, np.nan, np.nan],
        }
    )


def gain_rows(splits=("edge", "target"), sets=("a", "b")) -> pd.DataFrame:
    rows = [
        (split, name, against, value, value - 0.1, value + 0.1)
        for i, split in enumerate(splits)
        for j, name in enumerate(sets)
        for against, value in (("label-only", 0.1 * i - 0.2 * j), ("expression-only", 0.3))
    ]
    return pd.DataFrame(rows, columns=["split", "set", "against", "value", "low", "high"])


def epochs() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "trial": [0, 0, 1, 2, 2, 3, 3],
            "epoch": [1, 2, 1, 1, 2, 1, 2],
            "value": [0.1, 0.2, 0.3, 0.4, np.nan, 0.5, 0.6],
            "state": ["complete"] * 2 + ["out_of_memory"] + ["pruned"] * 4,
        }
    )


AXES = (
    plots.Axis("encoder.tau", "float", 0.01, 1, log=True),
    plots.Axis("graph.levels", "int", 5, 25),
    plots.Axis("train.optimizer", "choice", choices=("adam", "sgd")),
    plots.Axis("train.momentum", "float", 0, 0.9),
)


def trials() -> pd.DataFrame:
    """Trial 3 was pruned; momentum is set for sgd alone."""
    return pd.DataFrame(
        {
            "trial": [0, 1, 2, 3],
            "objective": [0.1, 0.2, 0.3, None],
            "state": ["complete"] * 3 + ["pruned"],
            "encoder.tau": [0.01, 0.1, 1.0, 0.5],
            "graph.levels": [5, 10, 25, 7],
            "train.optimizer": ["adam", "sgd", "adam", "sgd"],
            "train.momentum": [np.nan, 0.45, np.nan, 0.3],
        }
    )


def curve_rows(sets=("a",), splits=("edge",), lines=(("GP-DHT", "gpdht"), ("TF rate", "label"))):
    return pd.concat(
        pd.DataFrame(
            {
                "set": name,
                "split": split,
                "name": line,
                "kind": kind,
                "recall": [0.0, 0.5, 1.0],
                "precision": [1.0, 0.6, 0.2],
                "low": [0.9, 0.5, 0.1],
                "high": [1.0, 0.7, 0.3],
                "prevalence": 0.1 + 0.1 * sets.index(name),
            }
        )
        for name in sets
        for split in splits
        for line, kind in lines
    )


def edge_rows(number: int = 40, *, tfs=NASTY) -> pd.DataFrame:
    """Pairs of TFs and genes, each once, heaviest first; the first TFs have most."""
    rng = np.random.default_rng(0)
    pairs: dict[tuple[str, str], None] = {}
    while len(pairs) < number:
        source = tfs[int(len(tfs) * rng.random() ** 2)]
        pairs[source, f"g{rng.integers(number)}"] = None
    table = pd.DataFrame(list(pairs), columns=["source", "target"])
    table["weight"] = np.sort(rng.random(number))[::-1]
    table["known"] = rng.random(number) < 0.5
    return table


def ortholog_pairs(number: int = 200) -> pd.DataFrame:
    """Pairs with scores in two species that go together, some of them called."""
    rng = np.random.default_rng(1)
    one = rng.random(number)
    other = np.clip(one + rng.normal(0, 0.2, number), 0, 1)
    classes = np.array(["conserved", "human-specific", "mouse-specific", "undecided"])
    return pd.DataFrame(
        {
            "tf_1": [NASTY[i % len(NASTY)] for i in range(number)],
            "target_1": [f"g{i}" for i in range(number)],
            "score_1": one,
            "score_2": other,
            "class": classes[np.arange(number) % 4],
        }
    )
