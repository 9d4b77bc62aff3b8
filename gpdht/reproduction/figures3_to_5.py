"""Figures 3 to 5: curves, network and heat map of a model's out-of-fold scores.

Every pair is scored once, by a model whose training did not have that pair's label. So the edges
drawn are predictions, also those that are known.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from scipy.stats import spearmanr

from gpdht import plots
from gpdht.comparison.result import Comparison
from gpdht.data.dataset import Dataset
from gpdht.errors import StudyError
from gpdht.metrics.out_of_fold import rank_pairs, trace_precision_recall
from gpdht.models.catalogue import title_of
from gpdht.network.edge_tables import EdgeTable
from gpdht.network.hubs import tf_hubs
from gpdht.plots.ranking_charts import EDGES, TARGETS, TFS
from gpdht.presentation import Table, short
from gpdht.reproduction.artifact import SPLIT, Artifact, best_label_only, cell, scores_of
from gpdht.reproduction.published import TABLE2, published_set


def draw_curves(comparison: Comparison, datasets: Mapping[str, Dataset], model: str) -> Artifact:
    """Figure 3: precision–recall curves with 95 % bands, beside the best label-only baseline's."""
    rows, curves, charts = [], [], {}
    for name, dataset in datasets.items():
        baseline = best_label_only(comparison, name, "auprc")["label_baseline"]
        lines = {model: ("GP-DHT", "gpdht")}
        if baseline is not None:
            lines[baseline] = (f"labels only: {title_of(baseline)}", "label")
        own = [
            trace_precision_recall(_out_of_fold(comparison, name, one)).assign(
                set=name, name=title, kind=kind
            )
            for one, (title, kind) in lines.items()
        ]
        curves += own
        labels = _out_of_fold(comparison, name, model)["label"]
        charts[name] = plots.precision_recall(
            pd.concat(own, ignore_index=True), prevalence=float(labels.mean())
        )
        printed = TABLE2["uniform"].get(published_set(name, dataset) or "")
        rows.append(
            (
                name,
                "–" if printed is None else short(printed.auprc, 2),
                _with_interval(comparison, name, model),
                "–" if baseline is None else _with_interval(comparison, name, baseline),
                "–" if baseline is None else title_of(baseline),
                short(float(labels.mean())),
            )
        )
    header = ("", "AP: paper", "here", "labels only", "which", "prevalence")
    shown = Table(f"Figure 3: average precision of {model}", header, tuple(rows), CURVES)
    return Artifact((shown,), pd.concat(curves, ignore_index=True), charts)


def draw_networks(comparison: Comparison, datasets: Mapping[str, Dataset], model: str) -> Artifact:
    """Figure 4: the best 100 edges, their hubs, and what labels alone would have drawn."""
    shown, tables, charts = [], [], {}
    for name in datasets:
        table = EdgeTable(rank_pairs(_out_of_fold(comparison, name, model)), out_of_fold=True)
        baseline = best_label_only(comparison, name, "auprc")["label_baseline"]
        by_labels = None
        if baseline is not None:
            by_labels = rank_pairs(_out_of_fold(comparison, name, baseline)).head(EDGES)
        edges = table.top(EDGES)
        charts[name] = plots.ranking_charts(edges)["network"]
        shown.append(_hubs(name, table, by_labels))
        tables.append(edges.assign(set=name))
    return Artifact(tuple(shown), pd.concat(tables, ignore_index=True), charts)


def draw_heat_maps(comparison: Comparison, datasets: Mapping[str, Dataset], model: str) -> Artifact:
    """Figure 5: TFs × the targets with the highest scores, and how much of it labels alone draw."""
    rows, tables, charts = [], [], {}
    for name in datasets:
        scores = _out_of_fold(comparison, name, model)
        edges = rank_pairs(scores)
        charts[name] = plots.ranking_charts(edges)["heat_map"]
        tables.append(edges.assign(set=name))
        baseline = best_label_only(comparison, name, "auprc")["label_baseline"]
        if baseline is None:
            rows.append((name, "–", "–", "–"))
            continue
        other = _out_of_fold(comparison, name, baseline)
        pairs = scores.merge(other, on=["source", "target"], suffixes=("", "_label"))
        within = [_rho(part) for _, part in pairs.groupby("source")]
        mean = pd.Series(within).mean()
        rows.append((name, title_of(baseline), short(_rho(pairs)), short(mean)))
    header = ("", "labels only", "rank correlation", "within a TF, mean")
    shown = Table(f"Figure 5: {model} against labels alone", header, tuple(rows), HEAT)
    return Artifact((shown,), pd.concat(tables, ignore_index=True), charts)


CURVES = (
    "Intervals: bootstrap 95 % over targets; the charts have bands of the same kind at every "
    "recall. The label-only baseline is the one with the best test AP. Precision at a recall is "
    "that of the smallest set of best pairs that reaches it."
)
HEAT = (
    "Spearman's rank correlation of the scores of all pairs with those of the best label-only "
    "baseline: what of the picture would look the same had the model seen no expression. The "
    f"charts show the {TARGETS} targets and up to {TFS} TFs with the highest sums of scores."
)


def _hubs(name: str, table: EdgeTable, by_labels: pd.DataFrame | None) -> Table:
    """The TFs of the network, with what each has among the labels and in the label-only network."""
    edges = table.top(EDGES)
    other = None if by_labels is None else by_labels["source"].value_counts()
    rows = tuple(
        (
            hub.tf,
            str(hub.targets),
            str(hub.known),
            f"{hub.known_in_data} of {hub.candidates}",
            "–" if other is None else str(other.get(hub.tf, 0)),
        )
        for hub in tf_hubs(table, EDGES).itertuples()
    )
    note = f"Of the {EDGES} best pairs {edges['known'].sum()} are known edges"
    if by_labels is not None:
        both = len(edges.merge(by_labels, on=["source", "target"]))
        note += (
            f"; of the best label-only baseline's {by_labels['known'].sum()}; {both} pairs are in "
            "both networks"
        )
    header = ("", f"targets of {EDGES}", "known", "known in the data", "by labels only")
    return Table(f"Figure 4, {name}: hubs of the {EDGES} best edges", header, rows, note + ".")


def _out_of_fold(comparison: Comparison, name: str, model: str) -> pd.DataFrame:
    """Scores of the first seed.

    Raises
    ------
    StudyError
        If that job did not complete.
    """
    scores = comparison.scores(name, SPLIT, model)
    if scores is not None:
        return scores
    job = comparison.jobs(name, SPLIT, model).iloc[0]
    raise StudyError(
        f"{model} on {name} ended as {job['state']}: {job['error'] or 'its scores are missing'}. "
        "There is nothing to draw; run the same command again once the cause is gone."
    )


def _with_interval(comparison: Comparison, name: str, model: str) -> str:
    part = scores_of(comparison, name, "auprc").set_index("model").loc[model]
    return f"{cell([part['mean']])} ({short(part['low'])} … {short(part['high'])})"


def _rho(pairs: pd.DataFrame) -> float:
    return float(spearmanr(pairs["score"], pairs["score_label"]).statistic)
