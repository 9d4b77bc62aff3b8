"""One configuration, cross-validated and then trained on all pairs: a model without a search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.data.together import each_alone, joint_name, together
from gpdht.errors import ConfigError, GpdhtError
from gpdht.metrics.calibration import fit_platt
from gpdht.models.catalogue import check_can_be_kept
from gpdht.registry.model import Model
from gpdht.training.loop import EpochReport
from gpdht.training.refit import refit
from gpdht.trial import Report, TrialResult, run_trial


def fit(
    dataset: Dataset | Sequence[Dataset],
    config: Config | None = None,
    *,
    report: Report | None = None,
) -> Model:
    """The model of one configuration; its `card` has the scores, each beside the label-only ones.

    The configuration is cross-validated, which gives the scores and the number of epochs, and then
    trained on all candidate pairs.

    Parameters
    ----------
    dataset : one set; a model is of one.
    config : None for the defaults.
    report : see `run_trial`.

    Raises
    ------
    ConfigError
        If the config's model is not GP-DHT, or there are several sets.
    GpdhtError
        If cross-validation fails, with the reason.

    Examples
    --------
    >>> import gpdht as gp
    >>> dataset = gp.toy(genes=40, tfs=5, cells=30)
    >>> model = gp.fit(dataset, gp.Config.from_flat({"encoder.dim": 8, "train.epochs": 2}))
    >>> sorted(set(model.card["metrics"]) & {"test/auprc", "baseline/auprc", "gain/auprc"})
    ['baseline/auprc', 'gain/auprc', 'test/auprc']
    >>> gp.predict(model, dataset).columns.tolist()
    ['source', 'target', 'weight', 'rank', 'known']
    """
    config = config or Config()
    check_can_be_kept(config)
    dataset = together(dataset)
    check_one_set(each_alone(dataset))
    result = run_trial(config, dataset, report=report)
    check_complete(result)
    return train_on_all(config, dataset, result)


def check_one_set(sets: Sequence[Any]) -> None:
    """Raise `ConfigError` if there are several sets, of which a model cannot be."""
    if len(sets) > 1:
        raise ConfigError(
            f"{len(sets)} sets were given, and a model is of one; give that one, and sets that it "
            "shall learn from too by --with (others=… in Python)."
        )


def check_complete(result: TrialResult) -> None:
    """Raise `GpdhtError` if a trial did not come to its end."""
    if result.state != "complete":
        raise GpdhtError(f"the trial ended as {result.state}: {result.error}")


def train_on_all(
    config: Config, dataset: Dataset, result: TrialResult, *, report: EpochReport | None = None
) -> Model:
    """The model of a configuration whose cross-validation ended as `result` says."""
    assert result.scores is not None
    epochs = result.best_epoch or 1
    fitted = refit(config, dataset, epochs=epochs, seed=config.train.seed, report=report)
    calibration = fit_platt(result.scores["label"], result.scores["score"])
    card = account_of(config, dataset, result) | {"calibration": calibration and vars(calibration)}
    return Model.of([fitted], dataset, epochs=epochs, card=card)


def account_of(config: Config, dataset: Dataset, result: TrialResult) -> dict[str, Any]:
    """What a cross-validation found, and of what, as plain data; of several sets also of each."""
    sets = {one.name: (one, result.of_set(one.name)) for one in each_alone(dataset)}
    return {
        "model": config.model.name,
        "dataset": joint_name(dataset),
        "fingerprint": dataset.fingerprint,
        "split": config.cv.split,
        "folds": config.applied().get("cv.folds", 1),
        "negatives": config.pairs.negatives,
        "seed": config.cv.seed,
        "best_epoch": result.best_epoch,
        "seconds": round(result.seconds, 2),
        "peak_memory_mb": round(result.peak_memory_mb),
        "universe": result.universe,
        "baseline_models": result.baseline_models,
        "metrics": result.metrics,
    } | ({"sets": {name: _of_set(*one) for name, one in sets.items()}} if result.sets else {})


def _of_set(dataset: Dataset, result: TrialResult) -> dict[str, Any]:
    names = ("best_epoch", "universe", "baseline_models", "metrics")
    return {"fingerprint": dataset.fingerprint, **{name: getattr(result, name) for name in names}}
