"""Quick trials in place of the real one; made in functions, so that workers get them by value."""

from __future__ import annotations


def fake_trial(
    *, epochs: int = 4, sleep_s: float = 0.0, fail_above: float = 99.0, wait_for: str | None = None
):
    """A trial whose score rises with τ and with the epochs; above `fail_above` levels it raises.

    After its third epoch it waits until there is a file `wait_for`, for two minutes at most.
    """

    def trial(config, dataset, *, report=None, cache_dir=None, staged=False):
        import time
        from pathlib import Path

        import pandas

        from gpdht.trial import TrialResult

        if staged:
            report(0, {"val/auprc_fold0": config.encoder.tau + 0.01})
        if config.graph.levels > fail_above:
            raise RuntimeError("levels beyond what this fake can bear")
        value = 0.0
        for epoch in range(1, epochs + 1):
            time.sleep(sleep_s)
            value = config.encoder.tau + epoch / 1000
            report(epoch, {"val/auprc": value, "val/auroc": value / 2, "train/loss": 1 / epoch})
            until = time.monotonic() + 300
            while epoch == 3 and wait_for and time.monotonic() < until:
                time.sleep(0.05)
                if Path(wait_for).exists():
                    break
        scores = pandas.DataFrame(
            {"source": ["G0"], "target": ["G1"], "label": [1], "fold": [0], "score": [value]}
        )
        metrics = {"val/auprc": value, "test/auprc": value - 0.1, "baseline/auprc": 0.1}
        return TrialResult(
            "complete", metrics, epochs=epochs, best_epoch=epochs, seconds=0.1, scores=scores
        )

    return trial


def dying_trial(marker, *, always: bool = False):
    """A trial whose process dies after its second epoch: the first time, or every time."""

    def trial(config, dataset, *, report=None, cache_dir=None, staged=False):
        import os
        from pathlib import Path

        from gpdht.trial import TrialResult

        for epoch in range(1, 5):
            report(epoch, {"val/auprc": config.encoder.tau + epoch / 1000})
            mark = Path(marker) / f"{config.encoder.tau:.6f}"
            if epoch == 2 and (always or not mark.exists()):
                mark.touch()
                os._exit(1)
        return TrialResult("complete", {"val/auprc": config.encoder.tau}, epochs=4, best_epoch=4)

    return trial


def writing_trial():
    """A trial that tries to change the data it was given; how that ends is its error."""

    def trial(config, dataset, *, report=None, cache_dir=None, staged=False):
        assert not dataset.expression.data.flags.writeable
        assert not dataset.expression.data.flags.owndata
        dataset.expression.data[0] += 1

    return trial


def watched_trial():
    """The real trial; it fails if the shared arrays are not what they were before it."""

    def trial(config, dataset, *, report=None, cache_dir=None, staged=False):
        from gpdht.data.dataset import Dataset
        from gpdht.trial import run_trial

        def fingerprint():
            return Dataset.from_parts(dataset.parts()).fingerprint

        before = fingerprint()
        result = run_trial(config, dataset, report=report, cache_dir=cache_dir)
        if fingerprint() != before:
            raise RuntimeError("the trial wrote into the shared dataset")
        return result

    return trial


def label_trial(
    *,
    signal: float = 0.5,
    cumulative: float | None = None,
    sleep_s: float = 0.0,
    fail_seed: int | None = None,
    log=None,
):
    """A trial that scores pairs by `signal` × label + noise, a constant as its baseline's.

    With cumulative levels the signal is `cumulative`, if given. Every call adds a line to the file
    `log`; seed `fail_seed` fails.
    """

    def trial(config, dataset, *, report=None, cache_dir=None, staged=False):
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


def warning_trial():
    """A trial that warns as gpdht's own code does, before and after its epoch."""

    def trial(config, dataset, *, report=None, cache_dir=None, staged=False):
        import logging

        from gpdht.trial import TrialResult

        logger = logging.getLogger("gpdht.models.fake")
        logger.warning("odd levels: %d", config.graph.levels)
        report(1, {"val/auprc": 0.5})
        logger.warning("the cache at http://u:hunter2@host is unreadable")
        return TrialResult("complete", {"val/auprc": 0.5}, epochs=1, best_epoch=1, seconds=0.1)

    return trial


def hanging_trial(log, *, above: float = 1.0):
    """The quick trial, but one whose τ is above `above` hangs in its third epoch.

    Every start adds a line to the file `log`.
    """

    def trial(config, dataset, *, report=None, cache_dir=None, staged=False):
        import time
        from pathlib import Path

        from gpdht.trial import TrialResult

        with Path(log).open("a") as file:
            file.write(f"{config.encoder.tau:.6f}\n")
        value = config.encoder.tau
        for epoch in range(1, 5):
            report(epoch, {"val/auprc": value})
            while epoch == 2 and value > above:
                time.sleep(0.1)
        return TrialResult("complete", {"val/auprc": value}, epochs=4, best_epoch=4)

    return trial


def failing_trial(variable: str, password: str):
    """A trial whose error repeats a variable of the environment and a URL with a password."""

    def trial(config, dataset, *, report=None, cache_dir=None, staged=False):
        import os

        value = os.environ[variable]
        raise ConnectionError(f"cannot reach http://me:{password}@server with {value}")

    return trial


def faulty_trial():
    """A trial that scores NaN for τ below 0.4, and takes more memory than there is up to 0.6."""

    def trial(config, dataset, *, report=None, cache_dir=None, staged=False):
        import resource

        import numpy
        import psutil

        from gpdht.trial import TrialResult

        tau = config.encoder.tau
        report(1, {"val/auprc": float("nan") if tau < 0.4 else tau})
        if tau < 0.6:
            soft, hard = resource.getrlimit(resource.RLIMIT_AS)
            room = psutil.Process().memory_info().vms + 2**28
            resource.setrlimit(resource.RLIMIT_AS, (room, hard))
            try:
                numpy.ones(2**32)
            finally:
                resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        return TrialResult("complete", {"val/auprc": tau}, epochs=1, best_epoch=1)

    return trial
