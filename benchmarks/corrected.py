"""Scores corrected for selection beside nested cross-validation, on finished studies.

`corrected` is what `gpdht trials` shows: out-of-fold scores, by bootstrap of the selection, with
nothing trained. `nested`: each fold is tested by the trial that is best on that fold's own
validation part, so its test part chose nothing; all folds pooled. `winner`: the test score of the
trial that the search chose by the mean over folds. `best`: the highest test score of any trial, too
high by as much as choosing by it gains.

usage: gpdht search DATA --space benchmarks/corrected.yaml --replicates 0 --name STUDY
       python benchmarks/corrected.py studies/STUDY…
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

from gpdht.metrics.names import is_better, mode_of, score_of
from gpdht.metrics.out_of_fold import read_scores, scored_pairs
from gpdht.presentation import Table, number, signed
from gpdht.search.corrected import draw_trials
from gpdht.search.study import Study, eligible, open_study


def nested_score(study: Study, trials: pd.DataFrame, metric: str) -> float:
    """The pooled score of folds that are each tested by the best on their validation part."""
    objective, tables = study.space.objective, {}
    for trial in trials["number"]:
        tables[int(trial)] = read_scores(study.scores_path(int(trial)))
    parts = []
    for fold in range(int(study.record["protocol"]["cv.folds"])):
        value = trials.set_index("number")[f"{objective.metric}_fold{fold}"].astype(float)
        chosen = int(value.idxmax() if objective.mode == "max" else value.idxmin())
        table = tables[chosen]
        assert table is not None
        parts.append(table[table["fold"] == fold])
    return scored_pairs(pd.concat(parts)).value()[metric]


def row(study: Study) -> tuple[str, ...]:
    trials = eligible(study.trials())
    metric = score_of(study.space.objective.metric)
    test = trials.set_index("number")[f"test/{metric}"].astype(float)
    best = float(test.max() if mode_of(metric) == "max" else test.min())
    winner = float(test[int(study.winner()[1]["number"])])
    assert not is_better(metric, winner, best)
    drawn = draw_trials(study, [int(n) for n in trials["number"]], metric)
    corrected = float(np.nanmean(drawn.of_the_chosen()))
    nested = nested_score(study, trials, metric)
    scores = (best, winner, corrected, nested)
    return (
        study.name,
        str(len(trials)),
        *(number(s, 4) for s in scores),
        signed(corrected - nested, 4),
    )


def main() -> None:
    rows = [row(open_study(name)) for name in sys.argv[1:]]
    header = ("study", "trials", "best", "winner", "corrected", "nested", "corrected − nested")
    print(Table("Scores of what a search chose", header, rows).markdown())


if __name__ == "__main__":
    main()
