"""One-to-one orthologs out of the tables of BioMart and HCOP."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest
from fake_packages import HCOP, HUMAN_TO_MOUSE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gpdht.data.ortholog_tables import read_biomart, read_hcop
from gpdht.data.priors import read_orthologs
from gpdht.errors import DataError


def pairs(table: pd.DataFrame) -> list[tuple[str, str]]:
    assert table.columns.tolist() == ["human_symbol", "mouse_symbol"]
    return list(table.itertuples(index=False, name=None))


def test_biomarts_one_to_one_pairs_are_those_it_calls_so(tmp_path):
    path = tmp_path / "b.csv"
    HUMAN_TO_MOUSE.to_csv(path, index=False)
    assert pairs(read_biomart(path, 0)) == [("TP53", "Trp53"), ("JUN", "Jun"), ("B", "B")]
    assert pairs(read_biomart(path, 1)) == [("TP53", "Trp53"), ("JUN", "Jun")]


def test_hcops_one_to_one_pairs_are_those_that_enough_databases_name(tmp_path):
    path = tmp_path / "h.csv"
    HCOP.to_csv(path, index=False)
    assert pairs(read_hcop(path, 6)) == [("TP53", "Trp53"), ("JUN", "Jun")]
    assert pairs(read_hcop(path, 1)) == [("JUN", "Jun")]
    assert pairs(read_hcop(path, 7)) == []


@pytest.mark.parametrize("read", [read_biomart, read_hcop])
def test_another_table_is_refused_with_the_columns_expected(tmp_path, read):
    path = tmp_path / "t.csv"
    path.write_text("Gene name,x\nA,1\n")
    with pytest.raises(DataError, match='no column "Mouse gene name"'):
        read(path, 0)


GENES = st.sampled_from(["A", "B", "C", "D", "-"])


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None
)
@given(st.lists(st.tuples(GENES, GENES, st.integers(1, 3)), min_size=1, max_size=8))
def test_pairs_are_one_to_one_as_counted_and_as_the_reader_of_priors_sees_them(tmp_path, found):
    path, again = tmp_path / "h.csv", tmp_path / "o.csv"
    table = pd.DataFrame(found, columns=["Gene name", "Mouse gene name", "supporting_source"])
    names = table["supporting_source"].map(lambda number: ",".join("abc"[:number]))
    table.assign(supporting_source=names).to_csv(path, index=False)
    enough = {(human, mouse) for human, mouse, number in found if number >= 2}
    named = [pair for pair in enough if "-" not in pair]
    humans, mice = (Counter(pair[side] for pair in named) for side in (0, 1))
    expected = {(h, m) for h, m in named if humans[h] == mice[m] == 1}
    result = read_hcop(path, 2)
    assert set(pairs(result)) == expected
    result.to_csv(again, index=False)
    if expected:
        assert read_orthologs(again, source="human", target="mouse") == dict(expected)
