from __future__ import annotations

import pandas as pd
import pytest

from gpdht.data.edges import read_edges
from gpdht.errors import DataError

EXPECTED = [("A", "B"), ("B", "C")]

DIALECTS = {
    "decoupler": ("source,target,weight\nA,B,1\nB,C,-0.5\n", [1, -0.5]),
    "decoupler without weight": ("source,target\nA,B\nB,C\n", None),
    "arboreto": ("TF\ttarget\timportance\nA\tB\t3.5\nB\tC\t2\n", [3.5, 2]),
    "BEELINE reference": ("Gene1,Gene2,Type\nA,B,+\nB,C,-\n", [1, -1]),
    "BEELINE ranking": ("Gene1\tGene2\tEdgeWeight\nA\tB\t0.1\nB\tC\t0.2\n", [0.1, 0.2]),
    "score": ("Gene1,Gene2,Score\nA,B,171\nB,C,154\n", [171, 154]),
    "numbered lines": (",Gene1,Gene2\n0,A,B\n1,B,C\n", None),
    "other columns first": ("pmid;TARGET;Source\n12;B;A\n13;C;B\n", None),
    "R's header": ('"TF"\t"target"\n"1"\t"A"\t"B"\n"2"\t"B"\t"C"\n', None),
    "no header": ("A,B\nB,C\n", None),
    "no header, a weight": ("A\tB\t1\nB\tC\t2\n", [1, 2]),
    "blanks and blank lines": ("source, target\nA , B\n\n B,C\n\n", None),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_gives_the_same_edges(tmp_path, dialect):
    text, weight = DIALECTS[dialect]
    path = tmp_path / "net.csv"  # with any delimiter
    path.write_text(text)
    edges, problems = read_edges(path, {"A", "B", "C"})
    assert list(zip(edges["source"], edges["target"], strict=True)) == EXPECTED
    assert (edges["weight"].tolist() if "weight" in edges else None) == weight
    assert problems == []


@pytest.mark.parametrize("indexed", [False, True])
def test_a_parquet_net_is_read(tmp_path, indexed):
    net = pd.DataFrame({"source": ["A", "B"], "target": ["B", "C"], "weight": [1.0, 2.0]})
    (net.set_index("source") if indexed else net).to_parquet(tmp_path / "net.parquet")
    edges, _ = read_edges(tmp_path / "net.parquet", set())
    assert edges["weight"].tolist() == [1, 2]
    assert list(zip(edges["source"], edges["target"], strict=True)) == EXPECTED


def test_two_unknown_columns_are_not_taken_for_edges(tmp_path):
    (tmp_path / "net.csv").write_text("from_gene,to_gene\nA,B\n")
    with pytest.raises(DataError, match=r'"from_gene, to_gene" is not .*Gene1,Gene2.*Rename'):
        read_edges(tmp_path / "net.csv", {"A", "B"})


def test_weights_of_text_are_left_out_with_a_warning(tmp_path):
    (tmp_path / "net.csv").write_text("source,target,weight\nA,B,strong\nB,C,1\n")
    edges, (problem,) = read_edges(tmp_path / "net.csv", set())
    assert list(edges) == ["source", "target"]
    assert "the weight of 1 edge is no number, e.g. that of A → B" in problem.found
