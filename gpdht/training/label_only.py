"""The label-only baselines of a trial: fitted once for all trials of a study.

They depend on the data, the pairs and the folds alone, so what they score is kept under a name
made of these.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.files import cached_table
from gpdht.pairs.candidates import Pairs
from gpdht.pairs.splits import Folds
from gpdht.training.baseline_scores import Part, baseline_scores

LABEL_ONLY = ("tf_rate", "target_rate", "one_hot_logistic", "matrix_factorisation")
"""What a trial is held against: the baselines that see no expression.

`boosted_label_rows` is not among them. It takes five times as long as all of these together
(mESC500, three folds: 28 s on one core; matrix factorisation 4.8 s, the others 0.4 s), and its
average precision is at most 0.007 above the best of theirs (eight benchmark sets, edge split).
"""

CACHE_VERSION = 2  # raise when a baseline, or what its scores are measured in, changes


@dataclass(frozen=True, eq=False)
class LabelOnly:
    """Scores of the label-only baselines, logits, by name.

    Parameters
    ----------
    test : (T,), of the test parts, one fold after another; fitted on training and validation part.
    validation : of each fold's validation part; fitted on the training part.
    resampled : file that keeps their test scores' resamples; None for none.
    """

    test: dict[str, np.ndarray]
    validation: dict[str, list[np.ndarray]]
    resampled: Path | None = field(default=None)


def label_only_scores(
    config: Config, dataset: Dataset, pairs: Pairs, folds: Folds, *, cache_dir: Path | None
) -> LabelOnly:
    """What the label-only baselines score on a config's folds.

    Parameters
    ----------
    pairs, folds : those that `draw_folds` gives for the config.
    cache_dir : where they are kept and found; None fits them.
    """
    key = cache_key(config, dataset.fingerprint)
    path = None if cache_dir is None else cache_dir / f"label-only-{key}.parquet"
    parts: tuple[Part, ...] = ("test", "validation")
    at = {part: np.concatenate([getattr(fold, part) for fold in folds]) for part in parts}
    pair = np.concatenate(list(at.values()))

    def fit() -> pd.DataFrame:
        scores = {
            name: np.concatenate(
                [
                    score
                    for part in at
                    for score in baseline_scores(name, dataset, pairs, folds, part=part)
                ]
            )
            for name in LABEL_ONLY
        }
        return pd.DataFrame({"pair": pair, **scores})

    def fits(table: pd.DataFrame) -> bool:
        return list(table) == ["pair", *LABEL_ONLY] and np.array_equal(table["pair"], pair)

    table = cached_table(path, fit, fits=fits)
    tested = len(at["test"])
    ends = np.cumsum([len(fold.validation) for fold in folds])[:-1]
    scores = {name: table[name].to_numpy() for name in LABEL_ONLY}
    return LabelOnly(
        {name: score[:tested] for name, score in scores.items()},
        {name: np.split(score[tested:], ends) for name, score in scores.items()},
        None if path is None else path.with_suffix(".resampled.parquet"),
    )


def cache_key(config: Config, fingerprint: str) -> str:
    """Content address of the baselines' scores: everything that they depend on."""
    content = [
        CACHE_VERSION,
        LABEL_ONLY,
        fingerprint,
        config.pairs.model_dump(),
        config.cv.model_dump(),
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
