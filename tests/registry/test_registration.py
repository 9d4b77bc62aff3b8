"""Registration against a real MLflow database; scores by hand where the contest is the point."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from registry_makers import SMALL, Registry, result

from gpdht.errors import ConfigError, ModelError, StudyError, TrackingError
from gpdht.registry import promote, register, registration

pytestmark = pytest.mark.slow


def test_the_real_thing_is_registered_and_loads_back_bit_for_bit(registry, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    seen = []
    version = registry.register(replicates=2, progress=lambda *step: seen.append(step))
    assert (version.version, version.alias, version.ref) == (1, "champion", "net/1")
    assert ("trial 0, cross-validation 2 of 2", 2, 2) in seen
    assert ("final fit 2 of 2", 1, 1) in seen
    model = registry.load("net")
    assert [r.config.train.seed for r in model.replicates] == [1000, 1001]
    assert model.card == json.loads(json.dumps(version.card))
    assert model.calibration.pairs == 2 * 4 * 29  # of both seeds, all pairs of the TFs
    names = registry.dataset.genes
    pairs = pd.DataFrame({"source": np.repeat(names[:4], 30), "target": np.tile(names, 4)})
    tf_P, target_P = np.repeat(np.arange(4), 30), np.tile(np.arange(30), 4)
    expected = model.score(registry.dataset, tf_P, target_P)
    again = registry.load("models:/net@champion")
    assert again.score(registry.dataset, tf_P, target_P).tobytes() == expected.tobytes()
    import mlflow.pyfunc  # after `register`, which mutes its import

    location = registry.client.get_model_version_download_uri("net", "1")
    pyfunc = mlflow.pyfunc.load_model(location)
    served = pyfunc.predict(pairs)
    assert served["weight"].to_numpy().astype(np.float32).tobytes() == expected.tobytes()
    with pytest.raises(ModelError, match=r'1 of 1 names are no genes .* "NOPE"'):
        pyfunc.predict(pd.DataFrame({"source": ["TF01"], "target": ["NOPE"]}))
    assert "python_model.pkl" not in {path.name for path in Path(location).rglob("*")}


def test_the_run_holds_card_metrics_and_params_and_is_closed(registry, scores):
    study = registry.make_study()
    version = registry.register(study, replicates=2)
    (run,) = registry.runs()
    assert (run.info.run_id, run.info.status) == (version.run_id, "FINISHED")
    assert run.data.tags["outcome"] == "complete"
    assert run.data.metrics["test/auprc"] == 0.6
    assert run.data.metrics["gain/auprc"] == pytest.approx(0.3)
    assert run.data.metrics["selection/auprc"] == 0.7
    assert run.data.params["encoder.dim"] == "8"
    files = {item.path for item in registry.client.list_artifacts(run.info.run_id)}
    assert files == {"model-card.md", "model-card.json"}
    stored = registry.client.get_model_version("net", "1")
    assert "biased upward" in stored.description
    assert len(stored.description) < 5000
    assert stored.tags["score"] == "0.6"
    assert json.loads(stored.tags["protocol"])["seeds"] == [1000, 1001]
    assert stored.tags["dataset_fingerprint"] == registry.dataset.fingerprint


def test_champion_and_candidate_follow_the_replicated_score(registry, scores):
    first = registry.register(registry.make_study(name="a"))
    assert (first.alias, first.reason) == ("champion", "the first of its name")
    scores(0.5)
    second = registry.register(registry.make_study(name="b"))
    assert (second.version, second.alias) == (2, "candidate")
    assert "does not beat the champion" in second.reason
    assert registry.aliases() == {"champion": 1, "candidate": 2}
    scores(0.65)
    third = registry.register(registry.make_study(name="c"))
    assert third.reason.startswith("beats the champion: replicated test/auprc 0.6500, net/1")
    assert registry.aliases() == {"champion": 3, "candidate": 2}
    scores(0.99)
    other = registry.make_study(name="d", fixed={"cv.split": "target"})
    fourth = registry.register(other)
    assert fourth.alias == "candidate"
    assert "cv.split edge, here target" in fourth.reason
    assert registry.client.get_model_version("net", "4").tags["reason"] == fourth.reason
    promoted = promote("net", 4, tracking_uri=registry.uri)
    assert (promoted.alias, promoted.reason) == ("champion", "promoted by hand")
    assert registry.aliases()["champion"] == 4


def test_a_winner_by_gain_stands_against_one_by_the_score_itself(registry, scores):
    registry.register(registry.make_study(name="a"))
    scores(0.65)
    changed = registry.make_study(name="b", objective="val/gain_auprc", score=0.2)
    version = registry.register(changed)
    assert version.reason.startswith("beats the champion: replicated test/auprc 0.6500, net/1")
    run = registry.client.get_run(version.run_id)
    assert run.data.metrics["selection/gain_auprc"] == 0.2
    assert run.data.tags["baseline/auprc"] == "matrix_factorisation"


def test_of_two_winners_by_brier_score_the_lower_is_champion(registry, scores):
    aims = {"objective": "val/brier", "fixed": {"train.monitor": "brier"}}
    registry.register(registry.make_study(name="a", **aims))
    scores(0.65)
    worse = registry.register(registry.make_study(name="b", **aims))
    assert (worse.alias, "test/brier 0.6500" in worse.reason) == ("candidate", True)
    scores(0.2)
    assert registry.register(registry.make_study(name="c", **aims)).alias == "champion"


def test_a_winner_that_is_registered_already_is_not_made_again(registry, scores, monkeypatch):
    study = registry.make_study()
    first = registry.register(study)
    monkeypatch.setattr(registration, "replicate", lambda *_, **__: pytest.fail("made again"))
    again = registry.register(study)
    assert (again.version, again.alias, again.reason) == (1, "champion", "registered already")
    assert again.card == first.card
    assert len(registry.client.search_model_versions("name = 'net'")) == len(registry.runs()) == 1


@pytest.mark.usefixtures("scores")
def test_a_version_whose_registration_ended_before_its_alias_gets_one_by_the_next(
    registry, monkeypatch
):
    from mlflow import MlflowClient

    def die(*_):
        raise KeyboardInterrupt

    study = registry.make_study()
    with monkeypatch.context() as patched:
        patched.setattr(MlflowClient, "set_registered_model_alias", die)
        with pytest.raises(KeyboardInterrupt):
            registry.register(study)
    assert registry.aliases() == {}
    late = registry.register(study)
    assert (late.version, late.alias) == (1, "champion")
    assert "without an alias until now; the first of its name" in late.reason
    assert registry.aliases() == {"champion": 1}
    assert registry.register(study).reason == "registered already"


@pytest.mark.parametrize(
    ("failure", "status", "outcome"),
    [(RuntimeError("no"), "FAILED", "failed"), (KeyboardInterrupt(), "KILLED", "interrupted")],
)
@pytest.mark.usefixtures("scores")
def test_whatever_ends_a_registration_no_run_is_left_open(
    registry, monkeypatch, failure, status, outcome
):
    def fail(*_, **__):
        raise failure

    monkeypatch.setattr(registration, "write_version", fail)
    with pytest.raises(type(failure)):
        registry.register()
    (run,) = registry.runs()
    assert (run.info.status, run.data.tags["outcome"]) == (status, outcome)
    assert registry.client.search_registered_models() == []


def test_a_run_that_a_killed_process_left_open_is_closed_by_the_next(registry, scores):
    import socket

    from gpdht.tracking.connection import ensure_experiment

    tags = {"gpdht.kind": "registration", "gpdht.process": f"999999999 on {socket.gethostname()}"}
    experiment = ensure_experiment(registry.client, "gpdht")
    orphan = registry.client.create_run(experiment, tags=tags).info.run_id
    registry.register()
    assert registry.client.get_run(orphan).info.status == "KILLED"


def test_a_replicate_that_does_not_complete_is_an_error(registry, scores, monkeypatch):
    failed = replace(result(0.5), state="failed", error="ValueError: no")
    monkeypatch.setattr("gpdht.registry.replication.run_trial", lambda *_, **__: failed)
    with pytest.raises(ModelError, match="seed 1000, ended as failed: ValueError: no"):
        registry.register()
    assert [run.info.status for run in registry.runs()] == ["FAILED"]


def test_what_is_wrong_is_said_before_anything_is_computed(registry, monkeypatch):
    monkeypatch.setattr(registration, "replicate", lambda *_, **__: pytest.fail("computed"))
    study = registry.make_study()
    with pytest.raises(ModelError, match="cannot be a model's name"):
        registry.register(study, name="a/b")
    with pytest.raises(ModelError, match="replicates is 0"):
        registry.register(study, replicates=0)
    other = replace(registry.dataset, expression=registry.dataset.expression * 2)
    with pytest.raises(StudyError, match="values, names or edges differ"):
        register(study, other, name="net", tracking_uri=registry.uri)
    published = {"model.name": "hgatlink", "model.projection": None}
    other_model = registry.make_study(name="published", fixed=published)
    with pytest.raises(ConfigError, match="only GP-DHT can be saved, registered"):
        registry.register(other_model)
    with pytest.raises(TrackingError, match="cannot be used"):
        register(study, registry.dataset, name="net", tracking_uri="http://127.0.0.1:9")


def test_a_missing_model_is_told_with_what_there_is(registry, scores, tmp_path):
    with pytest.raises(ModelError, match=r'no model "net" at .*mlflow\.db \(found none\)'):
        registry.load("net")
    registry.register()
    with pytest.raises(ModelError, match=r'no model "nat" .*\(found net\)'):
        registry.load("nat")
    for ref in ("net@best", "net/7"):
        with pytest.raises(ModelError, match=r"it has versions 1 and aliases: champion = 1"):
            registry.load(ref)
    with pytest.raises(ModelError, match="no version or alias"):
        promote("net", 7, tracking_uri=registry.uri)
    for ref in (tmp_path, "a/b/c", "net@x@y"):
        with pytest.raises(ModelError, match=r"neither a folder .* nor a registered"):
            registry.load(ref)


def test_every_kind_of_reference_finds_the_model(registry, scores):

    registry.register()
    refs = ["net", "net@champion", "net/1", "models:/net@champion", "models:/net/1"]
    models = [registry.load(ref) for ref in refs]
    assert {model.data["fingerprint"] for model in models} == {registry.dataset.fingerprint}


def test_a_server_keeps_models_too(mlflow_server, dataset, make_study, scores):
    registry = Registry(mlflow_server, dataset, make_study)
    version = registry.register(replicates=2, name="net")
    assert (version.alias, version.tracking_uri) == ("champion", mlflow_server)
    model = registry.load("net@champion")
    assert (model.genes == dataset.genes).all()
    again = registry.register(registry.make_study(name="b"), replicates=2)
    assert (again.alias, registry.aliases()) == ("candidate", {"champion": 1, "candidate": 2})


def test_lost_files_of_a_registered_model_are_told(registry, scores, tmp_path):
    import shutil

    registry.register()
    shutil.rmtree(tmp_path / "mlartifacts")
    with pytest.raises(ModelError, match="net/1 is registered, but its files"):
        registry.load("net")


def test_the_fresh_seeds_do_not_depend_on_the_winner(registry):
    from gpdht.registry.winner import Winner

    one = Winner.of(registry.make_study(name="a", levels=3), registry.dataset)
    study = registry.make_study(name="b", levels=6, fixed={"train.seed": 5})
    two = Winner.of(study, registry.dataset)
    assert one.config != two.config
    assert one.protocol(3) == two.protocol(3)
    assert one.protocol(3)["seeds"] == [1000, 1001, 1002]
    assert SMALL["cv.folds"] == one.protocol(3)["cv.folds"]
