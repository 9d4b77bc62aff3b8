"""Baselines score along: trees for TFs with labels, a logistic for others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small_inputs import SMALL as BASE

from gpdht.config import Config
from gpdht.data.toy import toy
from gpdht.errors import ModelError
from gpdht.models.baselines.boosted_priors import BoostedPriors
from gpdht.models.baselines.prior_logistic import PriorLogistic
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
SMALL = {**BASE, "graph.levels": 4, "prior.companions": True}


@pytest.mark.parametrize("trainer", [ThreadedTrainer, BatchedTrainer])
def test_a_score_is_the_mean_of_the_networks_logit_and_its_companions(trainer):
    pairs = make_pairs(KNOWING)
    train = np.flatnonzero(pairs.tf_P != pairs.tf_P[0])[::2]
    (model,) = make_fold_models(Config.from_flat(SMALL), KNOWING, pairs, [train])
    trainer([model]).train_epoch(1)
    trees, logistic = (
        kind(KNOWING, pairs, train, seed=0) for kind in (BoostedPriors, PriorLogistic)
    )
    list(trees.steps(1)), list(logistic.steps(1))
    network_P = score_pairs(
        model.network, model.token_table(), pairs.tf_P, pairs.target_P, model.priors
    )
    tree_P, logistic_P = (one.score(pairs.tf_P, pairs.target_P) for one in (trees, logistic))
    found = model.score(pairs.tf_P, pairs.target_P)
    for at in range(len(pairs)):
        known = pairs.tf_P[at] in set(pairs.tf_P[train])
        companion = tree_P[at] if known else logistic_P[at]
        expected = (network_P[at] + companion) / 2
        assert found[at] == pytest.approx(expected, abs=1e-5)


TFS = [TOY.gene_index[tf] for tf in TOY.known_tfs]


def test_companions_follow_the_labels_of_their_own_fold_alone():
    pairs = make_pairs(KNOWING)
    flipped = replace(pairs, label_P=1 - pairs.label_P)
    config = Config.from_flat(SMALL)
    train = np.arange(0, len(pairs), 2)
    tables = [
        make_fold_models(config, KNOWING, labelled, [part])[0].companions.table(TFS).logit_TG
        for labelled in (pairs, flipped)
        for part in (train, train + 1)
    ]
    for i, one in enumerate(tables):
        assert not any(np.allclose(one, other) for other in tables[i + 1 :])


def test_a_trial_with_companions_is_another_one_and_repeats_itself():
    config = Config.from_flat({**SMALL, "cv.split": "target"})
    along, again, without = (
        run_trial(c, KNOWING) for c in (config, config, config.replace({"prior.companions": False}))
    )
    assert along.state == "complete", along.error
    pd.testing.assert_frame_equal(along.scores, again.scores)
    assert not np.allclose(along.scores["score"], without.scores["score"])


def test_a_kept_model_scores_as_before_and_is_refused_without_its_companions(tmp_path):
    pairs = make_pairs(KNOWING)
    config = Config.from_flat(SMALL)
    (model,) = make_fold_models(config, KNOWING, pairs, [np.arange(len(pairs))])
    ThreadedTrainer([model]).train_epoch(1)
    fitted = FittedGPDHT.from_fold(model, KNOWING)
    save_model(tmp_path / "m", Model.of([fitted], KNOWING, epochs=1))
    kept = load_model(tmp_path / "m")
    expected = fitted.score(pairs.tf_P, pairs.target_P)
    np.testing.assert_array_equal(kept.score(KNOWING, pairs.tf_P, pairs.target_P), expected)
    tensors = {k: v for k, v in fitted.tensors().items() if not k.startswith("companions.")}
    with pytest.raises(ModelError, match="of companions one has some"):
        FittedGPDHT.from_tensors(config, fitted.genes, fitted.cells, tensors, fitted.priors)
