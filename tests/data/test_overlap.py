"""How much of the labels stands in a prior, by hand and by a double loop."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpdht.data.overlap import overlap_by_prior, overlap_by_tf, overlapping_tfs
from gpdht.data.toy import toy

TOY = toy(genes=30, tfs=4, cells=25)
GENES = TOY.genes.tolist()


def net(edges) -> pd.DataFrame:
    return pd.DataFrame(sorted(edges), columns=["source", "target"])


def known_edges() -> set[tuple[str, str]]:
    return set(TOY.net[["source", "target"]].itertuples(index=False, name=None))


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([*TOY.known_tfs, "OUTSIDE"]), st.sampled_from(GENES)),
        min_size=1,
        unique=True,
    )
)
def test_shares_are_those_of_a_double_loop(edges):
    edges = {(t, g) for t, g in edges if t != g}
    if not edges:
        return
    dataset = TOY.with_priors({"p": net(edges)})
    if not dataset.priors:
        return
    found = overlap_by_tf(dataset).set_index("source")
    assert len(found) == len(TOY.known_tfs)
    for tf in TOY.known_tfs:
        known = [(t, g) for t, g in known_edges() if t == tf]
        common = sum(edge in edges for edge in known)
        chance = sum(t == tf for t, _ in edges) / (len(GENES) - 1)
        row = found.loc[tf]
        assert (row["known"], row["found"]) == (len(known), common)
        assert (row["share"], row["chance"]) == pytest.approx((common / len(known), chance))
    above = [tf for tf in TOY.known_tfs if found.loc[tf, "share"] > 0.5]
    assert overlapping_tfs(dataset).tolist() == sorted(above)
    (summed,) = overlap_by_prior(dataset).itertuples()
    assert summed.found == len(edges & known_edges())
    assert summed.share == pytest.approx(summed.found / len(known_edges()))
    assert summed.edges == sum(t in GENES for t, _ in edges)
    assert summed.tfs == len(above)


def test_a_tf_that_overlaps_in_any_prior_is_named_once():
    tf = TOY.known_tfs[0]
    of_tf = {edge for edge in known_edges() if edge[0] == tf}
    other = {(TOY.known_tfs[1], GENES[-1])}
    dataset = TOY.with_priors({"one": net(of_tf), "two": net(of_tf | other)})
    if len(dataset.priors) < 2:
        pytest.fail("a single TF's edges are not the set's own labels")
    assert overlapping_tfs(dataset).tolist() == [tf]


def test_without_priors_nothing_overlaps():
    assert overlap_by_tf(TOY).empty
    assert overlapping_tfs(TOY).size == 0
