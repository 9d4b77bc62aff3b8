"""The table of what applies when, held against what models really do."""

from __future__ import annotations

from typing import Any, get_args

import pandas as pd
import pytest

from gpdht.config import Config, field_paths
from gpdht.data.toy import toy
from gpdht.trial import run_trial
from gpdht.unread import RULES, unread

QUICK = {
    "graph.levels": 3,
    "encoder.dim": 16,
    "encoder.iterations": 2,
    "model.feedforward": 8,
    "model.hidden": 8,
    "peer.hidden": 16,
    "peer.output": 16,
    "train.epochs": 2,
    "train.batch_size": 64,
    "cv.folds": 2,
}
CASES: dict[str, dict[str, Any]] = {
    "gpdht": {},
    "gpdht without effects": {"model.effects": "none"},
    "gpdht with rates and sgd": {"model.effects": "rates", "train.optimizer": "sgd"},
    "gpdht, joint": {"encoder.training": "joint"},
    "gpdht, random": {"encoder.training": "random"},
    "gpdht from a random start": {"encoder.start": "random"},
    "gpdht with features": {"encoder.features": "loadings"},
    "gpdht with statistics alone": {"encoder.features": "statistics"},
    "a peer that has none": {"model.name": "gmfgrn", "encoder.features": "loadings"},
    **{name: {"model.name": name} for name in ("genelink", "gmfgrn", "igegrns", "gatcl")},
    "hgatlink": {"model.name": "hgatlink"},
}


def another(path: str, value: Any) -> Any:
    """Another value that the setting can have."""
    choices = [c for c in get_args(field_paths()[path].annotation) if c is not type(None)]
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return next(c for c in choices if c != value)
    if path in ("encoder.heads", "model.heads"):
        return 2
    if path == "encoder.dim":
        return 2 * value
    bounds = {type(b).__name__: b for b in field_paths()[path].metadata}
    return value / 2 if isinstance(value, float) and bounds else value + 1


@pytest.fixture(scope="module")
def dataset():
    return toy(genes=40, tfs=5, cells=40, seed=0)


@pytest.mark.parametrize("case", CASES)
def test_settings_that_are_not_read_change_no_score_and_no_hash(dataset, case):
    config = Config.from_flat(QUICK | CASES[case])
    values = config.flat()
    ignored = unread(values)
    # of those that other settings' meaning hangs on, the value stays
    hang = {rule.when for rule in RULES}
    changes = {path: another(path, values[path]) for path in ignored if path not in hang}
    assert len(changes) >= 3
    changed = config.replace(changes)
    assert changed.hash == config.hash
    first, second = run_trial(config, dataset), run_trial(changed, dataset)
    assert first.state == second.state == "complete", (first.error, second.error)
    pd.testing.assert_frame_equal(first.scores, second.scores, check_exact=True)


def test_a_hash_kept_before_features_existed_stays():
    assert Config().hash == "217a76d2531acb32"


def test_settings_that_are_read_change_the_hash():
    config = Config()
    for path in (
        "encoder.tau",
        "loss.temperature",
        "model.effects_rank",
        "cv.seed",
        "encoder.features",
    ):
        assert config.replace({path: another(path, config.flat()[path])}).hash != config.hash


def test_every_rule_names_settings_that_exist():
    known = field_paths()
    sections = {path.partition(".")[0] for path in known}
    for rule in RULES:
        assert rule.when in known
        assert set(rule.settings) <= set(known) | sections
        choices = set(get_args(known[rule.when].annotation))
        assert set(rule.values) < choices


def test_what_is_ignored_is_named_with_when_it_is_read():
    config = Config.from_flat({"model.name": "genelink", "encoder.tau": 0.5})
    (sentence,) = config.ignored(["encoder.tau", "peer.heads"])
    assert sentence.startswith("encoder.tau=0.5 changes nothing here: it is read only with model.n")
    assert "encoder.tau" not in config.applied()
    assert "peer.heads" in config.applied()
