"""GP-DHT and baselines over rows of several sets, against the sets by themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from small_inputs import SMALL as BASE
from small_inputs import another_set

from gpdht.comparison.controls import permute_labels
from gpdht.config import Config
from gpdht.data.others import first_rows, own_genes, sets_of, with_others
from gpdht.data.toy import toy
from gpdht.models.baselines.boosted_expression import BoostedExpression
from gpdht.models.gpdht.fitted import FittedGPDHT
from gpdht.models.gpdht.model import make_fold_models, prepare_model
from gpdht.models.gpdht.tokens import expression_statistics
from gpdht.models.prior_features import prior_features
from gpdht.models.threaded import ThreadedTrainer
from gpdht.pairs.candidates import make_pairs
from gpdht.registry.folder import load_model, save_model
from gpdht.registry.model import Model
from gpdht.training.baselines import baseline_scores
from gpdht.training.cross_validation import draw_folds, training_pairs
from gpdht.training.refit import refit
from gpdht.trial import run_trial

SMALL = {**BASE, "graph.levels": 4}


def net(*edges) -> pd.DataFrame:
    return pd.DataFrame(edges, columns=["source", "target"])


HOME = toy(genes=40, tfs=6, cells=25)
PRIOR = {"p": net(*((t, g) for t in HOME.tfs[:4] for g in HOME.genes[10:30:3]))}
OTHERS = [another_set("a", seed=1, genes=30), another_set("b", seed=2, genes=60)]
JOINED = with_others(HOME.with_priors(PRIOR), [one.with_priors(PRIOR) for one in OTHERS])


def test_features_of_a_row_are_those_of_its_set_by_itself_and_say_the_set():
    features = prior_features(JOINED)
    first = first_rows(JOINED)
    rng = np.random.default_rng(0)
    for i, one in enumerate(sets_of(JOINED)):
        alone = prior_features(replace(one, others=()))
        tf, target = rng.integers(one.num_genes, size=(2, 50))
        found = dict(zip(features.names, features(tf + first[i], target + first[i]).T, strict=True))
        expected = dict(zip(alone.names, alone(tf, target).T, strict=True))
        for name, values in found.items():
            if name.startswith("set "):
                assert (values == (name == f"set {one.name}")).all()
            elif i and ": embedding " in name and not name.endswith("product"):
                assert (values == 0).all()
            else:
                np.testing.assert_array_equal(values, expected[name])


@pytest.mark.parametrize("training", ["reconstruct", "joint"])
def test_a_row_has_the_embedding_of_its_gene_and_the_statistics_of_its_set(training):
    config = Config.from_flat({**SMALL, "encoder.training": training})
    prepared = prepare_model(config, JOINED, folds=1)
    (model,) = prepared.models(training_pairs(config, JOINED), [np.arange(30)])
    table, dim = model.token_table(), config.encoder.dim
    statistics = torch.cat([expression_statistics(one.expression) for one in sets_of(JOINED)])
    for row, gene in enumerate(own_genes(JOINED)):
        embedding = table[gene, 0, :dim] if gene >= 0 else torch.zeros(dim)
        assert torch.equal(table[row, 0, :dim], embedding)
        assert torch.equal(table[row, 0, dim:], statistics[row])


def test_without_other_sets_every_bit_is_as_before_and_with_them_training_learns_from_them():
    config = Config.from_flat({**SMALL, "cv.split": "target"})
    alone, joined = (run_trial(config, data) for data in (HOME, JOINED))
    again = run_trial(config.replace({"train.others": 3}), HOME)
    assert (alone.state, joined.state) == ("complete", "complete")
    pd.testing.assert_frame_equal(alone.scores, again.scores)
    assert alone.scores["label"].tolist() == joined.scores["label"].tolist()
    more = run_trial(config.replace({"train.others": 0}), JOINED)
    assert not np.allclose(joined.scores["score"], more.scores["score"])


def test_no_label_of_a_left_out_set_changes_any_score():
    config = Config.from_flat({**SMALL, "cv.split": "set"})
    first, second = (run_trial(config, data) for data in (JOINED, permute_labels(JOINED, seed=1)))
    assert first.state == "complete", first.error
    assert len(first.scores) == len(make_pairs(HOME))
    np.testing.assert_array_equal(first.scores["score"], second.scores["score"])
    assert (first.scores["label"] != second.scores["label"]).any()
    folds = [draw_folds(config, data) for data in (JOINED, permute_labels(JOINED, seed=1))]
    for name in ("target_rate", "one_hot_logistic", "prior_logistic", "boosted_priors"):
        one, two = (
            np.concatenate(baseline_scores(name, JOINED, pairs, fold)) for pairs, fold in folds
        )
        np.testing.assert_array_equal(one, two)


def test_the_targets_rate_in_other_sets_is_counted_by_name():
    config = Config.from_flat({"cv.split": "set", "train.others": 1000, "cv.validation": 0.2})
    pairs, folds = draw_folds(config, JOINED)
    scores = np.concatenate(baseline_scores("target_rate", JOINED, pairs, folds))
    positives: dict[str, list[int]] = {}
    for other in OTHERS:
        known = set(other.net[["source", "target"]].itertuples(index=False, name=None))
        for tf in other.known_tfs.tolist():
            for gene in other.genes.tolist():
                if gene != tf:
                    positives.setdefault(gene, []).append((tf, gene) in known)
    everything = [label for labels in positives.values() for label in labels]
    share = (sum(everything) + 0.5) / (len(everything) + 1)
    for at in range(0, pairs.own, 7):
        gene = HOME.genes[pairs.target_P[at]]
        labels = positives.get(gene, [])
        rate = (sum(labels) + 2 * share) / (len(labels) + 2)
        rate = rate if labels else share
        assert 1 / (1 + np.exp(-scores[at])) == pytest.approx(rate, abs=1e-5)


def test_boosting_sees_each_rows_own_statistics_and_no_components_of_other_cells():
    pairs = training_pairs(Config.from_flat({"train.others": 1}), JOINED)
    model = BoostedExpression(JOINED, pairs, np.arange(5), seed=0)
    mixed = np.random.default_rng(0).permutation(len(pairs))[:80]
    found = model.features(pairs.tf_P[mixed], pairs.target_P[mixed])
    first = first_rows(JOINED)
    for row, at in zip(found, mixed, strict=True):
        i = int(np.searchsorted(first, pairs.tf_P[at], side="right")) - 1
        one = sets_of(JOINED)[i]
        tf, target = pairs.tf_P[at] - first[i], pairs.target_P[at] - first[i]
        x = one.expression.toarray()
        assert row[0] == pytest.approx(x[:, tf].mean(), abs=1e-5)
        assert np.isnan(row[3:18]).all() == (i > 0)
        correlation = np.corrcoef(x[:, tf], x[:, target])[0, 1]
        assert row[-1] == pytest.approx(np.nan_to_num(correlation), abs=1e-4)


def test_a_fitted_model_keeps_its_own_genes_alone_and_scores_them_alike(tmp_path):
    config = Config.from_flat(SMALL)
    pairs = training_pairs(config, JOINED)
    (model,) = make_fold_models(config, JOINED, pairs, [np.arange(len(pairs))])
    ThreadedTrainer([model]).train_epoch(1)
    tf, target = pairs.tf_P[: pairs.own], pairs.target_P[: pairs.own]
    logits = model.score(tf, target)
    fitted = FittedGPDHT.from_fold(model, JOINED)
    assert len(fitted.table_GSX) == HOME.num_genes
    np.testing.assert_allclose(fitted.score(tf, target), 1 / (1 + np.exp(-logits)), atol=1e-6)
    save_model(tmp_path / "m", Model.of([fitted], JOINED, epochs=1))
    kept = load_model(tmp_path / "m")
    np.testing.assert_array_equal(kept.score(JOINED, tf, target), fitted.score(tf, target))
    assert set(kept.data["others"]) == {"a", "b"}


def test_a_refit_learns_from_other_sets():
    config = Config.from_flat(SMALL)
    tf, target = make_pairs(HOME).tf_P, make_pairs(HOME).target_P
    one, two = (
        refit(config.replace({"train.others": ratio}), JOINED, epochs=2, seed=0).score(tf, target)
        for ratio in (0, 1)
    )
    assert not np.allclose(one, two)
