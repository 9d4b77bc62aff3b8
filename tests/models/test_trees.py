"""Trees score along for TFs with labels, and a kept model has what they said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from gpdht.config import Config
from gpdht.data.toy import toy
from gpdht.errors import ModelError
from gpdht.models.baselines.boosted_priors import BoostedPriors
from gpdht.models.gpdht.batched import BatchedTrainer
from gpdht.models.gpdht.fitted import FittedGPDHT
from gpdht.models.gpdht.fold import score_pairs
from gpdht.models.gpdht.model import make_fold_models
from gpdht.models.threaded import ThreadedTrainer
from gpdht.pairs.candidates import make_pairs
from gpdht.registry.folder import load_model, save_model
from gpdht.registry.model import Model
from gpdht.trial import run_trial

TOY = toy(genes=60, tfs=8, cells=60)
EDGES = pd.DataFrame(
    [(t, g) for t in TOY.tfs[:5] for g in TOY.genes[10:50:3]], columns=["source", "target"]
)
KNOWING = TOY.with_priors({"p": EDGES})
SMALL = {
    "graph.levels": 4,
    "encoder.dim": 8,
    "encoder.iterations": 3,
    "model.layers": 1,
    "model.feedforward": 16,
    "model.hidden": 16,
    "train.epochs": 3,
    "cv.folds": 2,
    "model.trees": True,
}


@pytest.mark.parametrize("trainer", [ThreadedTrainer, BatchedTrainer])
def test_a_score_is_the_mean_of_both_logits_for_tfs_with_labels_alone(trainer):
    pairs = make_pairs(KNOWING)
    train = np.flatnonzero(pairs.tf_P != pairs.tf_P[0])[::2]
    (model,) = make_fold_models(Config.from_flat(SMALL), KNOWING, pairs, [train])
    trainer([model]).train_epoch(1)
    boosted = BoostedPriors(KNOWING, pairs, train, seed=0)
    list(boosted.steps(1))
    network_P = score_pairs(
        model.network, model.token_table(), pairs.tf_P, pairs.target_P, model.priors
    )
    tree_P = boosted.score(pairs.tf_P, pairs.target_P)
    found = model.score(pairs.tf_P, pairs.target_P)
    for at in range(len(pairs)):
        known = pairs.tf_P[at] in set(pairs.tf_P[train])
        expected = (network_P[at] + tree_P[at]) / 2 if known else network_P[at]
        assert found[at] == pytest.approx(expected, abs=1e-5)


def test_trees_follow_the_labels_of_their_own_fold_alone():
    pairs = make_pairs(KNOWING)
    flipped = replace(pairs, label_P=1 - pairs.label_P)
    config = Config.from_flat(SMALL)
    train = np.arange(0, len(pairs), 2)
    tables = [
        make_fold_models(config, KNOWING, labelled, [part])[0].trees.logit_TG
        for labelled in (pairs, flipped)
        for part in (train, train + 1)
    ]
    for i, one in enumerate(tables):
        assert not any(np.allclose(one, other) for other in tables[i + 1 :])


def test_a_trial_with_trees_is_another_one_and_repeats_itself():
    config = Config.from_flat({**SMALL, "cv.split": "target"})
    with_trees, again, without = (
        run_trial(c, KNOWING) for c in (config, config, config.replace({"model.trees": False}))
    )
    assert with_trees.state == "complete", with_trees.error
    pd.testing.assert_frame_equal(with_trees.scores, again.scores)
    assert not np.allclose(with_trees.scores["score"], without.scores["score"])


def test_on_new_tfs_the_network_is_alone():
    config = Config.from_flat({**SMALL, "cv.split": "tf", "train.patience": 9})
    one, two = (run_trial(c, KNOWING) for c in (config, config.replace({"model.trees": False})))
    pd.testing.assert_frame_equal(one.scores, two.scores)


def test_a_kept_model_scores_as_before_and_is_refused_without_its_trees(tmp_path):
    pairs = make_pairs(KNOWING)
    config = Config.from_flat(SMALL)
    (model,) = make_fold_models(config, KNOWING, pairs, [np.arange(len(pairs))])
    ThreadedTrainer([model]).train_epoch(1)
    fitted = FittedGPDHT.from_fold(model, KNOWING)
    save_model(tmp_path / "m", Model.of([fitted], KNOWING, epochs=1))
    kept = load_model(tmp_path / "m")
    expected = fitted.score(pairs.tf_P, pairs.target_P)
    np.testing.assert_array_equal(kept.score(KNOWING, pairs.tf_P, pairs.target_P), expected)
    tensors = {k: v for k, v in fitted.tensors().items() if not k.startswith("trees.")}
    with pytest.raises(ModelError, match="of trees one has some"):
        FittedGPDHT.from_tensors(config, fitted.genes, fitted.cells, tensors, fitted.priors)
