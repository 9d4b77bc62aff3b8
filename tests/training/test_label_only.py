"""What labels alone reach is fitted once for equal data, pairs and folds."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from gpdht.config import Config
from gpdht.data.toy import toy
from gpdht.models.catalogue import LABEL_ONLY
from gpdht.training import baselines
from gpdht.training.baselines import baseline_scores, label_only_scores
from gpdht.training.cross_validation import draw_folds

DATASET = toy(genes=60, tfs=12, cells=60, seed=0)
CONFIG = Config.from_flat({"cv.split": "target"})


@pytest.fixture
def fitted(monkeypatch):
    """Names of the baselines fitted so far, a part each."""
    names = []
    fits = baselines._fits

    def counted(name, *args, **options):
        names.append(name)
        return fits(name, *args, **options)

    monkeypatch.setattr(baselines, "_fits", counted)
    return names


def scored(config, folder):
    return label_only_scores(config, DATASET, *draw_folds(config, DATASET), cache_dir=folder)


def same(one, other):
    return all(
        np.array_equal(one.test[name], other.test[name])
        and all(map(np.array_equal, one.validation[name], other.validation[name]))
        for name in LABEL_ONLY
    )


def test_test_and_validation_parts_come_fold_by_fold(tmp_path):
    pairs, folds = draw_folds(CONFIG, DATASET)
    got = scored(CONFIG, tmp_path)
    for name in LABEL_ONLY:
        test, validation = (
            baseline_scores(name, DATASET, pairs, folds, part=part)
            for part in ("test", "validation")
        )
        assert np.array_equal(got.test[name], np.concatenate(test))
        assert all(map(np.array_equal, got.validation[name], validation))


def test_a_second_trial_finds_them_and_gets_the_same_bits(tmp_path, fitted):
    first = scored(CONFIG, tmp_path)
    assert len(fitted) == 2 * len(LABEL_ONLY)
    other_weights = CONFIG.replace({"train.seed": 5, "encoder.dim": 64, "train.monitor": "brier"})
    again = scored(other_weights, tmp_path)
    assert len(fitted) == 2 * len(LABEL_ONLY)
    assert same(first, again)
    assert same(first, scored(CONFIG, None))


@pytest.mark.parametrize(
    "change",
    [
        {"cv.seed": 1},
        {"cv.validation": 0.3},
        {"cv.split": "edge"},
        {"pairs.negatives": "cooccurrence"},
    ],
)
def test_other_folds_or_pairs_are_fitted_anew(tmp_path, fitted, change):
    scored(CONFIG, tmp_path)
    scored(CONFIG.replace(change), tmp_path)
    assert len(fitted) == 4 * len(LABEL_ONLY)


@pytest.mark.parametrize("damage", ["truncated", "foreign"])
def test_a_damaged_file_is_computed_again_with_a_warning(tmp_path, fitted, caplog, damage):
    first = scored(CONFIG, tmp_path)
    (file,) = tmp_path.iterdir()
    if damage == "truncated":
        file.write_bytes(file.read_bytes()[:200])
    else:
        scored(CONFIG.replace({"cv.seed": 1}), tmp_path / "other")
        (foreign,) = (tmp_path / "other").iterdir()
        foreign.replace(file)
    fitted.clear()
    with caplog.at_level(logging.WARNING):
        assert same(first, scored(CONFIG, tmp_path))
    assert str(file) in caplog.text
    assert len(fitted) == 2 * len(LABEL_ONLY)
    assert same(first, scored(CONFIG, tmp_path))
    assert len(fitted) == 2 * len(LABEL_ONLY)


def test_a_failed_write_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr("pandas.DataFrame.to_parquet", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        scored(CONFIG, tmp_path)
    assert list(tmp_path.iterdir()) == []
