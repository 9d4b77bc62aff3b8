"""The grid: names, groups, digests, order, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_inputs import TINY, another_set, small_set

from gpdht.comparison.jobs import longest_first, make_jobs
from gpdht.comparison.request import (
    Request,
    choose_models,
    choose_seeds,
    choose_splits,
)
from gpdht.data.others import with_others
from gpdht.data.toy import toy
from gpdht.errors import ConfigError
from gpdht.models.catalogue import BASELINES, GROUPS, MODELS, NEEDS_PRIORS

CONTROLS, PEERS, VARIANTS = (GROUPS[name] for name in ("controls", "peers", "variants"))


def grid(models=("gpdht", "tf_rate"), splits=("edge",), seeds=(0,), config=TINY, data=None):
    sets = data or {"a": small_set()}
    return make_jobs(sets, models=models, splits=splits, seeds=seeds, config=config)


def test_groups_and_names_choose_each_model_once_in_the_order_of_the_tables():
    assert choose_models("tf_rate,gpdht,tf_rate") == ("gpdht", "tf_rate")
    everything = ("gpdht", *VARIANTS, *PEERS, *BASELINES, *CONTROLS)
    assert choose_models("all") == everything == tuple(MODELS)
    assert choose_models("gatcl,peers") == PEERS
    assert choose_models("variants") == VARIANTS
    assert choose_models(["baselines"]) == tuple(BASELINES)
    assert set(choose_models("label,expression,priors")) == {*BASELINES, *CONTROLS[-2:]}
    without = choose_models("all", without_priors=["a"])
    assert [name for name in everything if name not in without] == list(NEEDS_PRIORS)
    with pytest.raises(ConfigError, match="prior_link: needs priors, and a has none; pass --prior"):
        choose_models("gpdht,prior_link", without_priors=["a"])
    assert choose_models("controls") == CONTROLS


def test_unknown_models_are_named_at_once_with_the_nearest_valid_name():
    with pytest.raises(ConfigError) as found:
        choose_models("gpdth,tfrate,gpdht")
    assert 'unknown model "gpdth"; did you mean "gpdht"?' in str(found.value)
    assert 'unknown model "tfrate"; did you mean "tf_rate"?' in str(found.value)


@pytest.mark.parametrize(
    ("choose", "text", "message"),
    [
        (choose_models, " , ", "no model is named"),
        (choose_splits, "", "no split is named"),
        (choose_splits, "edge,edges", "unknown split edges"),
        (choose_seeds, "", "no seed is named"),
        (choose_seeds, "0,-1", "-1 cannot be a seed"),
        (choose_seeds, "0,one", "one cannot be a seed"),
        (choose_seeds, [1.5], "1.5 cannot be a seed"),
    ],
)
def test_empty_and_impossible_parts_of_the_grid_are_refused(choose, text, message):
    with pytest.raises(ConfigError, match=message):
        choose(text)


def test_settings_of_the_grid_cannot_be_set_twice(tmp_path):
    request = Request(config=TINY.replace({"cv.split": "tf"}))
    with pytest.raises(ConfigError, match=r"cv\.split is a part .* use --splits"):
        request.check([small_set()], tmp_path / "o")


def test_peers_and_published_settings_share_pairs_and_folds_and_nothing_else_with_the_rest():
    config = TINY.replace({"pairs.negatives": "cooccurrence"})
    models = ("gpdht", "gpdht_cumulative", "gpdht_published_cumulative", "gatcl")
    own, cumulative, published, peer = grid(models=models, seeds=(3,), config=config)
    assert own.config.replace({"graph.encoding": "cumulative"}) == cumulative.config
    assert published.config.encoder.dim == 256
    assert published.config.graph.encoding == "cumulative"
    assert peer.config.model.name == "gatcl"
    for job in (published, peer):
        assert (job.config.pairs, job.config.cv) == (own.config.pairs, own.config.cv)
        assert job.config.train.seed == 3
    assert len({job.config_hash for job in (own, cumulative, published, peer)}) == 4


def test_the_grid_is_every_cell_once_with_its_split_and_seeds():
    jobs = grid(splits=("edge", "tf"), seeds=(0, 5), models=("gpdht", *CONTROLS, "tf_rate"))
    assert len(jobs) == len({job.key.digest for job in jobs}) == 2 * 2 * (2 + len(CONTROLS))
    for job in jobs:
        assert (job.config.cv.split, job.config.cv.seed) == (job.split, job.seed)
        assert job.config.cv.folds == 2
        random = job.model == "gpdht_random_embedding"
        assert job.config.encoder.training == ("random" if random else "reconstruct")
        if job.key.kind in ("gpdht", "control"):
            assert job.config.train.seed == job.seed


def test_without_priors_other_sets_train_only_where_nothing_else_does(tmp_path):
    config = TINY.replace({"train.others": 2})
    edge, left_out = grid(models=("gpdht_without_priors",), splits=("edge", "set"), config=config)
    assert (edge.config.train.others, left_out.config.train.others) == (0, 2)
    assert edge.config.prior == left_out.config.prior
    assert not left_out.config.prior.links
    joined = with_others(small_set(), [another_set("a", seed=1)])
    request = Request(models="priors,controls", splits="set", config=TINY)
    _, jobs = request.check([joined], tmp_path / "o")
    assert {job.model for job in jobs} == {*GROUPS["priors"], *CONTROLS}


def test_a_digest_depends_on_all_that_a_job_does_and_on_nothing_else(monkeypatch):
    (job, rate) = grid()
    other = [
        *grid(seeds=(1,))[:1],
        *grid(splits=("tf",))[:1],
        *grid(config=TINY.replace({"encoder.dim": 16}))[:1],
        *grid(data={"a": small_set(seed=1)})[:1],
        rate,
    ]
    assert len({job.key.digest, *(one.key.digest for one in other)}) == 6
    assert grid(data={"renamed": small_set()})[0].key.digest == job.key.digest
    # a baseline knows nothing of the encoder
    assert grid(config=TINY.replace({"encoder.dim": 16}))[1].key.digest == rate.key.digest
    assert grid(config=TINY.replace({"cv.folds": 3}))[1].key.digest != rate.key.digest
    monkeypatch.setattr("gpdht.comparison.jobs.__version__", "9.9")
    assert grid()[0].key.digest != job.key.digest
    monkeypatch.undo()
    monkeypatch.setattr("gpdht.comparison.jobs.code_digest", lambda: "of a changed model")
    assert grid()[0].key.digest != job.key.digest


def test_long_jobs_start_first():
    data = {"small": small_set(), "large": toy(genes=60, tfs=9, cells=40)}
    jobs = grid(models=("gpdht", "tf_rate", "correlation"), data=data)
    order = [(job.model, job.set) for job in longest_first(jobs, data)]
    models = ("gpdht", "correlation", "tf_rate")
    assert order == [(model, name) for model in models for name in ("large", "small")]


def test_a_split_that_a_set_cannot_give_is_known_at_the_start(tmp_path):
    data = [replace(toy(genes=30, tfs=2, cells=12), name="tiny")]
    with pytest.raises(ConfigError, match=r"tiny: cv\.split=tf: 2 TFs cannot fill"):
        Request(splits="edge,tf").check(data, tmp_path / "o")
    assert not list(tmp_path.iterdir())
