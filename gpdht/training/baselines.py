"""Baselines on a model's own folds; the label-only ones once for all trials of a study.

Those depend on the data, the pairs and the folds alone, so what they score is kept under a name
made of these.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.data.others import shared_genes
from gpdht.files import cached_table
from gpdht.kernels.threads import spread
from gpdht.models.catalogue import LABEL_ONLY, LEARN_FROM_OTHERS, MODELS, SUPERVISED, label_only
from gpdht.pairs.candidates import Pairs
from gpdht.pairs.splits import Folds

CACHE_VERSION = 3  # raise when a baseline, or what its scores are measured in, changes
Part = Literal["test", "validation"]


def baseline_scores(
    name: str,
    dataset: Dataset,
    pairs: Pairs,
    folds: Folds,
    *,
    seed: int = 0,
    part: Part = "test",
) -> list[np.ndarray]:
    """Scores of one of `BASELINES`, per fold: logits, or strengths if it knows no labels.

    For the test part it is fitted on training and validation part: every label that a model's
    training could use, if only to stop. For the validation part it is fitted on the training part.
    Of other sets' pairs only `LEARN_FROM_OTHERS` learn, and all where nothing else is trained on.
    """
    return _on_threads(_fits(name, dataset, pairs, folds, seed=seed, part=part))


def _fits(
    name: str, dataset: Dataset, pairs: Pairs, folds: Folds, *, seed: int = 0, part: Part
) -> list[Callable[[], np.ndarray]]:
    """What fits a baseline to a fold and scores the fold's part, for each fold."""
    seen, scored = zip(
        *(
            (fold.train, fold.validation)
            if part == "validation"
            else (np.concatenate([fold.train, fold.validation]), fold.test)
            for fold in folds
        ),
        strict=True,
    )
    genes = dataset.num_genes
    if folds.split == "set" and MODELS[name].kind == "label":
        # what labels of other sets say of a gene, they say of it here
        gene_R = shared_genes(dataset)
        pairs, genes = _renumbered(pairs, gene_R), int(gene_R.max()) + 1
    elif name not in LEARN_FROM_OTHERS and (folds.split != "set" or name not in SUPERVISED):
        seen = tuple(at[at < pairs.own] for at in seen)
    models = [MODELS[name].make(dataset, pairs, at, seed=seed, num_genes=genes) for at in seen]
    return [
        partial(model.learn_and_score, pairs.tf_P[at], pairs.target_P[at])
        for model, at in zip(models, scored, strict=True)
    ]


def _on_threads(fits: Sequence[Callable[[], np.ndarray]]) -> list[np.ndarray]:
    """The results, in order; the fits run side by side."""
    scores = [np.empty(0)] * len(fits)

    def run(number: int) -> None:
        scores[number] = fits[number]()

    # BLAS is limited per process, not per thread: were it left to the folds, the first to end would
    # set the others' free, and small products shared by threads of two folds take 50 times as long.
    # OpenMP is left alone: its number is torch's, over which the fits are spread.
    with threadpool_limits(1, user_api="blas"):
        spread(run, range(len(fits)))
    return scores


def _renumbered(pairs: Pairs, gene_R: np.ndarray) -> Pairs:
    return replace(pairs, tf_P=gene_R[pairs.tf_P], target_P=gene_R[pairs.target_P])


@dataclass(frozen=True, eq=False)
class LabelOnly:
    """Scores of the label-only baselines, logits, by name.

    Parameters
    ----------
    test : (T,), of the test parts, one fold after another; fitted on training and validation part.
    validation : of each fold's validation part; fitted on the training part.
    kept : start of the names of files that keep their test scores' resamples; None for none.
    """

    test: dict[str, np.ndarray]
    validation: dict[str, list[np.ndarray]]
    kept: Path | None = field(default=None)

    def file(self, part: str) -> Path | None:
        """Where the resamples of all pairs, or of a part of them, are kept."""
        return None if self.kept is None else self.kept.with_suffix(f".{part}.parquet")


def label_only_scores(
    config: Config, dataset: Dataset, pairs: Pairs, folds: Folds, *, cache_dir: Path | None
) -> LabelOnly:
    """What the label-only baselines score on a config's folds.

    Parameters
    ----------
    pairs, folds : those that `draw_folds` gives for the config.
    cache_dir : where they are kept and found; None fits them.
    """
    names = label_only(dataset)
    key = cache_key(config, dataset.fingerprint, names)
    path = None if cache_dir is None else cache_dir / f"label-only-{key}.parquet"
    parts: tuple[Part, ...] = ("test", "validation")
    at = {part: np.concatenate([getattr(fold, part) for fold in folds]) for part in parts}
    pair = np.concatenate(list(at.values()))

    def fit() -> pd.DataFrame:
        by_name = {
            name: [fit for part in parts for fit in _fits(name, dataset, pairs, folds, part=part)]
            for name in sorted(names, key="matrix_factorisation".__ne__)  # the longest first
        }
        scores = iter(_on_threads([fit for of_name in by_name.values() for fit in of_name]))
        scored = {
            name: np.concatenate(list(islice(scores, len(of_name))))
            for name, of_name in by_name.items()
        }
        return pd.DataFrame({"pair": pair, **scored})[["pair", *names]]

    def fits(table: pd.DataFrame) -> bool:
        return list(table) == ["pair", *names] and np.array_equal(table["pair"], pair)

    table = cached_table(path, fit, fits=fits)
    tested = len(at["test"])
    ends = np.cumsum([len(fold.validation) for fold in folds])[:-1]
    scores = {name: table[name].to_numpy() for name in names}
    return LabelOnly(
        {name: score[:tested] for name, score in scores.items()},
        {name: np.split(score[tested:], ends) for name, score in scores.items()},
        path and path.with_suffix(""),
    )


def cache_key(config: Config, fingerprint: str, names: Sequence[str] = LABEL_ONLY) -> str:
    """Content address of the baselines' scores: everything that they depend on."""
    content = [
        CACHE_VERSION,
        names,
        fingerprint,
        config.pairs.model_dump(),
        config.cv.model_dump(),
        *([config.train.others] if config.cv.split == "set" else []),
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
