"""Evaluation: label-only baselines and bootstrap intervals, against the plain ways to them.

1. The matrix factorisation's loss and gradient in one compiled pass, against numpy's arrays.
2. All scores on 500 draws of the targets in one compiled pass, against two of them by scikit-learn,
   draw after draw (twenty draws, times 25).
3. Seconds of the label-only baselines of all folds, test and validation part.

usage: python benchmarks/evaluation.py [DATA] [--split edge|target|tf]
"""

from __future__ import annotations

import argparse
import time
from itertools import islice

import numpy as np
from measuring import Row, seconds
from sklearn.metrics import average_precision_score, roc_auc_score
from threadpoolctl import threadpool_limits

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.data.source import open_dataset
from gpdht.kernels.logistic_factors import log_loss
from gpdht.metrics.bootstrap import draw_resamples
from gpdht.metrics.scores import ScoredPairs, resample_scores
from gpdht.models.catalogue import label_only
from gpdht.pairs.candidates import Pairs
from gpdht.pairs.splits import Folds
from gpdht.training.baselines import baseline_scores
from gpdht.training.cross_validation import draw_folds

RANK = 8
PLAIN_DRAWS = 20


def rows(dataset: Dataset, *, split: str = "edge") -> list[Row]:
    pairs, folds = draw_folds(Config.from_flat({"cv.split": split}), dataset)
    return [_loss(pairs), _draws(pairs, folds)]


def _loss(pairs: Pairs) -> Row:
    """On a table of all TFs × targets of the pairs, on one thread."""
    rng = np.random.default_rng(0)
    (tfs, row_P), (targets, column_P) = (
        (len(np.unique(gene_P)), np.unique(gene_P, return_inverse=True)[1])
        for gene_P in (pairs.tf_P, pairs.target_P)
    )
    pairs_TG, positives_TG = np.zeros((2, tfs, targets))
    pairs_TG[row_P, column_P], positives_TG[row_P, column_P] = 1, pairs.label_P
    b_T, c_G = rng.normal(size=tfs), rng.normal(size=targets)
    u_TR, v_GR = rng.normal(size=(tfs, RANK)), rng.normal(size=(targets, RANK))

    def plain() -> tuple[float, ...]:
        logit_TG = u_TR @ v_GR.T + b_T[:, None] + c_G
        tail_TG = np.exp(-np.abs(logit_TG))
        slope_TG = pairs_TG * np.where(logit_TG > 0, 1, tail_TG) / (1 + tail_TG) - positives_TG
        softplus_TG = np.maximum(logit_TG, 0) + np.log1p(tail_TG)
        loss = np.vdot(pairs_TG, softplus_TG) - np.vdot(positives_TG, logit_TG)
        return loss, slope_TG.sum(1), slope_TG.sum(0), slope_TG @ v_GR, slope_TG.T @ u_TR

    gradient = [np.empty(shape) for shape in (tfs, targets, (tfs, RANK), (RANK, targets))]

    def ours() -> float:
        v_RG = np.ascontiguousarray(v_GR.T)
        return log_loss(positives_TG, pairs_TG, b_T, c_G, u_TR, v_RG, *gradient)

    with threadpool_limits(1):
        assert np.isclose(ours(), plain()[0])
        mine, numpys = seconds(ours, 50), seconds(plain, 50)
    what = f"factorisation's loss and gradient, {tfs} × {targets}"
    return what, f"{1000 * mine:.2f} ms", f"numpy {1000 * numpys:.2f} ms", numpys / mine


def _draws(pairs: Pairs, folds: Folds) -> Row:
    at = np.concatenate([fold.test for fold in folds])
    label_P = pairs.label_P[at]
    score_P = np.random.default_rng(0).normal(size=len(at)) + label_P
    scored = ScoredPairs(label_P, score_P, pairs.tf_P[at])
    drawn = draw_resamples(pairs.target_P[at])
    mine = seconds(lambda: resample_scores({"model": scored}, drawn), 3)
    weights = list(islice(drawn.weights(), PLAIN_DRAWS))

    def plain() -> None:
        for weight_P in weights:
            roc_auc_score(label_P, score_P, sample_weight=weight_P)
            average_precision_score(label_P, score_P, sample_weight=weight_P)

    theirs = seconds(plain, 1) * len(drawn) / PLAIN_DRAWS
    what = f"all scores on {len(drawn)} draws of {len(at):,} pairs"
    against = f"scikit-learn, pooled AUROC and AP alone, {theirs:.2f} s"
    return what, f"{mine:.2f} s", against, theirs / mine


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", default="toy:genes=800,tfs=20,cells=400")
    parser.add_argument("--split", default="edge")
    options = parser.parse_args()
    dataset = open_dataset(options.data)
    for what, ours, against, ratio in rows(dataset, split=options.split):
        print(f"{what}: {ours}, {against}, {ratio:.1f} ×")
    pairs, folds = draw_folds(Config.from_flat({"cv.split": options.split}), dataset)
    for name in label_only(dataset):
        began = time.perf_counter()
        for part in ("test", "validation"):
            baseline_scores(name, dataset, pairs, folds, part=part)
        print(f"{name}, {len(folds)} folds, both parts: {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    main()
