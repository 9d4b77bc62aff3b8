"""A small set, and a trial whose scores are noisier for cumulative levels."""

from __future__ import annotations

from gpdht.data.dataset import Dataset
from gpdht.data.toy import toy


def small_set(genes: int = 40) -> Dataset:
    """Five TFs, forty cells."""
    return toy(genes=genes, tfs=5, cells=40)


def noisy_trial():
    """A trial without a model; made inside a function so that Ray's workers get it by value."""

    def trial(config, dataset, *, report=None, cache_dir=None):
        import numpy
        import pandas

        from gpdht.training.cross_validation import draw_folds
        from gpdht.trial import TrialResult

        pairs, folds = draw_folds(config, dataset)
        at = numpy.concatenate([fold.test for fold in folds])
        noise = numpy.random.default_rng(len(config.model.name)).normal(size=len(at))
        scale = 3.0 if config.graph.encoding == "cumulative" else 0.5
        scores = pandas.DataFrame(
            {
                "source": dataset.genes[pairs.tf_P[at]].astype(object),
                "target": dataset.genes[pairs.target_P[at]].astype(object),
                "label": pairs.label_P[at],
                "fold": numpy.repeat(range(len(folds)), [len(fold.test) for fold in folds]),
                "score": pairs.label_P[at] + scale * noise,
            }
        )
        return TrialResult("complete", scores=scores, seconds=0.1, universe=pairs.universe)

    return trial
