"""The baselines on the public benchmark reach what was measured for them."""

from __future__ import annotations

import numpy as np
import pytest

from gpdht.config import Config
from gpdht.data.source import open_dataset
from gpdht.metrics.scores import ScoredPairs
from gpdht.training.baselines import baseline_scores
from gpdht.training.cross_validation import draw_folds

CLOSE = {"auroc": 0.005, "auprc": 0.01}

# Pooled AUROC and AP over 3 random-edge folds, measured once with other code.
KNOWN = {
    "hESC": {
        "tf_rate": (0.847, 0.491),
        "one_hot_logistic": (0.883, 0.617),
        "matrix_factorisation": (0.872, 0.581),
        "boosted_label_rows": (0.886, 0.618),
    },
    "hHEP": {
        "tf_rate": (0.814, 0.650),
        "one_hot_logistic": (0.902, 0.844),
        "matrix_factorisation": (0.892, 0.827),
        "boosted_label_rows": (0.905, 0.845),
    },
    "mDC": {
        "tf_rate": (0.786, 0.115),
        "one_hot_logistic": (0.818, 0.166),
        "matrix_factorisation": (0.820, 0.178),
        "boosted_label_rows": (0.791, 0.136),
    },
    "mESC": {
        "tf_rate": (0.865, 0.703),
        "one_hot_logistic": (0.924, 0.857),
        "matrix_factorisation": (0.938, 0.882),
        "boosted_label_rows": (0.934, 0.874),
    },
    "mHSC-L": {
        "tf_rate": (0.790, 0.755),
        "one_hot_logistic": (0.872, 0.875),
        "matrix_factorisation": (0.883, 0.884),
        "boosted_label_rows": (0.883, 0.882),
    },
}

# The factorisation whose penalty is chosen and the boosting are stronger here than known on these
# sets; their own figures hold them.
STRONGER = {
    ("hESC", "matrix_factorisation"): (0.887, 0.625),
    ("hESC", "boosted_label_rows"): (0.889, 0.629),
    ("hHEP", "matrix_factorisation"): (0.904, 0.850),
    ("mDC", "matrix_factorisation"): (0.825, 0.183),
    ("mDC", "boosted_label_rows"): (0.810, 0.169),
    ("mESC", "matrix_factorisation"): (0.943, 0.893),
}

# Target-disjoint folds: boosting on expression, known as above.
NEW_TARGETS = {
    "hESC": (0.861, 0.546),
    "hHEP": (0.832, 0.697),
    "mDC": (0.798, 0.149),
    "mESC": (0.906, 0.809),
    "mHSC-L": (0.826, 0.820),
}

DRAWS = {"mDC": 5}  # with 756 positives its AP moves by ± .009 with the draw of the folds


@pytest.fixture(scope="module", params=list(KNOWN))
def benchmark(request, real_data):
    folder = real_data / "beeline" / "Specific Dataset" / request.param / "TFs+500"
    return request.param, open_dataset(folder)


@pytest.mark.real
@pytest.mark.parametrize("name", list(KNOWN["hESC"]))
def test_label_only_baselines_reach_their_known_scores(benchmark, name):
    cells, dataset = benchmark
    auroc, auprc = STRONGER.get((cells, name), KNOWN[cells][name])
    got = mean_scores(cells, dataset, name, "edge")
    assert got["auroc"] == pytest.approx(auroc, abs=CLOSE["auroc"])
    assert got["auprc"] == pytest.approx(auprc, abs=CLOSE["auprc"])


def test_what_is_stronger_than_known_is_nowhere_weaker():
    for (cells, name), pair in STRONGER.items():
        assert pair > KNOWN[cells][name]
        assert pair[1] > KNOWN[cells][name][1]


@pytest.mark.real
def test_expression_ranks_new_targets_as_well_as_known(benchmark):
    cells, dataset = benchmark
    auroc, auprc = NEW_TARGETS[cells]
    got = mean_scores(cells, dataset, "boosted_expression", "target")
    assert got["auroc"] == pytest.approx(auroc, abs=0.01)
    assert got["auprc"] == pytest.approx(auprc, abs=0.02)
    labels = mean_scores(cells, dataset, "tf_rate", "target")
    assert got["auprc"] > labels["auprc"] + 0.01


@pytest.mark.real
def test_without_labels_expression_hardly_tells_an_edge(benchmark):
    cells, dataset = benchmark
    for name in ("correlation", "mutual_information"):
        got = mean_scores(cells, dataset, name, "edge", draws=1)
        assert 0.44 < got["auroc"] < 0.56


def mean_scores(
    cells: str, dataset, name: str, split: str, *, draws: int | None = None
) -> dict[str, float]:
    """Pooled scores, averaged over the draws of the folds."""
    found = []
    for seed in range(draws or DRAWS.get(cells, 1)):
        pairs, folds = draw_folds(Config.from_flat({"cv.seed": seed, "cv.split": split}), dataset)
        score = np.concatenate(baseline_scores(name, dataset, pairs, folds))
        label = np.concatenate([pairs.label_P[fold.test] for fold in folds])
        found.append(ScoredPairs(label, score, np.zeros(len(label))).scores())
    return {metric: float(np.mean([f[metric] for f in found])) for metric in CLOSE}
