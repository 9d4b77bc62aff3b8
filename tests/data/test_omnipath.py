"""TF → target networks out of OmniPath's table."""

from __future__ import annotations

import pandas as pd
import pytest
from fake_packages import TABLE, interaction, parquet
from hypothesis import given
from hypothesis import strategies as st

from gpdht.data.omnipath import COLUMNS, name_genes, read_tf_edges
from gpdht.errors import DataError

COLLECTRI = r"CollecTRI(?:;|$)"


def rows(edges: pd.DataFrame) -> list[tuple]:
    return list(edges.itertuples(index=False, name=None))


@pytest.fixture
def written(tmp_path):
    """Write a table as a parquet file."""

    def write(table: pd.DataFrame):
        path = tmp_path / "omnipath.parquet"
        path.write_bytes(parquet(table))
        return path

    return write


def test_a_networks_edges_are_the_transcriptional_ones_of_its_resource(written):
    edges = read_tf_edges(written(TABLE), 0, resource=COLLECTRI)
    assert rows(edges) == [
        ("JUN", "A", -1.0),
        ("JUN", "B", 1.0),
        ("P04637", "A", 1.0),
        ("COMPLEX:FOS_JUN", "A", 1.0),
    ]


def test_evidence_counts_publications_and_none_is_no_publication(written):
    path = written(TABLE)
    assert rows(read_tf_edges(path, 2)) == [("JUN", "B", 1.0)]
    assert len(read_tf_edges(path, 0)) == len(read_tf_edges(path, 1)) + 1


@pytest.mark.parametrize(
    ("agreed", "known", "weight"),
    [
        ((0, 1), (1, 1), -1),
        ((1, 0), (0, 1), 1),
        ((0, 0), (0, 1), -1),
        ((1, 1), (0, 1), -1),
        ((1, 1), (1, 1), 1),
        ((0, 0), (0, 0), 1),
    ],
)
def test_a_sign_is_what_resources_agree_on_else_what_any_knows(written, agreed, known, weight):
    flags = {
        "consensus_stimulation": bool(agreed[0]),
        "consensus_inhibition": bool(agreed[1]),
        "is_stimulation": bool(known[0]),
        "is_inhibition": bool(known[1]),
    }
    edges = read_tf_edges(written(pd.DataFrame([interaction("T", "A", **flags)])), 0)
    assert rows(edges) == [("T", "A", weight)]


@pytest.mark.parametrize("column", COLUMNS)
def test_a_table_without_one_of_the_columns_is_refused(written, column):
    with pytest.raises(DataError, match=rf"no column {column}; expected OmniPath's interactions"):
        read_tf_edges(written(TABLE.drop(columns=column)), 0)


def test_a_file_that_is_no_parquet_is_refused(tmp_path):
    path = tmp_path / "omnipath.parquet"
    path.write_bytes(b"source,target\n")
    with pytest.raises(DataError, match="cannot be read as parquet"):
        read_tf_edges(path, 0)


def test_complexes_and_genes_without_a_symbol_are_left_out_and_counted(written):
    edges, problems = name_genes(read_tf_edges(written(TABLE), 0), {}, remedy="Name them.")
    assert rows(edges) == [
        ("JUN", "A", -1.0),
        ("JUN", "B", 1.0),
        ("JUN", "P2RY12", 1.0),  # looks like an accession, and is a symbol
        ("MYC", "B", 1.0),
    ]
    complexes, nameless = problems
    assert complexes.found == "1 of 8 edges have a protein complex as an end"
    assert nameless.found.startswith("1 of 8 edges name a gene by its UniProt accession alone")
    assert '"P04637" → "A"' in nameless.found
    assert nameless.remedy == "Name them."


def test_an_accession_that_has_a_name_becomes_it_and_joins_the_edges_it_has():
    edges = pd.DataFrame(
        [("P04637", "A", -1.0), ("TP53", "A", 1.0), ("TP53", "P04637", 1.0)],
        columns=["source", "target", "weight"],
    )
    named, problems = name_genes(edges, {"P04637": "TP53"}, remedy="")
    assert rows(named) == [("TP53", "A", -1.0)]
    assert problems == []


NAMES = st.sampled_from(["A", "B", "P2RY12", "P04637", "Q16656", "A0A096LP55", "COMPLEX:A_B"])
EDGES = st.lists(st.tuples(NAMES, NAMES, st.sampled_from([-1.0, 1.0])), max_size=12)
RENAMED = {"P04637": "TP53", "Q16656": "A"}


@given(EDGES)
def test_every_edge_is_kept_once_or_counted_by_a_double_loop(found):
    edges = pd.DataFrame(found, columns=["source", "target", "weight"]).astype({"source": object})
    named, problems = name_genes(edges.astype({"target": object}), RENAMED, remedy="")
    expected: dict[tuple[str, str], float] = {}
    lost = {"complex": 0, "accession": 0}
    for source, target, weight in found:
        ends = [RENAMED.get(end, end) for end in (source, target)]
        if any(end.startswith("COMPLEX") for end in ends):
            lost["complex"] += 1
        elif "A0A096LP55" in ends:
            lost["accession"] += 1
        elif ends[0] != ends[1]:
            expected.setdefault((ends[0], ends[1]), weight)
    assert rows(named) == [(*ends, weight) for ends, weight in expected.items()]
    for kind, number in lost.items():
        said = [p.found for p in problems if kind in p.found]
        assert said == [] if number == 0 else said[0].startswith(f"{number} of {len(found)} ")
