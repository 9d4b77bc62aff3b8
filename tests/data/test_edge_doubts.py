"""A network whose shape belies how its list was read is refused, or said."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from gpdht.data.dataset import Dataset
from gpdht.data.net_options import NetOptions
from gpdht.errors import DataError

TFS = ["T1", "T2", "T3", "T4"]
GENES = [*TFS, *(f"G{i:02d}" for i in range(20))]
ENDS = ["source", "target"]


def some_edges(share: float = 0.3, *, seed: int = 0) -> pd.DataFrame:
    """That share of all pairs of the TFs and the genes."""
    pairs = [(tf, gene) for tf in TFS for gene in GENES if tf != gene]
    order = np.random.default_rng(seed).permutation(len(pairs))
    return pd.DataFrame([pairs[i] for i in order[: round(share * len(pairs))]], columns=ENDS)


def opened(net: pd.DataFrame, tfs=None, **options) -> Dataset:
    values = np.random.default_rng(1).random((5, len(GENES)))
    matrix = pd.DataFrame(values, index=[f"c{i}" for i in range(5)], columns=GENES)
    return Dataset.from_frame(matrix, net, tfs=tfs, net_options=NetOptions(**options))


def as_set(net: pd.DataFrame) -> set[tuple[str, str]]:
    return set(zip(net["source"], net["target"], strict=True))


EDGES = some_edges()
TURNED = EDGES[["target", "source"]]
EVEN = pd.DataFrame(list(itertools.pairwise(GENES)), columns=ENDS)
"""A chain: as many TFs as targets."""


def unnamed(net: pd.DataFrame) -> pd.DataFrame:
    return net.set_axis(range(net.shape[1]), axis=1)


def test_a_list_without_header_is_read_as_it_stands_if_its_tfs_are_far_fewer():
    found = opened(unnamed(EDGES))
    assert as_set(found.net) == as_set(EDGES)
    assert found.problems == ()


def test_a_list_without_header_that_has_the_target_first_is_refused_with_both_remedies():
    net = TURNED[TURNED["target"].isin(GENES[4:])]
    message = (
        f'{net["target"].nunique()} genes of column "1" regulate 4 of column "2".*'
        'tf=2,target=1 if column "2" has the TFs, --columns tf=1,target=2 if "1" has'
    )
    with pytest.raises(DataError, match=message):
        opened(unnamed(net))


@pytest.mark.parametrize("net", [TURNED, EVEN])
def test_columns_decide_what_the_shape_leaves_open(net):
    with pytest.raises(DataError, match="which of them are TFs"):
        opened(unnamed(net))
    first, second = map(set, (net.iloc[:, 0], net.iloc[:, 1]))
    found = opened(unnamed(net), columns="tf=2,target=1")
    assert (set(found.net["source"]), set(found.net["target"])) == (second, first)
    found = opened(unnamed(net), columns="tf=1,target=2")
    assert (set(found.net["source"]), set(found.net["target"])) == (first, second)
    assert found.problems == ()


def test_a_tf_list_tells_what_the_shape_leaves_open():
    chain = EVEN.iloc[::2]
    tfs = chain["source"].tolist()
    assert as_set(opened(unnamed(chain), tfs).net) == as_set(chain)
    turned = unnamed(chain[["target", "source"]])
    message = r"on the TF list: 0% and 100% of the edges.*tf=2,target=1"
    with pytest.raises(DataError, match=message):
        opened(turned, tfs)


def test_tfs_that_are_only_added_say_nothing_of_the_direction():
    found = opened(unnamed(EDGES), ["G01", "G02", "G03"])
    assert as_set(found.net) == as_set(EDGES)


def test_names_of_the_ends_are_believed_with_a_warning():
    names = {"source": "TF", "target": "Target"}
    exchanged = TURNED.set_axis(["TF", "Target"], axis=1)
    assert opened(EDGES.rename(columns=names)).problems == ()
    assert opened(EVEN.rename(columns=names)).problems == ()
    (problem,) = opened(exchanged).problems
    assert problem.severity == "warning"
    assert "TFs and targets may be exchanged" in problem.found
    assert "--columns tf=Target,target=TF" in problem.remedy
    assert opened(exchanged, columns="tf=TF,target=Target").problems == ()


def test_beelines_names_hold_unless_the_network_shows_the_contrary():
    names = ["Gene1", "Gene2"]
    assert opened(EVEN.set_axis(names, axis=1)).problems == ()
    with pytest.raises(DataError, match="tf=Gene2,target=Gene1 if column"):
        opened(TURNED.set_axis(names, axis=1))


def scored(net: pd.DataFrame, name: str = "weight") -> pd.DataFrame:
    return net.assign(**{name: np.random.default_rng(2).random(len(net)) + 0.01})


def test_ranked_predictions_are_refused_unless_a_weight_decides():
    ranking = scored(some_edges(0.95))
    message = (
        r"its 87 edges \(87 different weights\) are 95% of the pairs of its 4 TFs and 24 targets"
    )
    with pytest.raises(DataError, match=message):
        opened(ranking)
    best = ranking[ranking["weight"] >= 0.7]
    found = opened(ranking, min_weight=0.7)
    assert as_set(found.net) == as_set(best)
    assert all("ranked" not in problem.found for problem in found.problems)
    kept = opened(ranking, min_weight=0)
    assert len(kept.net) == 87
    assert "look like ranked predictions" in kept.problems[0].found


@pytest.mark.parametrize("score", [None, "probability"])
def test_a_nearly_complete_list_is_a_ranking_whatever_its_scores_are_called(score):
    net = some_edges(0.97) if score is None else scored(some_edges(0.97), score)
    with pytest.raises(DataError, match="look like ranked predictions"):
        opened(net)


@pytest.mark.parametrize(("share", "with_scores"), [(0.7, True), (0.85, False)])
def test_dense_true_networks_are_no_rankings(share, with_scores):
    net = some_edges(share)
    assert opened(scored(net) if with_scores else net).problems == ()


def test_few_tfs_that_share_their_targets_are_no_ranking():
    two = scored(pd.DataFrame(itertools.product(TFS[:2], GENES[4:]), columns=ENDS))
    assert opened(two).problems == ()


def test_known_edges_in_the_columns_of_predictions_are_warned_of():
    (problem,) = opened(scored(EDGES, "importance")).problems
    assert '"importance" is what arboreto calls the scores of predictions' in problem.found
    assert opened(scored(EDGES, "importance"), min_weight=0).problems == ()


def test_a_list_without_direction_is_warned_of():
    both = pd.concat([EVEN, EVEN[["target", "source"]].set_axis(ENDS, axis=1)])
    (problem,) = opened(both).problems
    assert "46 of 46 edges stand there in both directions, e.g. T1 → T2" in problem.found
    assert opened(both.iloc[:30]).problems == ()
