"""Whether a search paid: its winner beside the space's own default, the reference."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from gpdht.metrics.bootstrap import interval, paired_interval
from gpdht.metrics.names import is_better, mode_of, score_of
from gpdht.search.corrected import draw_trials
from gpdht.search.replicates import Replicate, read_replicates
from gpdht.search.study import Study, eligible

Paid = Literal["same", "better", "unclear", "worse", "unknown"]


@dataclass(frozen=True)
class Beside:
    """A score of the winner, of the reference, and the 95 % interval of their difference."""

    winner: float
    reference: float
    low: float = math.nan
    high: float = math.nan

    @property
    def difference(self) -> float:
        """Winner minus reference."""
        return self.winner - self.reference


@dataclass(frozen=True)
class Verdict:
    """Would the reference have done as well?

    Parameters
    ----------
    winner, reference : numbers of the trials.
    objective : what the search chose by, e.g. ``val/gain_auprc``.
    trials : how many complete trials the winner is the best of.
    selection : the objective, on which the winner was chosen: biased upward.
    corrected : the out-of-fold score, corrected for selection; see `metrics.selection`.
    replicated : the pooled out-of-fold score on fresh folds, mean over `seeds`.
    sets : of which all of these are means, where there are several.
    """

    winner: int
    reference: int
    objective: str
    trials: int
    selection: Beside
    corrected: Beside | None = None
    replicated: Beside | None = None
    seeds: tuple[int, ...] = ()
    sets: tuple[str, ...] = ()

    @property
    def metric(self) -> str:
        """The score that the objective is about, e.g. ``auprc``."""
        return score_of(self.objective)

    @property
    def paid(self) -> Paid:
        """What fresh folds say of the winner against the reference.

        `better` and `worse` where the interval of the difference leaves zero out; `same` if the
        reference is the winner; `unknown` without replicates.
        """
        if self.winner == self.reference:
            return "same"
        if self.replicated is None:
            return "unknown"
        low, high = self.replicated.low, self.replicated.high
        if mode_of(self.metric) == "min":
            low, high = -high, -low
        return "better" if low > 0 else "worse" if high < 0 else "unclear"

    @property
    def chosen(self) -> int:
        """The trial to use: the winner, unless it is worse than the reference on fresh folds."""
        if self.replicated is None:
            return self.winner
        worse = is_better(self.metric, self.replicated.reference, self.replicated.winner)
        return self.reference if worse else self.winner

    @property
    def known(self) -> dict[str, Beside]:
        """Those of `selection`, `corrected` and `replicated` that there are."""
        kinds = ("selection", "corrected", "replicated")
        return {kind: one for kind in kinds if (one := getattr(self, kind)) is not None}

    def table(self) -> pd.DataFrame:
        """`winner, reference, difference, low, high`, a row for each score that is known.

        `low` and `high` are the ends of the 95 % interval of the difference.
        """
        columns = ["winner", "reference", "difference", "low", "high"]
        rows = [[getattr(one, name) for name in columns] for one in self.known.values()]
        return pd.DataFrame(rows, index=list(self.known), columns=columns)

    def plain(self) -> dict[str, Any]:
        """As plain data, which `from_plain` reads back."""
        return _without_nan(asdict(self))

    @classmethod
    def from_plain(cls, content: Mapping[str, Any]) -> Verdict:
        """What `plain` gave."""
        values = dict(content)
        for name in ("selection", "corrected", "replicated"):
            if values[name] is not None:
                ends = {key: math.nan if v is None else v for key, v in values[name].items()}
                values[name] = Beside(**ends)
        lists = {name: tuple(values.get(name, ())) for name in ("seeds", "sets")}
        return cls(**{**values, **lists})

    def metrics(self) -> dict[str, float]:
        """Plain metric names for a tracker: `winner/corrected/auprc`, `reference/…`, …."""
        out: dict[str, float] = {}
        for kind, beside in self.known.items():
            name = f"{kind}/{self.metric}"
            out |= {f"winner/{name}": beside.winner, f"reference/{name}": beside.reference}
            out |= {
                f"difference/{name}": beside.difference,
                f"difference/{name}_low": beside.low,
                f"difference/{name}_high": beside.high,
            }
        return out


def to_compare(study: Study) -> tuple[int, ...]:
    """The trials whose replicates tell whether a search paid: none if there is nothing to tell."""
    complete = set(eligible(study.trials())["number"])
    reference = study.reference
    if reference is None or reference not in complete:
        return ()
    winner = int(study.winner()[1]["number"])
    return () if winner == reference else (winner, reference)


def judge_search(study: Study) -> Verdict | None:
    """The winner of a study beside its reference; None unless both are eligible.

    Draws that are not kept yet are made; see `draw_trials`.
    """
    complete = eligible(study.trials()).set_index("number")
    reference = study.reference
    if reference is None or reference not in complete.index:
        return None
    winner = int(study.winner()[1]["number"])
    objective, selection = study.space.objective.metric, complete["objective"].astype(float)
    chosen, default = (float(selection[number]) for number in (winner, reference))
    replicated, seeds = _replicated(study, winner, reference, score_of(objective))
    return Verdict(
        winner,
        reference,
        objective,
        len(complete),
        Beside(chosen, default),
        _corrected(study, [int(number) for number in complete.index], score_of(objective)),
        replicated,
        seeds,
        tuple(study.sets),
    )


def _corrected(study: Study, numbers: list[int], metric: str) -> Beside | None:
    """The choice among all trials beside the reference, which nothing chose, on the same draws."""
    drawn = draw_trials(study, numbers, metric)
    if study.reference not in drawn.numbers:
        return None
    chosen_B, reference_B = drawn.of_the_chosen(), drawn.of(study.reference)
    defined_B = np.isfinite(chosen_B) & np.isfinite(reference_B)
    if not defined_B.any():
        return None
    return Beside(
        float(chosen_B[defined_B].mean()),
        float(reference_B[defined_B].mean()),
        *paired_interval(chosen_B, reference_B),
    )


def _replicated(
    study: Study, winner: int, reference: int, metric: str
) -> tuple[Beside | None, tuple[int, ...]]:
    """Both on the fresh folds that both were run on."""
    first, second = (_usable(study, one, metric) for one in (winner, reference))
    seeds = tuple(sorted(first.keys() & second.keys()))
    if not seeds:
        return None, ()
    difference_B = np.mean([first[s].drawn_B - second[s].drawn_B for s in seeds], axis=0)
    winners, references = (
        float(np.mean([found[s].result.metrics[f"test/{metric}"] for s in seeds]))
        for found in (first, second)
    )
    return Beside(winners, references, *interval(difference_B)), seeds


def _usable(study: Study, trial: int, metric: str) -> dict[int, Replicate]:
    found = read_replicates(study, trial)
    return {s: one for s, one in found.items() if f"test/{metric}" in one.result.metrics}


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value
