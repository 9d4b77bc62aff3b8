"""Table 1: TFs and pairs of a set, beside the paper's."""

from __future__ import annotations

from itertools import product

import pandas as pd
import pytest
from small_inputs import small_set

from gpdht.reproduction import published
from gpdht.reproduction.published import Counts, count_pairs, published_set
from gpdht.reproduction.table1 import count_sets, counts_table


def by_hand(dataset) -> Counts:
    known = set(zip(dataset.net["source"], dataset.net["target"], strict=True))
    tfs = {source for source, _ in known}
    pairs = [(tf, gene) for tf, gene in product(tfs, dataset.genes) if tf != gene]
    positives = sum(pair in known for pair in pairs)
    return Counts(len(tfs), positives, len(pairs) - positives)


@pytest.mark.parametrize("genes", [40, 60])
def test_pairs_are_counted_as_by_a_double_loop(genes):
    assert count_pairs(small_set(genes=genes)) == by_hand(small_set(genes=genes))


def test_a_set_has_the_papers_figures_only_if_its_own_counts_are_the_papers(monkeypatch):
    first, second = small_set(genes=40), small_set(genes=60)
    monkeypatch.setitem(published.TABLE1, "mDC500", count_pairs(first))
    assert published_set("mDC500", first) == "mDC500"
    assert published_set("mDC500-Specific", first) == "mDC500"
    assert published_set("mDC500", second) is None
    assert published_set("mDC1000", first) is None
    assert published_set("mine", first) is None


def test_the_table_says_of_each_set_whether_it_agrees(monkeypatch):
    same, other, mine = (small_set(genes=genes) for genes in (40, 60, 80))
    monkeypatch.setitem(published.TABLE1, "hESC500", count_pairs(same))
    monkeypatch.setitem(published.TABLE1, "hHEP500", Counts(1, 2, 3))
    table = count_sets({"hESC500": same, "hHEP500": other, "mine": mine})
    assert table["agrees"].tolist() == [True, False, pd.NA]
    assert table["genes_with_edge"].tolist() == [
        len(set(d.net["source"]) | set(d.net["target"])) for d in (same, other, mine)
    ]
    table = counts_table(table)
    assert [row[-1] for row in table.rows] == ["the same", "1/2/3", "not printed"]
    assert table.note.startswith("1 of 2 sets")


def test_published_counts_are_full_complements():
    for name, row in published.TABLE1.items():
        genes = (row.positives + row.negatives) / row.tfs + 1
        assert genes == int(genes), name
