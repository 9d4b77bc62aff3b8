"""The public benchmark: its published sizes, to the pair."""

from __future__ import annotations

import pytest

from gpdht.data.source import open_dataset
from gpdht.pairs.candidates import make_pairs

pytestmark = pytest.mark.real

# cell type, size: cells, TFs, genes, positives, negatives
TABLE = {
    ("hESC", 500): (758, 34, 910, 4545, 26361),
    ("hHEP", 500): (425, 30, 948, 9939, 18471),
    ("hHEP", 1000): (425, 31, 1448, 15558, 29299),
    ("mDC", 500): (383, 20, 821, 756, 15644),
    ("mDC", 1000): (383, 21, 1321, 1193, 26527),
    ("mESC", 500): (421, 88, 1120, 29613, 68859),
    ("mHSC-L", 500): (847, 16, 560, 4398, 4546),
    ("mHSC-L", 1000): (847, 16, 692, 5180, 5876),
}


@pytest.mark.parametrize(("cell", "size"), TABLE)
def test_the_pairs_of_a_benchmark_set_match_the_published_table(real_data, cell, size):
    data = open_dataset(real_data / "beeline" / "Specific Dataset" / cell / f"TFs+{size}")
    pairs = make_pairs(data)
    positives = int(pairs.label_P.sum())
    found = (data.num_cells, len(data.known_tfs), data.num_genes, positives, len(pairs) - positives)
    assert found == TABLE[cell, size]
    assert data.problems == ()


@pytest.mark.parametrize("network", ["Non-Specific", "STRING", "Lofgof"])
def test_every_other_network_joins_the_same_matrix(real_data, network):
    folders = sorted((real_data / "beeline" / f"{network} Dataset").glob("*/TFs+*"))
    assert folders
    for folder in folders:
        data = open_dataset(folder)
        home = real_data / "beeline" / "Specific Dataset" / folder.parent.name / folder.name
        assert data.genes.tolist() == open_dataset(home).genes.tolist()
        lines = (folder / "BL--network.csv").read_text().split()
        assert len(data.net) == len(lines) - 1
        assert data.problems == ()


def test_beelines_example_loses_its_self_edges_and_duplicates(real_data):
    data = open_dataset(real_data / "beeline-layout" / "inputs" / "example" / "GSD" / "ex1")
    assert data.expression.shape == (2000, 19)
    assert set(data.net["weight"]) == {1.0, -1.0}
    assert [problem.severity for problem in data.problems] == ["repaired", "repaired"]
