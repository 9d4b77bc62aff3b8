"""Counts by TF, target and known edge, against loops; rank correlations against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import permutation_test, spearmanr
from species_makers import two_networks, write

import gpdht as gp
from gpdht.network.conservation_hubs import conserved_targets, conserved_tfs, known_in


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    tables = two_networks(tfs=5, genes=120, shared=0.9)
    human, mouse, orthologs = write(tmp_path_factory.mktemp("nets"), *tables)
    return gp.conserved(human, mouse, orthologs=orthologs, fdr=0.3)


def test_every_pair_is_counted_once_at_its_tf_and_its_target(found):
    assert found.counts()["conserved"] > 10
    for end, hubs in (("tf_1", conserved_tfs(found)), ("target_1", conserved_targets(found))):
        assert hubs["conserved"].is_monotonic_decreasing
        assert sorted(hubs[end]) == sorted(set(found.pairs[end]))
        for row in hubs.to_dict("records"):
            own = found.pairs[found.pairs[end] == row[end]]
            assert row["compared"] == len(own)
            for name in found.classes:
                assert row[name] == (own["class"] == name).sum()


def test_known_edges_are_counted_by_species(found):
    rows = known_in(found).set_index("class")
    one, other = found.pairs["known_1"], found.pairs["known_2"]
    for name in found.classes:
        own = found.pairs["class"] == name
        assert rows.loc[name].tolist() == [
            (own & one & other).sum(),
            (own & one & ~other).sum(),
            (own & ~one & other).sum(),
            (own & ~one & ~other).sum(),
        ]


def test_how_alike_rankings_are_is_spearmans_rho_with_the_p_of_permutations(tmp_path):
    human, mouse, orthologs = write(tmp_path, *two_networks(tfs=3, genes=80, shared=0.2, seed=2))
    found = gp.conserved(human, mouse, orthologs=orthologs)
    rng = np.random.default_rng(0)
    for row in conserved_tfs(found).itertuples():
        own = found.pairs[found.pairs["tf_1"] == row.tf_1]
        one, other = own["weight_1"].to_numpy(), own["weight_2"].to_numpy()
        assert row.rho == pytest.approx(spearmanr(one, other).statistic)
        drawn = permutation_test(
            (one,),
            lambda first, second=other: spearmanr(first, second).statistic,
            permutation_type="pairings",
            n_resamples=2000,
            rng=rng,
        )
        assert row.p == pytest.approx(drawn.pvalue, abs=0.04)


def test_a_tf_with_equal_weights_has_no_correlation(tmp_path):
    one, other, table = two_networks()
    one.loc[one["source"] == "H0", "weight"] = 0.5
    human, mouse, orthologs = write(tmp_path, one, other, table)
    row = conserved_tfs(gp.conserved(human, mouse, orthologs=orthologs)).set_index("tf_1").loc["H0"]
    assert np.isnan(row["rho"])
    assert (row["p"], row["q"]) == (1, 1)
