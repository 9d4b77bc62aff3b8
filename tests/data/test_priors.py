"""Prior networks are read like edge lists, joined by name or ortholog, and are never the labels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpdht.data.dataset import Dataset
from gpdht.data.priors import SAME, read_orthologs, read_prior
from gpdht.data.source import open_dataset
from gpdht.data.toy import toy
from gpdht.errors import DataError

TOY = toy(genes=30, tfs=4, cells=25)
GENES = TOY.genes.tolist()


def table(*edges, columns=("source", "target", "weight")) -> pd.DataFrame:
    return pd.DataFrame(edges, columns=list(columns[: len(edges[0])]))


def only_prior(net, dataset=TOY, **options):
    (prior,) = dataset.with_priors({"p": net}, **options).priors
    return list(prior.edges.itertuples(index=False, name=None))


def test_edges_with_an_end_in_the_data_are_kept_once_with_their_largest_weight():
    a, b = GENES[:2]
    net = table((a, b, 0.5), (a, b, -2.0), (a, a, 1.0), ("x", "y", 1), ("x", b, 3), (b, a, 0))
    assert only_prior(net) == [(a, b, -2.0), ("x", b, 3.0)]


def test_without_weights_every_edge_counts_one():
    assert only_prior(table((GENES[0], GENES[1]))) == [(GENES[0], GENES[1], 1.0)]


def test_a_network_of_other_names_is_refused_with_an_example():
    with pytest.raises(DataError, match=r'prior p: 0 of 2 genes .* "x"; the matrix has "TF01"'):
        TOY.with_priors({"p": table(("x", "y"))})


def test_a_network_that_meets_the_genes_by_a_chance_symbol_alone_is_warned_of():
    a, b = GENES[:2]
    apart = table(("0", a), ("0", "1"), (a.lower(), b.lower()))
    _, (warning,) = read_prior(apart, TOY.net, GENES, name="p")
    assert warning.severity == "warning"
    assert "prior p: 0 of 3 edges have both ends among the dataset's genes" in warning.found
    assert f'e.g. "{a.lower()}"; the matrix has "{a}"). Pass --symbols upper' in warning.found
    _, problems = read_prior(pd.concat([apart, table((a, b))]), TOY.net, GENES, name="p")
    assert not problems


def test_a_network_whose_tfs_nothing_tells_is_refused_and_one_turned_round_is_warned_of():
    turned = TOY.net[["target", "source"]].iloc[:9]
    with pytest.raises(DataError, match=r"prior p: .* name the columns source and target"):
        TOY.with_priors({"p": turned.set_axis(range(2), axis=1)})
    found = TOY.with_priors({"p": turned.set_axis(["TF", "target"], axis=1)})
    assert "TFs and targets may be exchanged" in found.problems[-1].found


def test_self_edges_alone_say_nothing_and_are_warned_of():
    found = TOY.with_priors({"p": table((GENES[0], GENES[0]))})
    assert found.priors[0].edges.empty
    assert "0 of 1 edges have both ends" in found.problems[-1].found


def test_priors_are_part_of_the_fingerprint_and_survive_plain_arrays():
    net = table((GENES[0], "elsewhere", 2.0), (GENES[3], GENES[1], -1.0))
    dataset = TOY.with_priors({"one": net}).with_priors({"two": net.iloc[:1]})
    assert dataset.fingerprint != TOY.fingerprint
    assert dataset.matrix_fingerprint == TOY.matrix_fingerprint
    assert TOY.with_priors({}).fingerprint == TOY.fingerprint
    again = Dataset.from_parts(dataset.parts())
    assert [prior.name for prior in again.priors] == ["one", "two"]
    for one, other in zip(dataset.priors, again.priors, strict=True):
        pd.testing.assert_frame_equal(one.edges, other.edges)
        assert one.fingerprint == other.fingerprint


def variant(dataset: Dataset, share: float, seed: int) -> pd.DataFrame:
    """The dataset's labels with a share of the edges replaced by edges that are none."""
    known = set(map(tuple, dataset.net[["source", "target"]].to_numpy()))
    others = [(t, g) for t in dataset.known_tfs for g in GENES if t != g and (t, g) not in known]
    rng = np.random.default_rng(seed)
    replaced = round(share * len(known))
    kept = [sorted(known)[i] for i in rng.permutation(len(known))[replaced:]]
    return table(*kept, *(others[i] for i in rng.permutation(len(others))[:replaced]))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 99), share=st.floats(0, 0.6))
def test_a_planted_overlap_is_left_out_and_only_that(seed, share):
    net = variant(TOY, share, seed)
    other = set(map(tuple, net[["source", "target"]].to_numpy()))
    tfs = {t for t, _ in other}
    spoken_of = tfs | {g for _, g in other}
    known = set(map(tuple, TOY.net[["source", "target"]].to_numpy()))
    own = {(t, g) for t, g in known if t in tfs and g in spoken_of}
    same = len(own & other) / len(own | other)
    found = TOY.with_priors({"p": net})
    assert len(found.priors) == (same < SAME)
    assert any("own labels or those of a variant" in p.found for p in found.problems) == (
        same >= SAME
    )


def test_a_variant_with_more_genes_and_tfs_is_the_set_itself():
    more = [("NEWTF", gene) for gene in GENES[:9]] + [(TOY.known_tfs[0], "NEWGENE")]
    net = pd.concat([TOY.net[["source", "target"]], table(*more)])
    found = TOY.with_priors({"p": net})
    assert found.priors == ()
    assert "100% of its edges" in found.problems[-1].found


def test_other_species_are_joined_by_one_to_one_orthologs_never_by_upper_case(tmp_path):
    path = tmp_path / "orthologs.csv"
    a, b, c = GENES[:3]
    rows = [("Ha", a), ("Hb", b), ("Many", c), ("Many", GENES[4]), ("", GENES[5])]
    pd.DataFrame(rows, columns=["human_symbol", "mouse_symbol"]).to_csv(path, index=False)
    orthologs = read_orthologs(path, source="human", target="mouse")
    assert orthologs == {"Ha": a, "Hb": b}
    net = table(("Ha", "Hb"), ("Ha", "Many"), ("Ha", a), (a, b))
    assert only_prior(net, orthologs={"p": orthologs}) == [(a, b, 1.0)]
    dataset = TOY.with_priors({"p": net}, orthologs={"p": orthologs})
    assert "3 of 4 edges have an end without one-to-one" in dataset.problems[-1].found
    with pytest.raises(DataError, match=r'0 of 1 edges have orthologs at both ends \(e.g. "x"'):
        TOY.with_priors({"p": table(("x", "y"))}, orthologs={"p": orthologs})
    with pytest.raises(DataError, match="no column yeast_symbol; the table has the species human"):
        read_orthologs(path, source="yeast", target="mouse")


SYMBOLS = b"human_symbol,mouse_symbol\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        (b"", "empty"),
        (b"a,b\xff\n", "UTF-8"),
        (
            b"A,a\nB,b\n",
            "no column human_symbol; the table begins A, a. Expected the",
        ),
        (SYMBOLS, "0 of 0 lines are one-to-one pairs of human and mouse; expected a symbol of"),
        (SYMBOLS + b"A,a\nA,b\nB,\n", "0 of 3 lines are one-to-one pairs of human and mouse"),
        (b"mouse_symbol," + SYMBOLS + b"a,A,a\n", "mouse_symbol stands there more than once"),
    ],
)
def test_a_table_of_orthologs_that_cannot_be_read_is_refused(tmp_path, content, message):
    path = tmp_path / "orthologs.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_orthologs(path, source="human", target="mouse")


def test_in_upper_case_a_pair_of_two_spellings_is_one_pair(tmp_path):
    path = tmp_path / "orthologs.csv"
    path.write_bytes(SYMBOLS + b"SOX2,Sox2\nSOX2,sox2\n")
    found = read_orthologs(path, source="mouse", target="human", symbols="upper")
    assert found == {"SOX2": "SOX2"}


@pytest.fixture
def place(tmp_path):
    """A matrix with its edge list, a prior file, and a folder with labels of another set."""
    matrix = pd.DataFrame(TOY.expression.toarray(), index=TOY.cells, columns=GENES)
    matrix.to_csv(tmp_path / "matrix.csv")
    TOY.net[["source", "target"]].to_csv(tmp_path / "net.csv", index=False)
    table((GENES[0], GENES[9])).to_csv(tmp_path / "chip.csv", index=False)
    folder = tmp_path / "Specific" / "cell" / "TFs+500"
    folder.mkdir(parents=True)
    table((GENES[1], GENES[9]), columns=("Gene1", "Gene2")).to_csv(
        folder / "BL--network.csv", index=False
    )
    return tmp_path


def test_files_and_folders_give_priors_their_names(place):
    folder = place / "Specific" / "cell" / "TFs+500"
    dataset = open_dataset(
        place / "matrix.csv", net=place / "net.csv", priors=[place / "chip.csv", folder]
    )
    assert [prior.name for prior in dataset.priors] == ["chip", "Specific/cell/TFs+500"]
    assert len(open_dataset(place / "matrix.csv", net=place / "net.csv").priors) == 0


def test_a_species_before_the_place_is_the_datas(place):
    orthologs = place / "orthologs.csv"
    rows = [(f"H{gene}", gene) for gene in GENES]
    pd.DataFrame(rows, columns=["human_symbol", "mouse_symbol"]).to_csv(orthologs, index=False)
    human = place / "human.csv"
    table((f"H{GENES[0]}", f"H{GENES[9]}")).to_csv(human, index=False)
    options = {"net": place / "net.csv", "orthologs": orthologs}
    dataset = open_dataset(
        f"mouse:{place / 'matrix.csv'}",
        priors=[f"human:{human}", f"mouse:{place / 'chip.csv'}"],
        **options,
    )
    assert dataset.species == "mouse"
    for prior in dataset.priors:
        assert prior.edges[["source", "target"]].to_numpy().tolist() == [[GENES[0], GENES[9]]]
    assert open_dataset("mouse:toy:seed=3").fingerprint == toy(seed=3).fingerprint


def test_of_networks_with_one_name_the_one_of_the_own_species_is_taken(place):
    orthologs = place / "orthologs.csv"
    rows = [(f"H{gene}", gene) for gene in GENES]
    pd.DataFrame(rows, columns=["human_symbol", "mouse_symbol"]).to_csv(orthologs, index=False)
    (place / "human").mkdir()
    table((f"H{GENES[1]}", f"H{GENES[2]}")).to_csv(place / "human" / "chip.csv", index=False)
    priors = [f"human:{place / 'human' / 'chip.csv'}", f"mouse:{place / 'chip.csv'}"]
    for species, expected in (("mouse", (GENES[0], GENES[9])), ("rat", None)):
        data = f"{species}:{place / 'matrix.csv'}"
        options = {"net": place / "net.csv", "orthologs": orthologs, "priors": priors}
        if expected is None:
            with pytest.raises(DataError, match="no column rat_symbol"):
                open_dataset(data, **options)
            continue
        (prior,) = open_dataset(data, **options).priors
        assert prior.edges[["source", "target"]].to_numpy().tolist() == [list(expected)]


@pytest.mark.parametrize(
    ("priors", "options", "message"),
    [
        (["chip.csv", "./chip.csv"], {}, r'two priors are called "chip": .*\. Give each once\.'),
        (["chip.csv", "no/chip.csv"], {}, r'two priors are called "chip": .*\. Rename one\.'),
        (["human:chip.csv"], {}, "the species of the data is not said. Write e.g. mouse:DATA"),
        (["human:chip.csv"], {"orthologs": "o.csv"}, "species of the data is not said. Write"),
        (["human:chip.csv"], {"species": "mouse"}, r"than the data \(mouse\).*--orthologs FILE"),
        (["no.csv"], {}, "no.csv: no such file"),
        ([""], {"net": "net.csv"}, "no edge list|neither|no expression"),
    ],
)
def test_priors_that_cannot_be_read_are_refused(place, monkeypatch, priors, options, message):
    monkeypatch.chdir(place)
    with pytest.raises(DataError, match=message):
        open_dataset("matrix.csv", priors=priors, **{"net": "net.csv", **options})
