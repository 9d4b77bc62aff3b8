"""Pairs of two networks meet through one-to-one orthologs, and what does not meet is counted."""

from __future__ import annotations

from io import StringIO

import pandas as pd
import pytest
from species_makers import two_networks, write

from gpdht.errors import DataError
from gpdht.network.ortholog_pairs import join

HUMAN = """source,target,weight,known
SOX2,NANOG,0.9,True
SOX2,KLF4,0.8,False
SOX2,PAIR,0.7,False
SOX2,ALONE,0.6,False
MYC,NANOG,0.5,False
GATA4,KLF4,0.4,True
"""
MOUSE = """source,target,weight,known
Sox2,Nanog,0.3,False
Sox2,Gone,0.2,False
Myc,Klf4,0.95,True
Foo,Nanog,0.1,False
"""
# PAIR has two orthologs, ALONE none, GATA4 one that is no TF there
TABLE = """human_symbol,mouse_symbol
SOX2,Sox2
NANOG,Nanog
KLF4,Klf4
MYC,Myc
GATA4,Gata4
PAIR,Pair1
PAIR,Pair2
OTHER,Gone
"""


@pytest.fixture
def files(tmp_path):
    return write(tmp_path, *(pd.read_csv(StringIO(text)) for text in (HUMAN, MOUSE, TABLE)))


def test_a_table_worked_by_hand(files):
    human, mouse, orthologs = files
    found = join(human, mouse, orthologs=orthologs, symbols="exact")
    assert [side.species for side in found.sides] == ["human", "mouse"]
    assert found.pairs.to_dict("records") == [
        {
            "tf_1": "SOX2",
            "target_1": "NANOG",
            "tf_2": "Sox2",
            "target_2": "Nanog",
            "weight_1": 0.9,
            "weight_2": 0.3,
            "known_1": True,
            "known_2": False,
        }
    ]
    assert found.sides[0].counts == {
        "pairs": 6,
        "no ortholog": 2,  # PAIR, ALONE
        "no TF": 1,  # GATA4
        "no target": 2,  # SOX2 → KLF4, MYC → NANOG
        "compared": 1,
    }
    assert found.sides[1].counts == {
        "pairs": 4,
        "no ortholog": 1,  # Foo
        "no TF": 0,
        "no target": 2,  # Sox2 → Gone, Myc → Klf4
        "compared": 1,
    }


def test_orthologs_in_parquet_tell_the_species_and_the_pairs_too(files, tmp_path):
    human, mouse, orthologs = files
    table = tmp_path / "orthologs.parquet"
    pd.read_csv(orthologs).to_parquet(table)
    found = join(human, mouse, orthologs=table)
    assert found.orthologs == join(human, mouse, orthologs=orthologs).orthologs


@pytest.mark.parametrize("seed", range(3))
def test_every_pair_is_in_one_count(tmp_path, seed):
    one, other, table = two_networks(seed=seed)
    one, other = one.sample(frac=0.7, random_state=seed), other.sample(frac=0.5, random_state=seed)
    found = join(
        *write(tmp_path, one, other, table.sample(frac=0.8, random_state=seed))[:2],
        orthologs=tmp_path / "orthologs.csv",
        symbols="exact",
    )
    for side in found.sides:
        assert sum(side.counts.values()) == 2 * side.counts["pairs"]
        assert side.counts["compared"] == len(found.pairs) > 0


def test_a_pair_that_the_table_lacks_can_be_named(files):
    human, mouse, orthologs = files
    found = join(human, mouse, orthologs=orthologs, pairs=[("ALONE", "Foo")], symbols="exact")
    assert found.sides[0].counts["no ortholog"] == 1
    assert found.sides[1].counts["no ortholog"] == 0
    assert found.orthologs["ALONE"] == "Foo"


def test_the_species_that_is_said_counts(files):
    human, mouse, orthologs = files
    for pair in ((human, mouse), (f"human:{human}", f"mouse:{mouse}")):
        assert len(join(*pair, orthologs=orthologs, symbols="exact").pairs) == 1


def test_names_meet_by_case_only_if_told(files):
    human, mouse, orthologs = files
    table = pd.read_csv(mouse)
    for end in ("source", "target"):
        table[end] = table[end].str.upper()
    table.to_csv(mouse, index=False)
    with pytest.raises(DataError, match=r"both networks are of the species human.*Say which"):
        join(human, mouse, orthologs=orthologs, symbols="upper")
    with pytest.raises(DataError, match="0 pairs are in both"):
        join(human, f"mouse:{mouse}", orthologs=orthologs, symbols="exact")
    found = join(f"human:{human}", f"mouse:{mouse}", orthologs=orthologs, symbols="upper")
    assert found.pairs["target_2"].tolist() == ["NANOG"]


def test_bad_input_is_one_message(files, tmp_path):
    human, mouse, orthologs = files
    twice = tmp_path / "twice.csv"
    twice.write_text("source,target,weight,known\nA,B,1,0\nA,b,2,0\n")
    nothing, strange = tmp_path / "nothing.csv", tmp_path / "strange.csv"
    strange.write_text("source,target,weight,known\nSOX2,Sox2,1,0\n")
    for pair, options, words in (
        ((human, mouse), {"orthologs": nothing}, "no such file; expected a csv of one-to-one"),
        ((human, nothing), {}, "no such file"),
        ((human, strange), {}, r"1 of human, 1 of mouse, which does not tell.*Say it: e\.g\. h"),
        ((human, human), {}, r"both networks are of the species human; expected two"),
        ((human, f"rat:{mouse}"), {}, "no column rat_symbol; the table has the species human, m"),
        ((f"human:{twice}", mouse), {"symbols": "upper"}, "1 pair more than once"),
        ((human, mouse), {"pairs": [("SOX2", "Gone")]}, "SOX2 and Sox2 are orthologs already"),
        ((human, mouse), {"pairs": [("ALONE", "Sox2")]}, "SOX2 and Sox2 are orthologs already"),
        ((human, mouse), {"symbols": "lower"}, "expected exact or upper"),
    ):
        with pytest.raises(DataError, match=words):
            join(*pair, **{"orthologs": orthologs, "symbols": "exact"} | options)
