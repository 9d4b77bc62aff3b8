"""Networks of cells that a model was not trained on: half of the cells, and another set.

Halves: trained on one half of a set's cells, scored on held-out targets in that half and in the
other one. Sets: trained on all pairs of one set (for as many epochs as the first fold's validation
part asks for), scored on all pairs of another of the species, whose labels are only what is scored
against; its larger variant is new genes in the same cells. Beside both: what labels alone say under
the same names, and the configuration trained again on the new data (`gpdht predict --retrain`).

Results are kept one by one, and what is kept is not computed again.

usage: python benchmarks/inductive.py --data BEELINE -o results.json [--halves mHSC-L/500,…]
           [--sets mDC/500:mDC/1000,hESC/500:hHEP/500,…] [--folds 3] [--seeds 0] [--set PATH=VALUE]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score

import gpdht as gp
from gpdht.cli.settings import parse_settings
from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.files import write_whole
from gpdht.models.catalogue import MODELS, prepare_model
from gpdht.models.gpdht.fitted import FittedGPDHT
from gpdht.pairs.candidates import Pairs
from gpdht.pairs.splits import Folds
from gpdht.registry.model import Model
from gpdht.training.cross_validation import draw_folds, own_random_state
from gpdht.training.loop import train_folds, train_for
from gpdht.training.refit import refit

FEATURES = ("one-hot", "loadings", "statistics")
LABELS = ("tf_rate", "target_rate", "one_hot_logistic")
Scores = dict[str, float]
Opened = Callable[[], Dataset]


def open_set(beeline: Path, name: str) -> Dataset:
    """A set such as ``mDC/500`` with cell-type-specific labels."""
    cell, size = name.split("/")
    species = "human" if cell.startswith("h") else "mouse"
    place = beeline / "Specific Dataset" / cell / f"TFs+{size}"
    return gp.open_dataset(f"{species}:{place}", symbols="upper", name=f"{cell}{size}")


def measure(label_P: np.ndarray, score_P: np.ndarray, tf_P: np.ndarray) -> Scores:
    """Average precision and AUROC of all pairs, and the mean AUROC of the TFs that have one."""
    of_tf = [
        roc_auc_score(label_P[tf_P == tf], score_P[tf_P == tf])
        for tf in np.unique(tf_P)
        if len(np.unique(label_P[tf_P == tf])) == 2
    ]
    return {
        "ap": float(average_precision_score(label_P, score_P)),
        "auroc": float(roc_auc_score(label_P, score_P)),
        "per_tf": float(np.mean(of_tf)),
        "pairs": len(label_P),
        "positives": int(label_P.sum()),
        "tfs": len(of_tf),
    }


def fitted(
    config: Config, dataset: Dataset, pairs: Pairs, folds: Folds, epochs: int | None = None
) -> tuple[list[FittedGPDHT], int]:
    """A model of each fold's training and validation part, as cross-validation trains them.

    Parameters
    ----------
    epochs : None chooses them by the validation parts.
    """
    with own_random_state():
        prepared = prepare_model(config, dataset, folds=len(folds))
        if epochs is None:
            train, models = config.train, prepared.models(pairs, [fold.train for fold in folds])
            given = {"patience": train.patience, "monitor": train.monitor, "restore": False}
            found = train_folds(
                models, prepared.trainer, pairs, folds, epochs=train.epochs, **given
            )
            epochs = found.epoch
        models = prepared.models(pairs, [np.union1d(f.train, f.validation) for f in folds])
        train_for(epochs, prepared.trainer(models))
        return [FittedGPDHT.from_fold(model, dataset) for model in models], epochs


def halves(dataset: Dataset, seed: int) -> tuple[Dataset, Dataset]:
    """The set with either half of its cells, drawn at random; labels and genes are the same."""
    order = np.random.default_rng(seed).permutation(dataset.num_cells)
    middle = len(order) // 2
    return tuple(
        replace(
            dataset,
            expression=dataset.expression[np.sort(part)],
            cells=dataset.cells[np.sort(part)],
            name=f"{dataset.name} {name}",
        )
        for part, name in ((order[:middle], "first half"), (order[middle:], "second half"))
    )


def half_scores(config: Config, opened: Opened, seed: int) -> dict[str, Scores]:
    """What each way scores on held-out targets, by its name."""
    here, there = halves(opened(), seed)
    pairs, folds = draw_folds(config, here)
    at = np.concatenate([fold.test for fold in folds])

    def scored(score: Callable[[int], np.ndarray]) -> Scores:
        score_P = np.concatenate([score(i) for i in range(len(folds))])
        return measure(pairs.label_P[at], score_P, pairs.tf_P[at])

    def tested(models: list[FittedGPDHT]) -> Scores:
        ends = [(pairs.tf_P[f.test], pairs.target_P[f.test]) for f in folds]
        return scored(lambda i: models[i].score(*ends[i]))

    found = {}
    for features in FEATURES:
        given = config.replace({"encoder.features": features})
        models, epochs = fitted(given, here, pairs, folds)
        found[f"{features}: its own half"] = tested(models)
        if features != "one-hot":
            found[f"{features}: the other half"] = tested([one.on(there) for one in models])
        if features != "statistics":
            again, _ = fitted(given, there, pairs, folds, epochs)
            found[f"{features}: the other half, retrained"] = tested(again)

    def of_labels(i: int) -> np.ndarray:
        fold = folds.folds[i]
        train = np.union1d(fold.train, fold.validation)
        model = MODELS["tf_rate"].make(here, pairs, train, seed=config.train.seed)
        return model.learn_and_score(pairs.tf_P[fold.test], pairs.target_P[fold.test])

    found["labels: TF rate"] = scored(of_labels)  # a held-out target has no rate
    return found


def set_scores(config: Config, here: Opened, there: Opened) -> dict[str, dict[str, Scores]]:
    """What each way scores on another set's pairs, by its name and which pairs they are."""
    source, target = here(), there()
    tested, tested_folds = draw_folds(config, target)
    tf_P, target_P = target.genes[tested.tf_P], target.genes[tested.target_P]
    known_P, old_P = np.isin(tf_P, source.known_tfs), np.isin(target_P, source.genes)
    parts = {
        "all": np.ones(len(tested), bool),
        "known TFs, shared targets": known_P & old_P,
        "known TFs, new targets": known_P & ~old_P,
        "new TFs": ~known_P,
    }

    def scored(score_P: np.ndarray) -> dict[str, Scores]:
        return {
            name: measure(tested.label_P[part], score_P[part], tested.tf_P[part])
            for name, part in parts.items()
            if len(np.unique(tested.label_P[part])) == 2
        }

    found = {}
    pairs, folds = draw_folds(config, source)
    first = replace(folds, folds=folds.folds[:1])
    for features in FEATURES:
        given = config.replace({"encoder.features": features})
        _, epochs = fitted(given, source, pairs, first)
        one = refit(given, source, epochs=epochs, seed=given.train.seed)
        if features != "one-hot":
            found[f"{features}: carried over"] = scored(
                one.on(target).score(tested.tf_P, tested.target_P)
            )
        elif source.net[["source", "target"]].isin(set(target.genes)).all(axis=1).any():
            again = Model.of([one], source, epochs=epochs).retrained_on(target)
            found[f"{features}: retrained"] = scored(
                again.score_positions(tested.tf_P, tested.target_P)
            )
    names = pd.Index(source.genes).union(target.genes)
    tf, to = names.get_indexer(source.genes), names.get_indexer(target.genes)
    joined = replace(pairs, tf_P=tf[pairs.tf_P], target_P=tf[pairs.target_P])
    for name in LABELS:
        labels = MODELS[name].make(
            source, joined, np.arange(len(pairs)), seed=config.train.seed, num_genes=len(names)
        )
        found[f"labels: {MODELS[name].title}"] = scored(
            labels.learn_and_score(to[tested.tf_P], to[tested.target_P])
        )
    own, _ = fitted(config, target, tested, tested_folds)
    score_P = np.full(len(tested), np.nan, np.float32)
    for one, fold in zip(own, tested_folds, strict=True):
        score_P[fold.test] = one.score(tested.tf_P[fold.test], tested.target_P[fold.test])
    found["its own labels, new targets"] = scored(score_P)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--halves", default="")
    parser.add_argument("--sets", default="")
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--set", dest="settings", action="append", default=[])
    given = parser.parse_args()
    kept = json.loads(given.output.read_text()) if given.output.exists() else {}
    for seed in map(int, given.seeds.split(",")):
        seeds = {"cv.seed": seed, "train.seed": seed}
        fixed = {"cv.split": "target", "cv.folds": given.folds, **seeds}
        config = Config().replace(fixed | parse_settings(given.settings))

        work: dict[str, Callable[[], object]] = {}
        for name in filter(None, given.halves.split(",")):
            work[f"halves {name}"] = partial(
                half_scores, config, partial(open_set, given.data, name), seed
            )
        for name in filter(None, given.sets.split(",")):
            both = [partial(open_set, given.data, one) for one in name.split(":")]
            work[name] = partial(set_scores, config, *both)
        for name, run in work.items():
            key = f"{name}, {given.folds} folds, seed {seed} {' '.join(given.settings)}".strip()
            if key in kept:
                continue
            start = time.monotonic()
            kept[key] = {"scores": run(), "seconds": time.monotonic() - start}
            text = json.dumps(kept, indent=1)
            write_whole(given.output, lambda part, text=text: part.write_text(text))
            print(key, f"{kept[key]['seconds']:.0f} s", flush=True)


if __name__ == "__main__":
    main()
