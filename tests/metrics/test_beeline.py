"""BEELINE's scores against networks worked by hand and against loops over its definitions."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpdht.errors import DataError
from gpdht.metrics.beeline import beeline_metrics

TRUTH = [("A", "B"), ("A", "C"), ("B", "D")]


def net(rows, columns=("source", "target", "weight")) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns[: len(rows[0])]))


def test_a_hand_worked_network_has_its_scores():
    # Genes A–D: 12 ordered pairs, 3 true. From the TFs A and B: 6 pairs.
    predicted = net([("A", "B", 0.9), ("D", "A", 0.8), ("A", "C", -0.7), ("B", "A", 0.2)])
    got = beeline_metrics(net(TRUTH), predicted)
    # The three strongest hold two true edges; from TFs all but D → A.
    assert got["beeline_all/early_precision"] == pytest.approx(2 / 3)
    assert got["beeline_all/early_precision_ratio"] == pytest.approx((2 / 3) / (3 / 12))
    assert got["beeline_tf/early_precision"] == pytest.approx(2 / 3)
    assert got["beeline_tf/early_precision_ratio"] == pytest.approx((2 / 3) / (3 / 6))
    assert got["beeline_all/early_precision_k"] == got["beeline_tf/early_precision_k"] == 3
    # Wins of A→B, A→C and the unpredicted B→D (ties with 7 zeros) over the 9 others.
    assert got["beeline_all/auroc"] == pytest.approx((9 + 8 + 7 / 2) / 27)
    # From TFs the others are B→A (0.2), A→D and B→C (0).
    assert got["beeline_tf/auroc"] == pytest.approx((3 + 3 + 2 / 2) / 9)
    # Precision at recall 0, 1/3, 2/3, 1: over all pairs 1, 1, then 1/2 and 2/3, then 2/4 and 3/12.
    area = 1 / 3 * 1 + 1 / 3 * (1 / 2 + 2 / 3) / 2 + 1 / 3 * (2 / 4 + 3 / 12) / 2
    assert got["beeline_all/auprc"] == pytest.approx(area)
    assert got["beeline_all/auprc_ratio"] == pytest.approx(area / (3 / 12))
    # Only what is listed, by signed weight: A→B, D→A, B→A, A→C.
    area = 1 / 2 * 1 + 1 / 2 * (1 / 3 + 2 / 4) / 2
    assert got["beeline_listed/auprc"] == pytest.approx(area)


def test_predictions_tied_with_the_last_early_one_are_all_taken():
    predicted = net([("A", "B", 0.9), ("C", "B", 0.5), ("A", "C", 0.5), ("D", "B", 0.5)])
    predicted = pd.concat([predicted, net([("B", "D", 0.1)])])
    got = beeline_metrics(net(TRUTH), predicted)
    assert got["beeline_all/early_precision"] == pytest.approx(2 / 4)


def test_predictions_without_strength_are_never_early():
    predicted = net([("A", "B", 0.9), ("C", "B", 0.0), ("A", "C", 0.0), ("D", "B", 0.0)])
    assert beeline_metrics(net(TRUTH), predicted)["beeline_all/early_precision"] == 1


def test_genes_outside_the_truth_spoil_early_precision_over_all_pairs_only():
    predicted = net([("X", "B", 0.9), ("A", "Y", 0.8), ("A", "B", 0.7), ("A", "C", 0.6)])
    got = beeline_metrics(net(TRUTH), predicted)
    assert got["beeline_all/early_precision"] == pytest.approx(1 / 3)
    assert got["beeline_tf/early_precision"] == 1


def test_self_edges_and_repeated_edges_change_nothing():
    predicted = net([("A", "B", 0.9), ("D", "A", 0.8), ("B", "D", 0.7)])
    more = net([("A", "A", 5.0), ("A", "B", 0.1), ("D", "A", -0.3)])
    truth = net([*TRUTH, ("B", "B"), ("A", "B")])
    plain = beeline_metrics(net(TRUTH), predicted)
    assert beeline_metrics(truth, pd.concat([predicted, more])) == plain


def test_a_network_without_any_missing_pair_is_refused():
    with pytest.raises(DataError, match="2 of 2 pairs"):
        beeline_metrics(net([("A", "B"), ("B", "A")]), net([("A", "B", 1.0)]))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_any_network_scores_as_loops_over_the_definitions_do(seed):
    rng = np.random.default_rng(seed)
    genes = list("ABCDEF")
    every = list(permutations(genes, 2))
    edges = [every[i] for i in rng.choice(len(every), rng.integers(2, 9), replace=False)]
    chosen = rng.choice(len(every), rng.integers(1, 25), replace=False)
    rows = [(*every[i], float(rng.integers(-3, 4)) / 2) for i in chosen]
    nodes = {gene for edge in edges for gene in edge}
    tfs = {tf for tf, _ in edges}
    if len(edges) == sum(a in tfs for a, _ in permutations(nodes, 2)):
        return
    got = beeline_metrics(net(edges), net(rows))
    for name, sources in (("beeline_all", nodes), ("beeline_tf", tfs)):
        universe = [(a, b) for a, b in permutations(sorted(nodes), 2) if a in sources]
        strength = {(a, b): abs(w) for a, b, w in rows}
        true = [strength.get(pair, 0) for pair in universe if pair in edges]
        false = [strength.get(pair, 0) for pair in universe if pair not in edges]
        wins = sum((t > f) + (t == f) / 2 for t in true for f in false)
        assert got[f"{name}/auroc"] == pytest.approx(wins / len(true) / len(false))
        listed = strength if name == "beeline_all" else {p: strength.get(p) for p in universe}
        listed = {pair: value for pair, value in listed.items() if value is not None}
        early = loop_early_precision(listed, set(edges))
        assert got[f"{name}/early_precision"] == pytest.approx(early)
        chance = len(edges) / len(universe)
        assert got[f"{name}/early_precision_ratio"] == pytest.approx(early / chance)


def loop_early_precision(strength: dict, edges: set) -> float:
    ranked = sorted(strength.values(), reverse=True)
    if not ranked:
        return 0.0
    least = ranked[min(len(ranked), len(edges)) - 1]
    positive = [value for value in ranked if value > 0]
    least = max(least, min(positive)) if positive else least
    taken = [pair for pair, value in strength.items() if value >= least]
    return sum(pair in edges for pair in taken) / len(taken)
