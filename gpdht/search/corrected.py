"""Out-of-fold scores of a study's trials, corrected for having been chosen among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gpdht.files import cached_table, write_table
from gpdht.metrics.bootstrap import draw_resamples
from gpdht.metrics.out_of_fold import read_scores, scored_pairs
from gpdht.metrics.over_sets import scores_by_set
from gpdht.metrics.selection import score_in_and_out, score_the_chosen
from gpdht.search.study import Study

DRAWS = 200
_COLUMNS = ["trial", "inside", "outside"]


@dataclass(frozen=True, eq=False)
class InAndOut:
    """The score of each complete trial inside and outside each draw of the targets.

    Parameters
    ----------
    numbers : of the trials, those whose out-of-fold scores are there; T of them.
    inside_TB, outside_TB : see `metrics.selection`.
    """

    metric: str
    numbers: tuple[int, ...]
    inside_TB: np.ndarray
    outside_TB: np.ndarray

    def of_the_chosen(self) -> np.ndarray:
        """What the trial that is best inside each draw scores outside of it, (B,)."""
        return score_the_chosen(self.inside_TB, self.outside_TB, self.metric)

    def of(self, number: int) -> np.ndarray:
        """What one trial scores outside of each draw, (B,)."""
        return self.outside_TB[self.numbers.index(number)]


def draw_trials(study: Study, numbers: list[int], metric: str) -> InAndOut:
    """The scores of trials on draws of their targets; kept in the study's folder.

    A draw takes about a millisecond for 30,000 pairs, so what is kept is only added to.

    Parameters
    ----------
    numbers : of complete trials; one whose scores cannot be read is left out.
    metric : of `ScoredPairs.one`.
    """
    path = study.folder / "corrected" / f"{metric}.parquet"
    table = cached_table(path, _empty, fits=lambda found: list(found) == _COLUMNS)
    kept = set(table["trial"])
    missing = [number for number in numbers if number not in kept]
    added = [found for number in missing if (found := _draw(study, number, metric)) is not None]
    if added:
        table = pd.concat([table, *added], ignore_index=True)
        write_table(path, table)
    drawn = dict(iter(table.groupby("trial")))
    there = tuple(number for number in numbers if number in drawn)
    inside, outside = (
        np.array([drawn[number][column] for number in there]).reshape(-1, DRAWS)
        for column in ("inside", "outside")
    )
    return InAndOut(metric, there, inside, outside)


def _empty() -> pd.DataFrame:
    return pd.DataFrame({"trial": np.array([], int), "inside": [], "outside": []}, dtype=float)


def _draw(study: Study, number: int, metric: str) -> pd.DataFrame | None:
    scores = read_scores(study.scores_path(number))
    if scores is None:
        return None
    parts = scores_by_set(scores).values()
    of_sets = [_draw_set(part, metric, seed) for seed, part in enumerate(parts)]
    inside_B, outside_B = np.mean(of_sets, axis=0)
    return pd.DataFrame({"trial": number, "inside": inside_B, "outside": outside_B})


def _draw_set(scores: pd.DataFrame, metric: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Inside and outside the draws of one set's targets, which are no other set's."""
    drawn = draw_resamples(scores["target"].to_numpy(), number=DRAWS, seed=seed)
    return score_in_and_out(scored_pairs(scores), metric, drawn)
