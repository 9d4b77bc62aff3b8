"""How many known targets of given TFs a network recovers, and how many its degrees alone would.

A model that scores popular genes high for every TF recovers many known targets of each without
knowing which are whose. So a network is held against random ones in which every TF has as many
targets and every gene as many regulators as in it (`random_networks`).

In out-of-fold scores these degrees are kept fold by fold, each fold having its own model. A known
pair is missing from the training labels of the model that scores it, a pair that is not known is
missed by nobody: so among a gene's pairs the known ones are scored by models that believe the gene
to be less popular. Exchanged between folds, edges of random networks would not have this
disadvantage, and a network of gene popularity alone would look worse than chance.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, hypergeom

from gpdht.data.random_networks import random_networks
from gpdht.errors import ConfigError
from gpdht.metrics.ranking import Ranking
from gpdht.network.edge_tables import EdgeTable

RANDOM = 1000
ALL = "all TFs"
NEAREST = 3


@dataclass(frozen=True, eq=False)
class _Cells:
    """The table as cells of folds × TFs × genes."""

    tfs: pd.Index
    allowed_FTG: np.ndarray
    known_TG: np.ndarray
    network_FTG: np.ndarray


def recovered_targets(
    table: EdgeTable,
    tfs: Sequence[str],
    *,
    top: int,
    by: str = "weight",
    random: int = RANDOM,
    seed: int = 0,
    report: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """What the `top` best edges recover, a row for each of `tfs` in the table and one for all TFs.

    Parameters
    ----------
    by : ``weight``, or ``baseline`` for the network of labels alone.
    random : random networks with the network's degrees, in each fold if there are folds.
    report : called with the number of random networks done.

    Returns
    -------
    DataFrame
        `tf`; `candidates`, `known_in_data` and `prevalence`: its pairs in the table, the known ones
        and their share; `predicted` targets in the network; `overlap`: those that are known;
        `precision` and `recall`; `auroc`: the chance that a known target of it is ranked above one
        of its other candidates, whatever the size of the network (NaN if it has but one kind).

        Against random networks of the same degrees: `expected` overlap, `fold` enrichment, `z`,
        one-sided `p` (1 + those that reach the overlap) / (1 + all), `q` (Benjamini–Hochberg over
        the rows), and `shared`: the mean share of the predicted edges that they have too. At 1 the
        degrees leave nothing to exchange, p is 1 and z undefined (NaN).

        Against targets drawn for each TF from all its candidates, popular or not: `expected_any`
        and the exact p-value `p_any` (hypergeometric; a sum of such for all TFs).

    Raises
    ------
    ConfigError
        If `random` is below 1.
    DataError
        If the table has fewer edges than `top`.
    """
    if random < 1:
        raise ConfigError(f"{random} random networks test nothing; ask for 1000 or more.")
    cells = _cells(table, top, by)
    at = [cells.tfs.get_loc(tf) for tf in dict.fromkeys(tfs) if tf in cells.tfs]
    overlap_NT, shared_NT = _draw(cells, random, seed, report)
    rows = [_row(cells, np.array([tf]), overlap_NT, shared_NT) for tf in at]
    rows.append(_row(cells, np.arange(len(cells.tfs)), overlap_NT, shared_NT))
    found = pd.DataFrame(rows)
    found.insert(0, "tf", [*cells.tfs[at], ALL])
    found.insert(found.columns.get_loc("recall") + 1, "auroc", _aurocs(table, by, found["tf"]))
    found.insert(found.columns.get_loc("p") + 1, "q", false_discovery_control(found["p"]))
    return found


def nearest_tfs(table: EdgeTable, name: str) -> list[str]:
    """TFs of the table with names like `name`, the most similar first, whatever their case."""
    upper: dict[str, str] = {tf.upper(): tf for tf in table.edges["source"].unique()}
    return [upper[tf] for tf in difflib.get_close_matches(name.upper(), upper, n=NEAREST)]


def circuit(table: EdgeTable, genes: Sequence[str], *, top: int) -> pd.DataFrame:
    """The edges among `genes`, every one to every other.

    Returns
    -------
    `source, target, candidate, known, rank, in_top`, and `baseline_rank, baseline_in_top` where
    labels alone have scores. A pair that is no candidate of the table has no rank (NaN), is not
    known and not in the network. Ranks count from 1 over all pairs, equal weights by name.
    """
    names = list(dict.fromkeys(genes))
    pairs = pd.DataFrame(
        [(one, other) for one in names for other in names if one != other],
        columns=["source", "target"],
    )
    for by, prefix in (("weight", ""), ("baseline", "baseline_")):
        if by not in table.edges:
            continue
        ranked = table.top(len(table.edges), by=by)[["source", "target", "known"]]
        ranked = ranked.assign(**{f"{prefix}rank": np.arange(1, len(ranked) + 1)})
        if prefix:
            ranked = ranked.drop(columns="known")
        pairs = pairs.merge(ranked, on=["source", "target"], how="left")
        pairs[f"{prefix}in_top"] = pairs[f"{prefix}rank"] <= top
    pairs["known"] = pairs["known"].eq(True)  # not NaN where there is no such pair
    pairs.insert(2, "candidate", pairs["rank"].notna())
    return pairs


def _cells(table: EdgeTable, top: int, by: str) -> _Cells:
    edges = table.top(len(table.edges), by=by)
    tf_P, tfs = pd.factorize(edges["source"], sort=True)
    target_P, genes = pd.factorize(edges["target"], sort=True)
    fold_P, folds = pd.factorize(edges["fold"]) if "fold" in edges else (0 * tf_P, [0])
    allowed_FTG = np.zeros((len(folds), len(tfs), len(genes)), dtype=bool)
    allowed_FTG[fold_P, tf_P, target_P] = True
    known_TG = np.zeros(allowed_FTG.shape[1:], dtype=bool)
    known_TG[tf_P, target_P] = edges["known"]
    network_FTG = np.zeros_like(allowed_FTG)
    best = slice(len(table.top(top)))
    network_FTG[fold_P[best], tf_P[best], target_P[best]] = True
    return _Cells(tfs, allowed_FTG, known_TG, network_FTG)


def _draw(
    cells: _Cells, number: int, seed: int, report: Callable[[int], None] | None
) -> tuple[np.ndarray, np.ndarray]:
    """Known targets of each TF in N random networks, and those it shares with the given one."""
    overlap_NT = np.zeros((number, len(cells.tfs)), dtype=np.int64)
    shared_NT = np.zeros_like(overlap_NT)
    drawn = random_networks(cells.network_FTG, cells.allowed_FTG, number=number, seed=seed)
    for done, network_FTG in enumerate(drawn):
        overlap_NT[done] = np.count_nonzero(network_FTG & cells.known_TG, axis=(0, 2))
        shared_NT[done] = np.count_nonzero(network_FTG & cells.network_FTG, axis=(0, 2))
        if report is not None:
            report(done + 1)
    return overlap_NT, shared_NT


def _row(
    cells: _Cells, at: np.ndarray, overlap_NT: np.ndarray, shared_NT: np.ndarray
) -> dict[str, float]:
    """The figures of the TFs in the places `at`, taken together."""
    known_TG = cells.known_TG[at]
    allowed_TG, network_TG = (
        cells_FTG[:, at].any(axis=0) for cells_FTG in (cells.allowed_FTG, cells.network_FTG)
    )
    candidates_T, known_T, predicted_T = (
        np.count_nonzero(one_TG, axis=1) for one_TG in (allowed_TG, known_TG, network_TG)
    )
    candidates, known, predicted = (int(n.sum()) for n in (candidates_T, known_T, predicted_T))
    overlap = int(np.count_nonzero(network_TG & known_TG))
    drawn_N = overlap_NT[:, at].sum(1)
    expected, sd = float(drawn_N.mean()), float(drawn_N.std(ddof=1)) if len(drawn_N) > 1 else 0.0
    return {
        "candidates": candidates,
        "known_in_data": known,
        "prevalence": known / candidates,
        "predicted": predicted,
        "overlap": overlap,
        "precision": _ratio(overlap, predicted),
        "recall": _ratio(overlap, known),
        "expected": expected,
        "fold": _ratio(overlap, expected),
        "z": _ratio(overlap - expected, sd),
        "p": (1 + int((drawn_N >= overlap).sum())) / (1 + len(drawn_N)),
        "shared": _ratio(shared_NT[:, at].sum(1).mean(), predicted),
        "expected_any": float((predicted_T * known_T / candidates_T).sum()),
        "p_any": _p_any(overlap, candidates_T, known_T, predicted_T),
    }


def _aurocs(table: EdgeTable, by: str, names: pd.Series) -> np.ndarray:
    """Of each TF's own ranking, then of all pairs together."""
    edges = table.edges
    tf_P, tfs = pd.factorize(edges["source"], sort=True)
    known_P, weight_P = edges["known"].to_numpy(), edges[by].to_numpy()
    of_T, _ = Ranking(known_P, weight_P, tf_P).areas()
    whole, _ = Ranking(known_P, weight_P).areas()
    return np.append(of_T[tfs.get_indexer(names[:-1])], whole)


def _p_any(
    overlap: int, candidates_T: np.ndarray, known_T: np.ndarray, predicted_T: np.ndarray
) -> float:
    """Chance of the overlap or more if each TF's targets were drawn from its candidates."""
    chance = np.ones(1)
    for candidates, known, predicted in zip(candidates_T, known_T, predicted_T, strict=True):
        hits = np.arange(min(known, predicted) + 1)
        chance = np.convolve(chance, hypergeom.pmf(hits, candidates, known, predicted))
    return float(min(chance[overlap:].sum(), 1.0))


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")
