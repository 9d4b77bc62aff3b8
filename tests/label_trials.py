"""Trials without a model, whose scores are the labels in noise."""

from __future__ import annotations


def label_trial(
    *,
    signal: float = 0.5,
    cumulative: float | None = None,
    sleep_s: float = 0.0,
    fail_seed: int | None = None,
    log=None,
):
    """A trial that scores pairs by `signal` × label + noise, a constant as its baseline's.

    Made inside a function, so that Ray's workers get it by value. With cumulative levels the
    signal is `cumulative`, if given. Every call adds a line to the file `log`; seed `fail_seed`
    fails.
    """

    def trial(config, dataset, *, report=None, cache_dir=None):
        import time
        from pathlib import Path

        import numpy
        import pandas

        from gpdht.training.cross_validation import draw_folds
        from gpdht.trial import TrialResult

        time.sleep(sleep_s)
        if log is not None:
            with Path(log).open("a") as file:
                file.write(f"{dataset.fingerprint[:8]} {config.cv.split} {config.cv.seed}\n")
        if config.cv.seed == fail_seed:
            return TrialResult("failed", error="RuntimeError: this <seed> [0] is bad", seconds=0.1)
        pairs, folds = draw_folds(config, dataset)
        at = numpy.concatenate([fold.test for fold in folds])
        noise = numpy.random.default_rng(config.cv.seed).normal(size=len(at))
        other = cumulative is not None and config.graph.encoding == "cumulative"
        scores = pandas.DataFrame(
            {
                "source": dataset.genes[pairs.tf_P[at]].astype(object),
                "target": dataset.genes[pairs.target_P[at]].astype(object),
                "label": pairs.label_P[at],
                "fold": numpy.repeat(numpy.arange(len(folds)), [len(f.test) for f in folds]),
                "score": (cumulative if other else signal) * pairs.label_P[at] + noise,
                "baseline": numpy.zeros(len(at)),
            }
        )
        return TrialResult(
            "complete",
            {"test/auprc": 0.5, "gain/auprc": 0.1},
            epochs=3,
            best_epoch=2,
            seconds=0.1,
            scores=scores,
            universe=pairs.universe,
        )

    return trial
