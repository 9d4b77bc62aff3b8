"""What a cross-validation found, and what several sets found together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from gpdht.metrics.over_sets import mean_over_sets


@dataclass(frozen=True, eq=False)
class CVResult:
    """What cross-validation found.

    Parameters
    ----------
    metrics : `val/…` at the best epoch (means over folds), `test/…`, `baseline/…`, `gain/…`, and
        with priors `low_overlap/…`; empty if pruned. Of several sets means over these.
    scores : out-of-fold `source, target, label, fold, score, baseline`; None if pruned. `baseline`
        is of the label-only baseline with the best average precision. Of several sets also `set`.
    universe : which pairs all of these are about, in words.
    parameters : how many weights a fold's training on labels sets.
    baseline_models : which label-only baseline `baseline/…` is of, by metric.
    sets : what each of several sets came to, by its name.
    """

    metrics: dict[str, float]
    epochs: int
    best_epoch: int
    scores: pd.DataFrame | None
    pruned: bool
    universe: str
    parameters: int
    baseline_models: dict[str, str] = field(default_factory=dict)
    sets: dict[str, CVResult] = field(default_factory=dict)


def joined(names: Sequence[str], results: Sequence[CVResult]) -> CVResult:
    """What several sets found together, in the order of their names.

    Figures are means over the sets; the best epoch is the first set's, as each has its own; a
    label-only baseline is named where it is the best one on all sets.
    """
    first, *rest = results
    return CVResult(
        mean_over_sets([one.metrics for one in results]),
        max(one.epochs for one in results),
        first.best_epoch,
        None if first.scores is None else _stacked(names, [one.scores for one in results]),
        pruned=first.pruned,
        universe="; ".join(f"{n}: {r.universe}" for n, r in zip(names, results, strict=True)),
        parameters=max(one.parameters for one in results),
        baseline_models={
            metric: name
            for metric, name in first.baseline_models.items()
            if all(one.baseline_models.get(metric) == name for one in rest)
        },
        sets=dict(zip(names, results, strict=True)),
    )


def _stacked(names: Sequence[str], tables: Sequence[pd.DataFrame | None]) -> pd.DataFrame:
    return pd.concat(
        [
            table.assign(set=name)
            for name, table in zip(names, tables, strict=True)
            if table is not None
        ],
        ignore_index=True,
    )
