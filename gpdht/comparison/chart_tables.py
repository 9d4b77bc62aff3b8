"""What a comparison's charts and pages show, as plain tables, each made once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from gpdht.comparison.result import Comparison
from gpdht.comparison.statistics import AGAINST, BASELINE_KINDS
from gpdht.metrics.out_of_fold import rank_pairs, trace_precision_recall
from gpdht.models.catalogue import MODELS, title_of

MODEL = "gpdht"
_CURVE = ["name", "kind", "recall", "precision", "low", "high"]


@dataclass(frozen=True, eq=False)
class ComparisonTables:
    """The tables of one comparison; see each property. A cell is a set and a split."""

    comparison: Comparison

    @property
    def metric(self) -> str:
        return self.comparison.metric

    @cached_property
    def chosen(self) -> pd.DataFrame:
        """The summary in the score that the comparison ranks by."""
        summary = self.comparison.summary
        return summary[summary["metric"] == self.metric]

    @cached_property
    def splits(self) -> list[str]:
        return list(dict.fromkeys(self.comparison.results["split"]))

    @cached_property
    def sets(self) -> list[str]:
        return list(dict.fromkeys(self.comparison.results["set"]))

    @cached_property
    def cells(self) -> list[tuple[str, str]]:
        """The splits and sets in which a model has a score, split by split."""
        there = set(zip(self.chosen["split"], self.chosen["set"], strict=True))
        return [cell for cell in ((s, n) for s in self.splits for n in self.sets) if cell in there]

    def leaderboard(self, split: str, name: str, metric: str | None = None) -> pd.DataFrame:
        """A cell's models, the best first, controls last.

        Columns: `name, kind, value, low, high, model, sd, rank`.
        """
        summary = self.comparison.summary
        here = (summary["split"] == split) & (summary["set"] == name)
        part = summary[here & (summary["metric"] == (metric or self.metric))]
        part = part.sort_values("rank", kind="stable")
        columns = ["kind", "mean", "low", "high", "model", "sd", "rank"]
        table = part[columns].rename(columns={"mean": "value"}).reset_index(drop=True)
        table.insert(0, "name", [title_of(model) for model in table["model"]])
        return table

    @cached_property
    def gains(self) -> pd.DataFrame:
        """GP-DHT minus the best baselines: `split, set, against, value, low, high, line`.

        Empty without GP-DHT, or without a baseline to hold it against.
        """
        own = self.chosen[self.chosen["model"] == MODEL]
        own = own.sort_values("split", key=lambda s: s.map(self.splits.index), kind="stable")
        rows = [
            {
                "split": row["split"],
                "set": row["set"],
                "against": AGAINST[kind],
                "value": row[f"{kind}_diff"],
                "low": row[f"{kind}_low"],
                "high": row[f"{kind}_high"],
                "baseline": row[f"{kind}_baseline"],
            }
            for _, row in own.iterrows()
            for kind in BASELINE_KINDS
            if pd.notna(row[f"{kind}_diff"])
        ]
        columns = ["split", "set", "against", "value", "low", "high", "baseline"]
        return pd.DataFrame(rows, columns=columns)

    def curve_models(self, split: str, name: str) -> list[str]:
        """The models whose curves a cell shows: GP-DHT, peers, and the best baselines."""
        board = self.leaderboard(split, name)
        ranked = board[board["rank"].notna()]
        best = ranked.drop_duplicates("kind").set_index("kind")["model"]
        peers = ranked.loc[ranked["kind"] == "peer", "model"]
        wanted = [MODEL, *peers, *(best[kind] for kind in BASELINE_KINDS if kind in best)]
        return [model for model in wanted if model in set(ranked["model"])]

    @cached_property
    def precision_recall(self) -> pd.DataFrame:
        """The curves of all cells: `set, split, line, kind, recall, precision, low, high, …`.

        `prevalence` is the share of known edges. Of the first seed's folds.
        """
        parts = [
            self._curve(split, name, m)
            for split, name in self.cells
            for m in self.curve_models(split, name)
        ]
        parts = [part for part in parts if len(part)]
        columns = ["split", "set", *_CURVE, "prevalence"]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)

    def _curve(self, split: str, name: str, model: str) -> pd.DataFrame:
        scores = self.scores(split, name, model)
        if scores is None or scores["label"].nunique() < 2:
            return pd.DataFrame(columns=_CURVE)
        return trace_precision_recall(scores).assign(
            split=split,
            set=name,
            name=title_of(model),
            kind=MODELS[model].kind,
            prevalence=float(scores["label"].mean()),
        )

    def scores(self, split: str, name: str, model: str) -> pd.DataFrame | None:
        """See `Comparison.scores`."""
        return self.comparison.scores(name, split, model)

    def network(self, split: str, name: str) -> pd.DataFrame:
        """GP-DHT's ranking of all tested pairs of a cell; see `rank_pairs`."""
        scores = self.scores(split, name, MODEL)
        if scores is None:
            return pd.DataFrame(columns=["source", "target", "weight", "known"])
        return rank_pairs(scores)

    @cached_property
    def failures(self) -> pd.DataFrame:
        """See `Comparison.failures`."""
        return self.comparison.failures()

    @cached_property
    def costs(self) -> pd.DataFrame:
        """What the models cost over all jobs: `model, kind, jobs, complete, seconds, memory_mb`."""
        jobs = self.comparison.results.drop_duplicates("job")
        rows = [
            {
                "model": model,
                "kind": MODELS[model].kind,
                "jobs": len(part),
                "complete": int((part["state"] == "complete").sum()),
                "seconds": float(part["seconds"].sum()),
                "memory_mb": float(part["peak_memory_mb"].max()),
            }
            for model, part in jobs.groupby("model", sort=False)
        ]
        return pd.DataFrame(
            rows, columns=["model", "kind", "jobs", "complete", "seconds", "memory_mb"]
        )
