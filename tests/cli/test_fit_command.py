"""`gpdht fit` and `gpdht config` as a user meets them."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest
from typer.testing import CliRunner

from gpdht.cli.app import app
from gpdht.cli.fit import _show
from gpdht.cli.settings import print_without_knowledge
from gpdht.config import Config
from gpdht.data.together import together
from gpdht.data.toy import toy
from gpdht.errors import ConfigError, DataError, DeviceError, GpdhtError
from gpdht.metrics.names import HEADLINE
from gpdht.models.catalogue import BASELINES
from gpdht.registry import load_model
from gpdht.registry.fit import fit
from gpdht.trial import TrialResult

QUICK = [
    "toy:genes=50,tfs=6,cells=60",
    *("--set", "encoder.dim=8", "--set", "encoder.iterations=5", "--set", "train.epochs=2"),
    *("--set", "model.layers=1", "--set", "model.feedforward=16", "--set", "model.hidden=16"),
]


def run(*arguments: str):
    result = CliRunner().invoke(app, ["fit", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_fit_shows_the_label_only_baseline_beside_the_score():
    output = run(*QUICK).stdout
    for words in (
        "edge split",
        "AUROC, pooled",
        "average precision, pooled",
        "AP / prevalence, pooled",
        "early precision / prevalence, pooled",
        "AUROC, mean over TFs",
        "label-only",
        "gain",
        "pairs: known TFs × genes, no self pairs, all negatives",
    ):
        assert words in output


def test_fit_of_a_peer_is_titled_with_its_name():
    peer = [*QUICK, "--set", "model.name=genelink", "--set", "peer.hidden=8"]
    output = run(*peer).stdout
    assert "GENELink" in output
    assert "GP-DHT" not in output
    assert json.loads(run(*peer, "--json").stdout)["model"] == "genelink"


@pytest.mark.parametrize(("folds", "shown"), [(1, "0.500  "), (3, "0.500 ± 0.100")])
def test_the_mean_over_one_fold_has_no_deviation(folds, shown, capsys):
    metrics = {f"{kind}/auprc{end}": 0.5 for kind in ("test", "gain") for end in ("", "_mean")}
    metrics |= {f"test/auprc_fold{fold}": 0.5 for fold in range(folds)}
    metrics |= {"test/auprc_sd": 0.1 if folds > 1 else 0.0, "test/prevalence": 0.1}
    _show(Config(), TrialResult("complete", metrics, best_epoch=1))
    text = capsys.readouterr().out
    assert shown in text
    assert ("±" in text.replace("mean ± sd", "")) == (folds > 1)


def test_fit_names_the_label_only_baseline_once_if_it_is_the_same_for_all_scores(capsys):
    metrics = {
        f"{kind}/{metric}{end}": 0.5
        for kind in ("test", "baseline", "gain")
        for metric in HEADLINE
        for end in ("", "_low", "_high", "_mean", "_sd")
    }
    models = dict.fromkeys(HEADLINE, "matrix_factorisation")
    result = TrialResult(
        "complete", {**metrics, "test/prevalence": 0.1}, best_epoch=1, baseline_models=models
    )
    _show(Config(), result)
    text = capsys.readouterr().out
    assert text.count("label-only (matrix factorisation)") == text.count("factorisation") == 1
    _show(Config(), replace(result, baseline_models={**models, "auroc": "tf_rate"}))
    text = capsys.readouterr().out
    assert text.count("0.500 (matrix factorisation)") == len(HEADLINE) - 1
    assert text.count("0.500 (TF rate)") == 1


def test_fit_gives_one_json_object_with_its_protocol_and_the_same_figures_twice():
    first, second = (
        json.loads(run(*QUICK, "--set", "cv.split=target", "--json").stdout) for _ in range(2)
    )
    assert first["metrics"] == second["metrics"]
    assert (first["split"], first["folds"], first["negatives"]) == ("target", 3, "all")
    assert first["baseline_models"]["auprc"] in BASELINES
    assert first["universe"].startswith("known TFs × genes")
    gain = first["metrics"]["test/auprc"] - first["metrics"]["baseline/auprc"]
    assert first["metrics"]["gain/auprc"] == pytest.approx(gain)


def test_the_device_option_holds_for_its_command_alone(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(DeviceError, match=r'"cuda:1".* finds 0 GPUs here'):
        run(*QUICK, "--device", "cuda:1")
    assert run(*QUICK).exit_code == 0


def test_the_seed_option_draws_other_folds():
    first, second = (
        json.loads(run(*QUICK, "--json", "--seed", seed).stdout) for seed in ("0", "1")
    )
    assert first["metrics"]["baseline/auprc"] != second["metrics"]["baseline/auprc"]


def test_fit_writes_scores_and_a_model_that_loads(tmp_path):
    run(*QUICK, "--scores", tmp_path / "scores.csv", "--save", tmp_path / "model")
    scores = pd.read_csv(tmp_path / "scores.csv")
    assert list(scores) == ["source", "target", "label", "fold", "score", "baseline"]
    assert len(scores) == 6 * 50 - 6
    assert load_model(tmp_path / "model").config.encoder.dim == 8


def test_each_of_several_sets_scores_as_alone_and_their_means_are_told(tmp_path):
    places = ["toy:genes=50,tfs=6,cells=60", "toy:genes=40,tfs=7,cells=50,seed=2"]
    words = [*QUICK[1:], "--json"]
    both = json.loads(run(*places, *words, "--scores", tmp_path / "scores.csv").stdout)
    alone = [json.loads(run(place, *words).stdout) for place in places]
    assert len(both["sets"]) == 2
    assert both["dataset"] == " + ".join(both["sets"])
    for there, one in zip(both["sets"].values(), alone, strict=True):
        assert {entry: one[entry] for entry in there} == there
    scores = [one["metrics"]["test/auprc"] for one in alone]
    assert both["metrics"]["test/auprc"] == pytest.approx(sum(scores) / 2)
    written = pd.read_csv(tmp_path / "scores.csv")
    sizes = {name: len(part) for name, part in written.groupby("set", sort=False)}
    assert sizes == dict(zip(both["sets"], (6 * 50 - 6, 7 * 40 - 7), strict=True))
    shown = run(*places, *QUICK[1:]).stdout
    titles = [f"{name}: 3-fold edge split" for name in both["sets"]]
    assert all(title in shown for title in [*titles, "mean over 2 sets: 3-fold edge split"])
    assert shown.count("best epoch") == 2


def test_a_model_of_several_sets_is_refused_before_any_work(tmp_path):
    with pytest.raises(ConfigError, match="2 sets were given, and a model is of one"):
        run("toy", "toy:seed=2", "--save", tmp_path / "model")
    with pytest.raises(ConfigError, match="2 sets were given"):
        fit(together([toy(), toy(seed=2)]))


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (["--set", "encoder.dims=8"], ConfigError, 'did you mean "encoder.dim"'),
        (["--set", "encoder.dim"], ConfigError, "write PATH=VALUE"),
        (["--set", "encoder.dim=none"], ConfigError, "encoder.dim='none'"),
        (["--set", "cv.split=tf", "--set", "cv.folds=9"], GpdhtError, "6 TFs"),
        (["--scores", "net.docx"], GpdhtError, "unknown format"),
        (["--scores", "nowhere/net.csv"], GpdhtError, "does not exist"),
        (["--save", "."], GpdhtError, "exists"),
        (["--save", "m", "--set", "model.name=genelink"], ConfigError, "only GP-DHT can be saved"),
        (["--net", "edges.csv"], DataError, "toy brings its own network"),
    ],
)
def test_bad_input_is_one_error_before_any_work(arguments, error, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a file").touch()
    with pytest.raises(error) as caught:
        run(*QUICK, *arguments)
    assert words in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["a file"]


def test_config_lists_every_setting():
    text = CliRunner().invoke(app, ["config"]).stdout
    listed = [line.split()[0] for line in text.splitlines()]
    assert listed == list(Config().flat())
    assert json.loads(CliRunner().invoke(app, ["config", "--json"]).stdout) == Config().flat()


@pytest.mark.parametrize(
    ("path", "value", "lacks"),
    [("prior.embedding", "8", "prior networks"), ("train.others", "2", "other sets")],
)
def test_a_setting_of_knowledge_that_the_data_lack_is_named(path, value, lacks, capsys):
    print_without_knowledge(toy(), {path: value, "encoder.dim": 8})
    assert f"{path} changes nothing here" in (said := capsys.readouterr().err)
    assert f"has no {lacks}" in said
    assert "encoder.dim" not in said
