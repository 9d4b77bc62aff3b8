"""What a study's charts and pages show, as plain tables, each made once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import pandas as pd

from gpdht.execution.progress import short_values
from gpdht.metrics.names import HIGHER_IS_BETTER, score_of
from gpdht.metrics.out_of_fold import rank_pairs, read_scores, trace_precision_recall
from gpdht.metrics.over_sets import scores_by_set
from gpdht.models.catalogue import title_of
from gpdht.search.costs import losses, pareto_front
from gpdht.search.importance import weigh_params
from gpdht.search.ledger import Ledger, ledger_of
from gpdht.search.study import Study, eligible
from gpdht.search.verdict import Verdict, judge_search

TOP = 10
OPEN = ("running", "waiting")


@dataclass(frozen=True, eq=False)
class StudyTables:
    """What a study found, as tables; `gpdht.plots` draws them.

    Parameters
    ----------
    study : as `open_study` gives it; each table is made once, when it is first asked for.
    """

    study: Study

    @property
    def metric(self) -> str:
        """The score that the objective is about, e.g. ``auprc``."""
        return score_of(self.study.space.objective.metric)

    @property
    def split(self) -> str:
        return str(self.study.record["protocol"].get("cv.split", ""))

    @cached_property
    def trials(self) -> pd.DataFrame:
        """See `Study.trials`."""
        return self.study.trials()

    @cached_property
    def ranked(self) -> pd.DataFrame:
        """The complete trials that keep the constraints, the best objective first."""
        complete = eligible(self.trials)
        lower = self.study.space.objective.mode == "min"
        order = complete.assign(objective=complete["objective"].astype(float))
        return order.sort_values("objective", ascending=lower, kind="stable")

    @cached_property
    def winner(self) -> int | None:
        """Number of the best complete trial."""
        return int(self.ranked["number"].iloc[0]) if len(self.ranked) else None

    @cached_property
    def baseline_models(self) -> dict[str, str]:
        """Which label-only baseline is best, by score: the same for all trials of a study."""
        return {} if self.winner is None else self.study.result(self.winner).baseline_models

    def baseline_name(self, metric: str | None = None) -> str:
        """What the label-only baseline is called: ``labels only (matrix factorisation)``."""
        model = self.baseline_models.get(metric or self.metric)
        return f"labels only ({title_of(model)})" if model else "labels only"

    def figure(self, number: int, name: str) -> float:
        """A trial's metric; NaN if it has none."""
        row = self.trials.loc[self.trials["number"] == number]
        value = row[name].iloc[0] if name in row and len(row) else None
        return math.nan if value is None else float(value)

    def with_ends(self, number: int, name: str) -> tuple[float, float, float]:
        """A trial's metric and the ends of its 95 % interval."""
        value, low, high = (self.figure(number, name + end) for end in ("", "_low", "_high"))
        return value, low, high

    def leaderboard(self, top: int | None = TOP) -> pd.DataFrame:
        """The best trials' test scores, and the label-only baseline below them.

        Columns: `name, kind, value, low, high`, of trials also `trial, selection, selection_sd,
        gain, gain_low, gain_high, seconds, settings`. Empty where no trial has a test score.
        """
        rows = [self._standing(int(number)) for number in self.ranked["number"][:top]]
        rows = [row for row in rows if math.isfinite(row["value"])]
        if rows and self.winner is not None:
            value, low, high = self.with_ends(self.winner, f"baseline/{self.metric}")
            row = {"name": self.baseline_name(), "kind": "label"}
            if math.isfinite(value):
                rows.append(row | {"value": value, "low": low, "high": high})
        columns = ["name", "kind", "value", "low", "high", "trial", "selection", "selection_sd"]
        columns += ["gain", "gain_low", "gain_high", "seconds", "settings"]
        return pd.DataFrame(rows, columns=columns)

    def trial_name(self, number: int) -> str:
        """What a trial is called: ``trial 7``, ``trial 6 (winner)``."""
        return f"trial {number} (winner)" if number == self.winner else f"trial {number}"

    def _standing(self, number: int) -> dict[str, Any]:
        values = self.study.values(number)
        config = self.study.space.config(values)
        objective = self.study.space.objective.metric
        value, low, high = self.with_ends(number, f"test/{self.metric}")
        gain, gain_low, gain_high = self.with_ends(number, f"gain/{self.metric}")
        peer = config.model.name != "gpdht"
        return {
            "name": self.trial_name(number) + (f", {title_of(config)}" if peer else ""),
            "kind": "peer" if peer else "gpdht",
            "value": value,
            "low": low,
            "high": high,
            "trial": number,
            "selection": self.figure(number, "objective"),
            "selection_sd": self.figure(number, f"{objective}_sd"),
            "gain": gain,
            "gain_low": gain_low,
            "gain_high": gain_high,
            "seconds": self.figure(number, "seconds"),
            "settings": short_values(values),
        }

    @cached_property
    def gains(self) -> pd.DataFrame:
        """The winner's gain over the best label-only baseline, in each score that it has one in.

        Columns: `metric, test, baseline, value, low, high, against`.
        """
        rows = []
        for metric in dict.fromkeys((*HIGHER_IS_BETTER, self.metric)) if self.ranked.size else ():
            assert self.winner is not None
            value, low, high = self.with_ends(self.winner, f"gain/{metric}")
            if math.isfinite(value):
                rows.append(
                    {
                        "metric": metric,
                        "test": self.figure(self.winner, f"test/{metric}"),
                        "baseline": self.figure(self.winner, f"baseline/{metric}"),
                        "value": value,
                        "low": low,
                        "high": high,
                        "against": self.baseline_models.get(metric, ""),
                    }
                )
        columns = ["metric", "test", "baseline", "value", "low", "high", "against"]
        return pd.DataFrame(rows, columns=columns)

    @cached_property
    def pareto_front(self) -> pd.DataFrame:
        """The eligible trials that no other beats in objective and all costs at once.

        Columns `trial, objective`, the costs, `settings`; the best objective first. Empty for a
        study of one objective.
        """
        space, costs = self.study.space, list(self.study.space.costs)
        columns = ["trial", "objective", *costs, "settings"]
        if not costs or self.ranked.empty:
            return pd.DataFrame(columns=columns)
        loss_NK = losses(self.ranked["objective"], space.objective.mode, self.ranked[costs])
        front = self.ranked[pareto_front(loss_NK)].rename(columns={"number": "trial"})
        settings = [short_values(self.study.values(int(number))) for number in front["trial"]]
        return front.assign(settings=settings)[columns].reset_index(drop=True)

    @cached_property
    def learning_curves(self) -> pd.DataFrame:
        """The objective after every epoch of all folds: `trial, epoch, value, state`."""
        states = dict(zip(self.trials["number"], self.trials["state"], strict=True))
        rows = [
            (trial.number, epoch, value, states[trial.number])
            for trial in self.study.optuna.get_trials(deepcopy=False)
            for epoch, value in sorted(trial.intermediate_values.items())
            if epoch
        ]
        return pd.DataFrame(rows, columns=["trial", "epoch", "value", "state"])

    @cached_property
    def verdict(self) -> Verdict | None:
        """The winner beside the reference; None unless both are complete and keep the constraints.

        `table()` has three scores of both, `paid` says in a word whether searching paid, and
        `chosen` is the trial to use.
        """
        return judge_search(self.study)

    @cached_property
    def importances(self) -> tuple[pd.DataFrame, str]:
        """See `weigh_params`."""
        return weigh_params(self.study)

    @cached_property
    def ledger(self) -> Ledger:
        """See `ledger_of`."""
        return ledger_of(self.study)

    @cached_property
    def endings(self) -> pd.DataFrame:
        """How trials ended and what that cost: `state, trials, seconds`."""
        table = self.trials.assign(seconds=self.trials["seconds"].astype(float))
        groups = table.groupby("state", sort=False)["seconds"].agg(["size", "sum"])
        return groups.reset_index().set_axis(["state", "trials", "seconds"], axis="columns")

    @cached_property
    def failures(self) -> pd.DataFrame:
        """Why trials failed, equal reasons together: `state, error, trials` (their numbers)."""
        failed = self.trials[self.trials["error"].notna()]
        groups = failed.groupby(["state", "error"], sort=False)["number"].agg(list)
        return groups.reset_index().set_axis(["state", "error", "trials"], axis="columns")

    @cached_property
    def by_set(self) -> pd.DataFrame:
        """What the winner, and the reference, came to on each of several sets; else empty.

        Columns: `set, trial, selection, test, baseline, against, gain, gain_low, gain_high`.
        """
        complete = set(self.ranked["number"])
        both = (self.winner, self.study.reference)
        numbers = dict.fromkeys(n for n in both if n is not None and n in complete)
        rows = [self._on_set(name, n) for name in self.study.sets for n in numbers]
        columns = ["set", "trial", "selection", "test", "baseline", "against"]
        return pd.DataFrame(rows, columns=[*columns, "gain", "gain_low", "gain_high"])

    def _on_set(self, name: str, number: int) -> dict[str, Any]:
        result = self.study.result(number).of_set(name)
        names = {
            "selection": self.study.space.objective.metric,
            **{kind: f"{kind}/{self.metric}" for kind in ("test", "baseline", "gain")},
            **{f"gain_{end}": f"gain/{self.metric}_{end}" for end in ("low", "high")},
        }
        figures = {column: result.metrics.get(metric, math.nan) for column, metric in names.items()}
        against = result.baseline_models.get(self.metric, "")
        return {"set": name, "trial": number, "against": against, **figures}

    @cached_property
    def scores(self) -> pd.DataFrame | None:
        """The winner's out-of-fold scores, of several sets those of the first; None without any."""
        if self.winner is None:
            return None
        scores = read_scores(self.study.scores_path(self.winner))
        return None if scores is None else next(iter(scores_by_set(scores).values()))

    @cached_property
    def precision_recall(self) -> pd.DataFrame:
        """The winner's curve and the baseline's: `name, kind, recall, precision, low, high`.

        The label-only baseline is that with the best average precision.
        """
        if self.scores is None or self.scores["label"].nunique() < 2:
            return pd.DataFrame(columns=["name", "kind", "recall", "precision", "low", "high"])
        assert self.winner is not None
        lines = [("score", self.trial_name(self.winner), "gpdht")]
        if "baseline" in self.scores:
            lines.append(("baseline", self.baseline_name("auprc"), "label"))
        parts = [
            trace_precision_recall(self.scores, column).assign(name=name, kind=kind)
            for column, name, kind in lines
        ]
        return pd.concat(parts, ignore_index=True)

    @cached_property
    def network(self) -> pd.DataFrame:
        """The winner's ranking of all tested pairs; see `rank_pairs`."""
        if self.scores is None:
            return pd.DataFrame(columns=["source", "target", "weight", "known"])
        return rank_pairs(self.scores)

    @cached_property
    def period(self) -> tuple[datetime, datetime] | None:
        """When the first trial began and the last one ended, in the searcher's local time."""
        trials = self.study.optuna.get_trials(deepcopy=False)
        starts = [trial.datetime_start for trial in trials if trial.datetime_start]
        ends = [trial.datetime_complete for trial in trials if trial.datetime_complete]
        return (min(starts), max(ends)) if starts and ends else None

    @property
    def ended(self) -> int:
        """How many trials have ended."""
        return int((~self.trials["state"].isin(OPEN)).sum())

    @property
    def is_finished(self) -> bool:
        """Whether all trials that were asked for have ended."""
        return self.ended >= self.study.space.trials
