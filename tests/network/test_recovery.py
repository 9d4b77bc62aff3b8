"""Recovery by hand, by scipy, by counting out, and on labels whose making is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact, hypergeom

from gpdht.data.random_networks import random_networks
from gpdht.errors import ConfigError, DataError
from gpdht.network.edge_tables import EdgeTable
from gpdht.network.recovery import ALL, circuit, nearest_tfs, recovered_targets


def table_of(score_TG, known_TG, *, null_TG=None, fold_TG=None) -> EdgeTable:
    """The table of TFs T0, … that are the first of the genes, without self pairs."""
    tf, target = np.nonzero(~np.eye(*score_TG.shape, dtype=bool))
    edges = pd.DataFrame(
        {
            "source": [f"T{i}" for i in tf],
            "target": [f"T{i}" if i < len(score_TG) else f"g{i}" for i in target],
            "weight": score_TG[tf, target],
            "known": known_TG[tf, target],
        }
    )
    for name, values in (("fold", fold_TG), ("baseline", null_TG)):
        if values is not None:
            edges[name] = values[tf, target]
    edges = edges.sort_values(["weight", "source", "target"], ascending=[False, True, True])
    return EdgeTable(edges.reset_index(drop=True), out_of_fold=True, split="edge")


def drawn_labels(seed, *, tfs=12, genes=80):
    """Labels of TF and target effects and nothing else, with these effects."""
    rng = np.random.default_rng(seed)
    effect_TG = np.add.outer(rng.normal(-1.5, 1, tfs), rng.normal(0, 1.5, genes))
    return rng.random((tfs, genes)) < 1 / (1 + np.exp(-effect_TG)), effect_TG, rng


def test_figures_of_a_table_worked_by_hand():
    score_TG = np.array([[0, 9, 8, 7, 1], [6, 0, 2, 3, 4]])
    known_TG = np.array([[0, 1, 0, 1, 1], [0, 0, 0, 0, 1]], dtype=bool)
    got = recovered_targets(table_of(score_TG, known_TG), ["T1", "no", "T0", "T1"], top=5)
    assert got["tf"].tolist() == ["T1", "T0", ALL]
    by_hand = {
        "candidates": [4, 4, 8],
        "known_in_data": [1, 3, 4],
        "prevalence": [1 / 4, 3 / 4, 1 / 2],
        "predicted": [2, 3, 5],
        "overlap": [1, 2, 3],
        "precision": [1 / 2, 2 / 3, 3 / 5],
        "recall": [1, 2 / 3, 3 / 4],
        "auroc": [2 / 3, 1 / 3, 9 / 16],
        "expected_any": [2 / 4, 9 / 4, 11 / 4],
    }
    for name, values in by_hand.items():
        assert got[name].tolist() == pytest.approx(values), name


def test_the_hypergeometric_p_values_are_fishers_and_their_convolution():
    known_TG, _, rng = drawn_labels(0, tfs=3)
    table = table_of(rng.random((3, 80)), known_TG)
    got = recovered_targets(table, ["T0", "T1", "T2"], top=60, random=1)
    for row in got.head(3).itertuples():
        outside = row.candidates - row.known_in_data - row.predicted + row.overlap
        square = [
            [row.overlap, row.predicted - row.overlap],
            [row.known_in_data - row.overlap, outside],
        ]
        assert row.p_any == pytest.approx(fisher_exact(square, alternative="greater").pvalue)
    chance = [
        hypergeom(row.candidates, row.known_in_data, row.predicted)
        for row in got.head(3).itertuples()
    ]
    total = sum(
        chance[0].pmf(i) * chance[1].pmf(j) * chance[2].sf(got["overlap"].iloc[3] - i - j - 1)
        for i in range(61)
        for j in range(61)
    )
    assert got["p_any"].iloc[3] == pytest.approx(total)


def test_the_test_against_random_networks_is_that_of_a_plain_loop():
    known_TG, _, rng = drawn_labels(1, tfs=5, genes=20)
    fold_TG = rng.integers(3, size=(5, 20))
    table = table_of(rng.random((5, 20)), known_TG, fold_TG=fold_TG)
    got = recovered_targets(table, ["T2"], top=40, random=30, seed=4)
    edges = table.edges
    tf = edges["source"].str[1:].astype(int)
    # rows, columns and folds in the order of the implementation: the same draws follow
    column = edges["target"].map(sorted(edges["target"].unique()).index)
    fold = edges["fold"].map(edges["fold"].unique().tolist().index)
    allowed, network = np.zeros((2, 3, 5, 20), dtype=bool)
    allowed[fold, tf, column] = True
    network[fold[:40], tf[:40], column[:40]] = True
    known = np.zeros((5, 20), dtype=bool)
    known[tf, column] = edges["known"]
    counts, totals = [], []
    for one in random_networks(network, allowed, number=30, seed=4):
        counts.append(sum(known[2, g] and one[:, 2, g].any() for g in range(20)))
        totals.append(sum(known[t, g] and one[:, t, g].any() for t in range(5) for g in range(20)))
    for row, drawn in zip(got.itertuples(), (counts, totals), strict=True):
        assert row.expected == pytest.approx(np.mean(drawn))
        assert row.z == pytest.approx((row.overlap - np.mean(drawn)) / np.std(drawn, ddof=1))
        assert row.p == (1 + sum(d >= row.overlap for d in drawn)) / 31
    low, high = sorted(got["p"])
    assert sorted(got["q"]) == pytest.approx([min(2 * low, high), high])


def test_a_planted_enrichment_is_found_and_only_in_its_tf():
    known_TG, effect_TG, rng = drawn_labels(2)
    score_TG = effect_TG + rng.normal(0, 1.5, known_TG.shape)  # popularity, and noise to exchange
    score_TG[3] += np.where(known_TG[3], 3.0, -3.0)
    table = table_of(score_TG, known_TG)
    got = recovered_targets(table, [f"T{i}" for i in range(12)], top=int(known_TG.sum()))
    got = got.set_index("tf")
    assert got.loc["T3", "q"] < 0.05
    assert got.loc["T3", "fold"] > 1.2
    assert got.loc["T3", "z"] > 3
    assert (got.drop(index=["T3", ALL])["q"] > 0.05).all()


def test_popular_targets_alone_are_no_enrichment_but_look_like_one_to_the_hypergeometric_test():
    z, p, p_any = [], [], []
    for seed in range(8):
        known_TG, effect_TG, rng = drawn_labels(seed)
        table = table_of(effect_TG + rng.normal(0, 1.5, known_TG.shape), known_TG)
        got = recovered_targets(table, [], top=int(known_TG.sum()), random=100, seed=seed)
        z.append(got["z"].iloc[-1])
        p.append(got["p"].iloc[-1])
        p_any.append(got["p_any"].iloc[-1])
    assert max(p_any) < 1e-6
    assert min(p) > 0.01
    assert abs(np.mean(z)) < 1


def test_a_network_of_degrees_alone_leaves_nothing_to_exchange():
    known_TG, effect_TG, _ = drawn_labels(4)
    score_TG = effect_TG.copy()
    np.fill_diagonal(score_TG, -100)
    whole = recovered_targets(table_of(score_TG, known_TG), [], top=300, random=50).iloc[-1]
    assert whole["shared"] > 0.98
    assert whole["p"] > 0.1


def counts_of_the_other_folds(known_TG, fold_TG):
    """Popularity as cross-validation sees it: known pairs of TF and target in the other folds."""
    tfs, genes = known_TG.shape
    score_TG = np.zeros(known_TG.shape)
    for fold in np.unique(fold_TG):
        train_TG = known_TG & (fold_TG != fold)
        counts_TG = np.add.outer(train_TG.sum(1) / genes, train_TG.sum(0) / tfs)
        score_TG[fold_TG == fold] = counts_TG[fold_TG == fold]
    return score_TG


def test_within_folds_a_gene_is_not_punished_for_the_labels_that_were_held_out():
    inside = []
    for seed in (5, 6, 7):
        known_TG, _, rng = drawn_labels(seed, tfs=20, genes=150)
        fold_TG = rng.integers(3, size=known_TG.shape)
        score_TG = counts_of_the_other_folds(known_TG, fold_TG)
        score_TG += rng.normal(0, 0.05, score_TG.shape)
        over_all, in_folds = (
            recovered_targets(
                table_of(score_TG, known_TG, fold_TG=folds), [], top=int(known_TG.sum()), random=100
            )["z"].iloc[-1]
            for folds in (None, fold_TG)
        )
        assert over_all < -2.5
        inside.append(in_folds)
    assert abs(np.mean(inside)) < 1


def test_the_network_of_labels_alone_is_tested_in_the_same_way():
    known_TG, effect_TG, rng = drawn_labels(6)
    table = table_of(rng.random(known_TG.shape), known_TG, null_TG=effect_TG)
    swapped = table_of(effect_TG, known_TG)
    got = recovered_targets(table, ["T1"], top=200, by="baseline", random=20)
    pd.testing.assert_frame_equal(got, recovered_targets(swapped, ["T1"], top=200, random=20))


def test_a_tf_without_known_or_predicted_targets_has_no_share_of_them():
    score_TG, known_TG = np.array([[0, 9, 8], [1, 0, 2]]), np.array([[0, 1, 1], [0, 0, 0]]) > 0
    row = recovered_targets(table_of(score_TG, known_TG), ["T1"], top=2, random=10).iloc[0]
    assert np.isnan(row[["precision", "recall", "fold", "z", "shared"]].to_numpy(float)).all()
    assert (row["p"], row["p_any"]) == (1, 1)


def test_what_cannot_be_drawn_is_refused():
    table = table_of(np.ones((2, 4)), np.eye(2, 4, 1) > 0)
    with pytest.raises(ConfigError, match="0 random networks test nothing"):
        recovered_targets(table, [], top=2, random=0)
    with pytest.raises(DataError, match="ask for 1 to 6"):
        recovered_targets(table, [], top=7)


def test_the_circuit_of_named_genes_by_hand():
    score_TG = np.array([[0, 9, 8], [1, 0, 2]])
    known_TG = np.array([[0, 1, 0], [0, 0, 0]], dtype=bool)
    table = table_of(score_TG, known_TG, null_TG=-score_TG)
    got = circuit(table, ["T0", "T1", "g2", "T0"], top=2)
    rows = {(row.source, row.target): row for row in got.itertuples()}
    assert len(rows) == len(got) == 6
    first, second, third = rows["T0", "T1"], rows["T1", "T0"], rows["g2", "T0"]
    assert (first.candidate, first.known, first.rank, first.in_top) == (True, True, 1, True)
    assert (first.baseline_rank, first.baseline_in_top) == (4, False)
    assert (second.candidate, second.known, second.rank, second.in_top) == (True, False, 4, False)
    assert (third.candidate, third.known, third.in_top) == (False, False, False)
    assert np.isnan(third.rank)
    assert "baseline_rank" not in circuit(table_of(score_TG, known_TG), ["T0", "T1"], top=2)


def test_the_nearest_names_are_found_whatever_their_case():
    edges = pd.DataFrame({"source": ["POU5F1", "KLF4", "KLF5", "SOX2"], "target": "x"})
    table = EdgeTable(edges.assign(weight=0.0, known=True), out_of_fold=False)
    assert nearest_tfs(table, "Pou5f1") == ["POU5F1"]
    assert set(nearest_tfs(table, "KLF2")) == {"KLF4", "KLF5"}
    assert nearest_tfs(table, "ESRRB") == []
