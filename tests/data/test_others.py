"""Other sets are joined by name or ortholog, and a set never helps itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_inputs import another_set

from gpdht.data.dataset import Dataset
from gpdht.data.matrix_options import MatrixOptions
from gpdht.data.others import (
    OTHER_SETS,
    first_rows,
    own_genes,
    sets_of,
    shared_genes,
    with_others,
)
from gpdht.data.source import open_dataset
from gpdht.data.toy import toy
from gpdht.errors import DataError

HOME = toy(genes=30, tfs=4, cells=25)


def edges_of(table: pd.DataFrame) -> set[tuple[str, str]]:
    return set(table[["source", "target"]].itertuples(index=False, name=None))


def other_sets_prior(dataset: Dataset) -> dict[tuple[str, str], float]:
    (prior,) = [prior for prior in dataset.priors if prior.name == OTHER_SETS]
    return {(row.source, row.target): row.weight for row in prior.edges.itertuples()}


def test_the_prior_of_other_sets_counts_their_edges_and_never_the_sets_own():
    others = [another_set("a", seed=1), another_set("b", seed=2), another_set("c", seed=3)]
    joined = with_others(HOME, others)
    expected = Counter(edge for other in others for edge in edges_of(other.net))
    assert other_sets_prior(joined) == expected
    for other in joined.others:
        rest = Counter(e for one in others if one.name != other.name for e in edges_of(one.net))
        assert other_sets_prior(other) == rest


def test_a_planted_variant_is_left_out_whatever_it_is_called():
    variant = replace(another_set("v", seed=4), net=HOME.net, tfs=HOME.tfs)
    more = replace(HOME, name="more genes")
    rng = np.random.default_rng(0)
    shuffled = HOME.net.assign(target=rng.permutation(HOME.net["target"].to_numpy()))
    relabelled = replace(HOME, name="same cells", net=shuffled.drop_duplicates())
    joined = with_others(HOME, [variant, another_set("a", seed=1), more, relabelled])
    assert [other.name for other in joined.others] == ["a"]
    said = " ".join(problem.found for problem in joined.problems)
    assert "other set v: its labels are the set's own" in said
    assert "other set same cells: its cells are the set's own" in said
    assert not edges_of(HOME.net) - edges_of(joined.others[0].net) & set(other_sets_prior(joined))


def test_variants_among_the_others_do_not_help_each_other():
    a = another_set("a", seed=1)
    twin = replace(a, name="twin", cells=np.array([f"t{c}" for c in a.cells]))
    joined = with_others(HOME, [a, twin])
    assert [other.name for other in joined.others] == ["a", "twin"]
    assert all(other.priors == () for other in joined.others)


def test_what_is_the_sets_own_labels_is_no_prior_of_the_others_either():
    leak = {"leak": HOME.net[["source", "target"]]}
    home, other = HOME.with_priors(leak), another_set("a", seed=1).with_priors(leak)
    assert [prior.name for prior in other.priors] == ["leak"]
    joined = with_others(home, [other, another_set("b", seed=2)])
    assert [p.name for p in joined.others[0].priors] == [OTHER_SETS]


def test_genes_of_another_species_are_joined_by_orthologs_alone():
    a = replace(another_set("a", seed=1), species="human")
    genes = a.genes.tolist()
    table = {genes[0]: HOME.genes[5], genes[7]: HOME.genes[0]}
    joined = with_others(HOME, [a], orthologs={"a": table})
    (other,) = joined.others
    expected = [table.get(gene, f"human:{gene}") for gene in genes]
    assert other.genes.tolist() == expected
    assert edges_of(other.net) == {
        (table.get(t, f"human:{t}"), table.get(g, f"human:{g}")) for t, g in edges_of(a.net)
    }
    assert sorted(own_genes(joined)[30:][own_genes(joined)[30:] >= 0]) == [0, 5]


def test_a_set_that_shares_no_gene_is_warned_of_by_its_own_names():
    human = replace(another_set("a", seed=1), species="human")
    home = replace(HOME, species="mouse")
    (warning,) = with_others(home, [human], orthologs={"a": {"x": "y"}}).problems
    assert warning.severity == "warning"
    assert f'none of its 24 genes (e.g. "{human.genes[0]}") is a gene of' in warning.found
    assert "whether the table of orthologs names genes of human and mouse" in warning.remedy
    apart = replace(human, species=None, genes=np.char.add("x", human.genes))
    (warning,) = with_others(home, [apart]).problems
    assert warning.remedy == "Give both in the same kind of gene names, and the species."


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(14, 40), min_size=1, max_size=3))
def test_rows_are_the_genes_of_all_sets_one_after_another(sizes):
    others = [another_set(f"o{i}", seed=i + 1, genes=size) for i, size in enumerate(sizes)]
    joined = with_others(HOME, others)
    names = [gene for one in sets_of(joined) for gene in one.genes.tolist()]
    first, own, shared = first_rows(joined), own_genes(joined), shared_genes(joined)
    assert first[-1] == len(names) == len(own) == len(shared)
    for i, one in enumerate(sets_of(joined)):
        assert names[first[i] : first[i + 1]] == one.genes.tolist()
    for row, name in enumerate(names):
        assert own[row] == HOME.gene_index.get(name, -1)
        assert shared[row] == shared[names.index(name)]
    assert shared[: len(HOME.genes)].tolist() == list(range(len(HOME.genes)))


def test_other_sets_are_part_of_the_fingerprint_and_survive_plain_arrays():
    joined = with_others(HOME, [another_set("a", seed=1), another_set("b", seed=2)])
    assert joined.fingerprint != HOME.fingerprint
    assert joined.matrix_fingerprint == HOME.matrix_fingerprint
    plain = {k: v for k, v in joined.parts().items() if "fingerprint" not in k}
    again = Dataset.from_parts(plain)
    assert again.fingerprint == joined.fingerprint
    assert [other.name for other in again.others] == ["a", "b"]
    assert again.others[1].fingerprint == joined.others[1].fingerprint
    renamed = tuple(replace(other, name="x") for other in joined.others)
    assert replace(joined, others=renamed).fingerprint == joined.fingerprint


def test_sets_are_opened_with_the_priors_of_the_data(tmp_path):
    for name, data in (("home", HOME), ("a", another_set("a", seed=1))):
        folder = tmp_path / "Specific Dataset" / name / "TFs+500"
        folder.mkdir(parents=True)
        matrix = pd.DataFrame(data.expression.toarray().T, index=data.genes, columns=data.cells)
        matrix.to_csv(folder / "BL--ExpressionData.csv")
        net = data.net[["source", "target"]].set_axis(["Gene1", "Gene2"], axis=1)
        net.to_csv(folder / "BL--network.csv", index=False)
    chip = pd.DataFrame({"source": [HOME.genes[0]], "target": [HOME.genes[3]]})
    chip.to_csv(tmp_path / "chip.csv", index=False)
    home, a = (tmp_path / "Specific Dataset" / name / "TFs+500" for name in ("home", "a"))
    opened = open_dataset(home, priors=[tmp_path / "chip.csv"], others=[a, home])
    assert [other.name for other in opened.others] == ["Specific Dataset/a/TFs+500"]
    assert [prior.name for prior in opened.priors] == ["chip", OTHER_SETS]
    assert [prior.name for prior in opened.others[0].priors] == ["chip"]
    with pytest.raises(DataError, match=r"set human:.*: the species of the data is not said"):
        open_dataset(home, others=[f"human:{a}"])
    with pytest.raises(DataError, match="two other sets are called"):
        open_dataset(home, others=[a, a])


def test_every_set_takes_the_network_of_its_own_species(tmp_path):
    human = another_set("a", seed=1)
    human = replace(human, genes=np.array([f"H{gene}" for gene in human.genes]))
    human = replace(
        human,
        net=human.net.assign(**{end: "H" + human.net[end] for end in ("source", "target")}),
        tfs=np.array([f"H{tf}" for tf in human.tfs]),
    )
    places = {}
    for species, data in (("mouse", HOME), ("human", human)):
        folder = tmp_path / species / "TFs+500"
        folder.mkdir(parents=True)
        matrix = pd.DataFrame(data.expression.toarray().T, index=data.genes, columns=data.cells)
        matrix.to_csv(folder / "BL--ExpressionData.csv")
        net = data.net[["source", "target"]].set_axis(["Gene1", "Gene2"], axis=1)
        net.to_csv(folder / "BL--network.csv", index=False)
        places[species] = folder
    table = pd.DataFrame(
        {"human_symbol": [f"H{g}" for g in HOME.genes], "mouse_symbol": HOME.genes}
    )
    table.to_csv(tmp_path / "orthologs.csv", index=False)
    priors = []
    for species, target in (("human", f"H{HOME.genes[9]}"), ("mouse", HOME.genes[11])):
        source = f"H{HOME.genes[0]}" if species == "human" else HOME.genes[0]
        chip = pd.DataFrame({"source": [source], "target": [target]})
        chip.to_csv(tmp_path / species / "chip.csv", index=False)
        priors.append(f"{species}:{tmp_path / species / 'chip.csv'}")
    opened = open_dataset(
        f"mouse:{places['mouse']}",
        priors=priors,
        others=[f"human:{places['human']}"],
        orthologs=tmp_path / "orthologs.csv",
    )
    found = [[p for p in one.priors if p.name == "chip"] for one in sets_of(opened)]
    assert [[p.edges["target"].tolist() for p in of_set] for of_set in found] == [
        [[HOME.genes[11]]],
        [[HOME.genes[9]]],
    ]


def test_what_was_done_to_another_set_is_said(tmp_path):
    other = toy(genes=30, tfs=4, cells=25, seed=5)
    folder = tmp_path / "counts"
    folder.mkdir()
    counts = np.rint(100 * other.expression.toarray().T)
    pd.DataFrame(counts, other.genes, other.cells).to_csv(folder / "ExpressionData.csv")
    other.net.to_csv(folder / "refNetwork.csv", index=False)
    found = open_dataset("toy:genes=30,tfs=4,cells=25", others=[folder])
    assert any(
        "other set" in problem.found and "the values are counts" in problem.found
        for problem in found.problems
    )
    kept = MatrixOptions(normalize="none")
    found = open_dataset("toy:genes=30,tfs=4,cells=25", others=[folder], matrix_options=kept)
    assert np.array_equal(found.others[0].expression.toarray().T, counts)
