"""TF activities by decoupler, held against its definition and a TF that is made active."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gpdht.data.dataset import Dataset
from gpdht.errors import DataError, GpdhtError
from gpdht.network.activity import estimate_activities, read_network
from gpdht.network.formats import write_network

pytest.importorskip("decoupler")

GENES = [f"g{i:02}" for i in range(40)]


@pytest.fixture(scope="module")
def net():
    """T activates g00 … g05 and represses g06 … g11; S activates g20 … g27."""
    rows = [("T", f"g{i:02}", 0.9 if i < 6 else -0.8) for i in range(12)]
    rows += [("S", f"g{i:02}", 0.5 + i / 100) for i in range(20, 28)]
    rows += [("R", "g30", 0.9), ("T", "elsewhere", 0.7)]
    return pd.DataFrame(rows, columns=["source", "target", "weight"])


@pytest.fixture(scope="module")
def dataset():
    """Of ten cells, T is active in the first five: its targets are high, those it represses low."""
    matrix = np.random.default_rng(0).random((10, 40)) + 1
    matrix[:5, :6] += 3
    matrix[:5, 6:12] = 0.1
    cells = pd.DataFrame(matrix, columns=GENES, index=[f"c{i}" for i in range(10)])
    known = pd.DataFrame({"source": ["g39"], "target": ["g00"]})
    return Dataset.from_frame(cells, known, orientation="cells", name="made")


def test_a_tf_is_active_where_its_targets_are_high_and_what_it_represses_low(dataset, net):
    scores = estimate_activities(dataset, net).obsm["score_ulm"]
    assert scores.shape == (10, 2)
    assert set(scores) == {"S", "T"}  # R has one target only
    assert (scores["T"][:5] > 5).all()
    assert (scores["T"][5:].abs() < 3).all()


def test_ulm_is_the_t_value_of_a_straight_line_through_all_genes(dataset, net):
    from scipy import stats

    found = estimate_activities(dataset, net)
    values = dataset.adata.to_df()
    weights = net[net["source"] == "T"].set_index("target")["weight"]
    x = weights.reindex(values.columns).fillna(0).to_numpy()
    for cell in values.index:
        line = stats.linregress(x, values.loc[cell].to_numpy(float))
        assert found.obsm["score_ulm"].loc[cell, "T"] == pytest.approx(line.slope / line.stderr)
    assert found.obsm["padj_ulm"].shape == (10, 2)


def test_without_signs_repressed_targets_count_as_activated(dataset, net):
    unsigned = net.assign(weight=net["weight"].abs())
    signed = estimate_activities(dataset, net).obsm["score_ulm"]["T"][:5]
    blurred = estimate_activities(dataset, unsigned).obsm["score_ulm"]["T"][:5]
    assert (blurred < signed).all()


@pytest.mark.parametrize("method", ["zscore", "viper"])
def test_other_methods_of_decoupler_find_it_too(dataset, net, method):
    scores = estimate_activities(dataset, net, method=method).obsm[f"score_{method}"]
    assert scores["T"][:5].min() > scores["T"][5:].max()


def test_an_anndata_is_taken_too_and_left_as_it_is(dataset, net):
    adata = dataset.adata
    adata.obs["batch"] = "one"
    found = estimate_activities(adata, net)
    assert not adata.obsm
    assert (found.obs["batch"] == "one").all()
    expected = estimate_activities(dataset, net).obsm["score_ulm"]
    pd.testing.assert_frame_equal(found.obsm["score_ulm"], expected)


def test_a_cell_without_expression_has_no_activity(dataset, net):
    adata = dataset.adata
    dense = adata.X.toarray()
    dense[3] = 0
    adata.X = dense
    scores = estimate_activities(adata, net).obsm["score_ulm"]
    assert scores.index.tolist() == adata.obs_names.tolist()
    assert scores.isna().all(axis=1).tolist() == [i == 3 for i in range(10)]


@pytest.mark.parametrize("file", ["net.csv", "net.tsv.gz", "net.parquet"])
def test_ulm_runs_on_what_was_written_for_decoupler(dataset, net, tmp_path, file):
    import decoupler

    write_network(net, tmp_path / file, format="decoupler")
    read = pd.read_parquet if file.endswith("parquet") else pd.read_csv
    options = {"sep": "\t"} if ".tsv" in file else {}
    adata = dataset.adata
    decoupler.mt.ulm(adata, read(tmp_path / file, **options))
    expected = estimate_activities(dataset, net).obsm["score_ulm"]
    pd.testing.assert_frame_equal(adata.obsm["score_ulm"], expected)


def test_a_file_is_read_with_the_largest_weights_first(net, tmp_path):
    write_network(net, tmp_path / "net.tsv", format="decoupler")
    edges, problems = read_network(tmp_path / "net.tsv")
    assert problems == ()
    assert edges["weight"].abs().is_monotonic_decreasing
    assert len(edges) == len(net)
    (tmp_path / "known.csv").write_text("source,target\nT,g01\nT,g02\n")
    with pytest.raises(DataError, match="no column of weights"):
        read_network(tmp_path / "known.csv")


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        (lambda net: net.drop(columns="weight"), {}, "lacks weight"),
        (lambda net: pd.concat([net, net]), {}, "names a pair twice"),
        (lambda net: net.assign(weight=np.nan), {}, "no finite numbers"),
        (lambda net: net.assign(target="G" + net["target"]), {}, r"0 of 3 TFs .*--symbols"),
        (lambda net: net, {"min_targets": 13}, "13 targets among the 40 genes .*most is 12"),
        (lambda net: net, {"method": "magic"}, '"magic" is unknown; use one of ulm'),
    ],
)
def test_what_decoupler_would_stumble_over_is_one_error(dataset, net, change, options, words):
    with pytest.raises(DataError, match=words):
        estimate_activities(dataset, change(net), **options)


def test_without_decoupler_the_error_says_how_to_install_it(dataset, net, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "decoupler", None)
    with pytest.raises(GpdhtError, match=r"pip install 'gpdht\[activity\]'"):
        estimate_activities(dataset, net)
