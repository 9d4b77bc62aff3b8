"""GP-DHT with priors: it learns from them, needs none, and keeps its promises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from gpdht.config import Config
from gpdht.data.toy import toy
from gpdht.errors import ModelError
from gpdht.models.gpdht.batched import BatchedTrainer
from gpdht.models.gpdht.fitted import FittedGPDHT
from gpdht.models.gpdht.model import make_fold_models
from gpdht.models.gpdht.prior_head import PriorHead, PriorTable, hide_features
from gpdht.models.prior_features import EVERYTHING, prior_features
from gpdht.models.threaded import ThreadedTrainer
from gpdht.pairs.candidates import make_pairs
from gpdht.registry.folder import PRIORS, load_model, save_model
from gpdht.registry.model import Model
from gpdht.trial import run_trial

SMALL = {
    "graph.levels": 3,
    "encoder.dim": 8,
    "encoder.iterations": 3,
    "model.feedforward": 16,
    "model.hidden": 16,
    "train.batch_size": 32,
    "train.epochs": 30,
    "cv.split": "target",
}
NO_DRAWS = {"model.dropout": 0, "model.hidden_tfs": 0, "augment.noise": 0, "prior.dropout": 0}
OFF = {
    "prior.links": False,
    "prior.neighbours": False,
    "prior.degrees": False,
    "prior.companions": False,
}
TOY = toy(genes=40, tfs=5, cells=30, seed=2)


def hint(share: float = 0.7) -> pd.DataFrame:
    """A prior that holds some of the labels and as many other pairs."""
    rng = np.random.default_rng(0)
    known = TOY.net[["source", "target"]].sample(frac=share, random_state=0)
    other = pd.DataFrame(
        {
            "source": rng.choice(TOY.known_tfs, len(known)),
            "target": rng.choice(TOY.genes, len(known)),
        }
    )
    return pd.concat([known, other])


KNOWING = TOY.with_priors({"hint": hint()})


def test_a_prior_that_holds_labels_raises_the_score_and_one_that_is_not_seen_changes_no_bit():
    config = Config.from_flat(SMALL)
    without = run_trial(config, TOY)
    knowing = run_trial(config, KNOWING)
    unseen = run_trial(config.replace(OFF), KNOWING)
    assert knowing.metrics["test/auprc"] > without.metrics["test/auprc"] + 0.2
    assert unseen.scores["score"].equals(without.scores["score"])
    assert knowing.baseline_models["auprc"] in ("prior_link", "prior_logistic")
    assert knowing.metrics["baseline/auprc"] > without.metrics["baseline/auprc"]


def test_equal_configs_give_equal_scores_with_folds_side_by_side():
    config = Config.from_flat({**SMALL, "train.epochs": 2, "prior.dropout": 0.4})
    one, two = (run_trial(config, KNOWING).scores["score"] for _ in range(2))
    assert one.equals(two)


def test_a_stacked_fold_with_priors_computes_what_it_would_alone():
    config = Config.from_flat({**SMALL, **NO_DRAWS, "prior.embedding": 3})
    pairs = make_pairs(KNOWING)
    scores = []
    for trainer in (ThreadedTrainer, BatchedTrainer):
        models = make_fold_models(config, KNOWING, pairs, [np.arange(n) for n in (130, 98)])
        together = trainer(models)
        for epoch in range(1, 4):
            together.train_epoch(epoch)
        scores.append([m.score(pairs.tf_P, pairs.target_P) for m in models])
    np.testing.assert_allclose(scores[0], scores[1], atol=2e-4)


def test_the_table_on_a_device_is_that_of_the_features():
    features = prior_features(KNOWING)
    rng = np.random.default_rng(1)
    tf, target = rng.integers(len(TOY.genes), size=(2, 4, 9))
    config = Config.from_flat({"prior.embedding": EVERYTHING.embedding})
    found = PriorTable.of(KNOWING, config, torch.device("cpu"))(
        torch.from_numpy(tf), torch.from_numpy(target)
    )
    expected = features(tf.ravel(), target.ravel()).reshape(4, 9, -1)
    np.testing.assert_array_equal(found.numpy(), expected)


def test_an_untrained_head_adds_nothing_to_the_logit():
    torch.manual_seed(0)
    added, beside = PriorHead(6, hidden=5, trunk=7)(torch.randn(11, 6))
    assert not added.any()
    assert beside.shape == (11, 7)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.9])
def test_hidden_features_are_zero_and_the_others_larger_by_the_share(share):
    draws = torch.rand(2000, 3, generator=torch.Generator().manual_seed(0))
    hidden = hide_features(torch.ones(2000, 3), draws, share)
    assert hidden[hidden > 0].tolist() == pytest.approx([1 / (1 - share)] * int((hidden > 0).sum()))
    assert float(hidden.mean()) == pytest.approx(1, abs=0.1)


def test_the_relation_token_is_the_mean_embedding_of_a_genes_regulators():
    config = Config.from_flat({**SMALL, "prior.relation": True, "model.statistics": False})
    pairs = make_pairs(KNOWING)
    (model,) = make_fold_models(config, KNOWING, pairs, [np.arange(50)])
    embedding_GD = model.encoder(model.graph)[0].detach()
    (prior,) = KNOWING.priors
    raw = torch.zeros_like(embedding_GD)
    for g, gene in enumerate(TOY.genes):
        sources = prior.edges.loc[prior.edges["target"] == gene, "source"]
        if len(sources):
            at = [TOY.gene_index[source] for source in sources]
            raw[g] = embedding_GD[at].mean(dim=0)
    centred = raw - raw.mean(dim=0)
    expected = centred / centred.square().mean().sqrt()
    torch.testing.assert_close(model.token_table()[:, 1], expected, atol=1e-4, rtol=1e-4)


@pytest.fixture(scope="module", params=[False, True])
def kept(request, tmp_path_factory):
    config = Config.from_flat({**SMALL, "train.epochs": 2, "prior.relation": request.param})
    pairs = make_pairs(KNOWING)
    (model,) = make_fold_models(config, KNOWING, pairs, [np.arange(len(pairs))])
    ThreadedTrainer([model]).train_epoch(1)
    folder = tmp_path_factory.mktemp("models") / "m"
    fitted = FittedGPDHT.from_fold(model, KNOWING)
    return folder, save_model(folder, Model.of([fitted], KNOWING, epochs=1)), fitted, pairs


def test_a_saved_model_brings_what_its_priors_say(kept):
    folder, _, fitted, pairs = kept
    loaded = load_model(folder)
    expected = fitted.score(pairs.tf_P, pairs.target_P)
    np.testing.assert_array_equal(loaded.score(TOY, pairs.tf_P, pairs.target_P), expected)
    assert loaded.data["priors"] == {"hint": KNOWING.priors[0].fingerprint}
    assert (folder / PRIORS).is_file()


def test_a_changed_file_of_priors_is_refused(kept, tmp_path):
    folder = kept[0]
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    (copy / PRIORS).write_bytes(b"\0" * 99)
    with pytest.raises(ModelError, match="not what was written"):
        load_model(copy)


def test_training_on_other_cells_asks_for_the_priors(kept):
    loaded = load_model(kept[0])
    other = replace(TOY, expression=TOY.expression * 2)
    with pytest.raises(ModelError, match=r"with the priors hint, which .* without. Give them"):
        loaded.retrained_on(other)
    with_prior = replace(other, priors=KNOWING.priors)
    assert loaded.retrained_on(with_prior).replicates[0].priors is not None
