"""Hubs by hand and by a double loop."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gpdht.network.edge_tables import EdgeTable
from gpdht.network.hubs import gene_hubs, hub_correlation, tf_hubs


def table_of(rows):
    edges = pd.DataFrame(rows, columns=["source", "target", "known"])
    return EdgeTable(edges.assign(weight=-np.arange(len(edges), dtype=float)), out_of_fold=True)


BY_HAND = table_of(
    [
        ("A", "x", True),
        ("A", "y", False),
        ("B", "x", True),
        ("C", "x", False),
        # below the cut of 4
        ("B", "y", True),
        ("C", "y", True),
        ("A", "z", False),
        ("B", "z", True),
    ]
)


def test_tf_hubs_of_a_table_worked_by_hand():
    assert tf_hubs(BY_HAND, 4).to_dict("list") == {
        "tf": ["A", "B", "C"],
        "targets": [2, 1, 1],
        "known": [1, 1, 0],
        "precision": [0.5, 1.0, 0.0],
        "known_in_data": [1, 3, 1],
        "candidates": [3, 3, 2],
        "prevalence": [1 / 3, 1.0, 0.5],
        "label_rank": [2, 1, 2],
    }


def test_most_targeted_genes_of_a_table_worked_by_hand():
    hubs = gene_hubs(BY_HAND, 4)
    assert hubs["gene"].tolist() == ["x", "y"]
    assert hubs["regulators"].tolist() == [3, 1]
    assert hubs["known_in_data"].tolist() == [2, 2]
    assert hubs["label_rank"].tolist() == [1, 1]


def test_hubs_equal_a_double_loop():
    rng = np.random.default_rng(0)
    rows = [(f"T{i}", f"g{j}", bool(rng.random() < 0.3)) for i in range(6) for j in range(20)]
    table = table_of([rows[i] for i in rng.permutation(len(rows))])
    for row in tf_hubs(table, 50).itertuples():
        targets = known = in_data = 0
        for place, edge in enumerate(table.edges.itertuples()):
            if edge.source == row.tf:
                in_data += edge.known
                if place < 50:
                    targets, known = targets + 1, known + edge.known
        assert (row.targets, row.known, row.known_in_data) == (targets, known, in_data)


def test_hubs_of_a_ranking_by_known_targets_follow_the_labels_and_constant_ones_do_not():
    rows = [(f"T{i}", f"g{j}", j < i) for i in range(6) for j in range(6)]
    by_label = table_of(sorted(rows, key=lambda row: -int(row[0][1:])))
    assert hub_correlation(by_label, 15) > 0.8
    assert np.isnan(hub_correlation(by_label, 36))
    assert hub_correlation(table_of(rows), 15) == pytest.approx(-hub_correlation(by_label, 15))
