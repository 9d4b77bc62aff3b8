"""The model card: what was measured, how, and what it does and does not show."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from gpdht.config import Config
from gpdht.metrics.names import HEADLINE, TITLES, is_better, score_of
from gpdht.models.catalogue import titles_of
from gpdht.presentation import Table, count, seconds, setting, signed, spread
from gpdht.registry.replication import Replication, sample_sd
from gpdht.search.verdict import Verdict
from gpdht.search.verdict_words import say_verdict, verdict_tables

SPLITS = {
    "edge": "Training saw the TF and the target of every test pair, in other pairs. Such a score "
    "is mostly memory of how often each TF and target occurs among the known edges; it does not "
    "show what the model finds for targets or TFs without known edges.",
    "target": "Training never saw the test targets as targets. The score shows how well new "
    "targets of TFs with known edges are found; it says nothing of TFs without known edges.",
    "tf": "Training never saw the test TFs as TFs. The score shows how well targets of a TF "
    "without known edges are found among genes that are targets of other TFs.",
    "set": "Training saw no label of this set, only those of other sets. The score shows what the "
    "model finds in a cell type without known edges.",
    "both": "Training saw neither the test TFs as TFs nor the test targets as targets. The score "
    "shows what the model finds where no known edge helps.",
}
CAVEAT = (
    "The registered model is trained on all candidate pairs for the winner's best number of "
    "epochs, so no pair is left to test it on: the scores are of the same configuration trained "
    "on a part. Known edges were labels in training; their weights are no predictions. Versions of "
    "one name are compared by these test scores to choose the champion, so of many versions the "
    "champion's score is biased upward."
)

FEATURES = (
    "It also reads other cells and genes (encoder.features {}); the scores are of the cells of "
    "training, and gpdht predict says how far others lie from them."
)
ONE_HOT = (
    "It scores the cells of training alone; for others, gpdht predict --retrain trains its "
    "configuration again."
)


def make_card(
    *,
    data: Mapping[str, Any],
    study: Mapping[str, Any],
    selection: Mapping[str, Any],
    verdict: Verdict | None,
    config: Config,
    universe: str,
    replication: Replication,
    cost: Mapping[str, float],
    versions: Mapping[str, str],
) -> dict[str, Any]:
    """The card as plain data.

    Parameters
    ----------
    data : `name`, `fingerprint`, `cells`, `genes`, `tfs`, `edges`, and of each of the `priors` and
        of the `others`, by name, the number of its edges and its fingerprint.
    study : `name`, `winner` (the trial registered), `best` (that with the best selection score),
        `trials`, `complete`, `best_epoch`, `settings` (the searched ones).
    selection : `metric` and `score` that the search chose by, and the `sets` that the score is a
        mean over, where there are several.
    verdict : the study's best trial beside its reference.
    cost : seconds, by piece of work.
    """
    protocol = {
        path: v for path, v in config.applied().items() if path.startswith(("cv.", "pairs."))
    }
    del protocol["cv.seed"]
    features = config.encoder.features
    return {
        "data": dict(data),
        "study": dict(study),
        "protocol": {**protocol, "universe": universe, "seeds": list(replication.seeds)},
        "selection": dict(selection),
        "verdict": verdict and verdict.plain(),
        "replicated": {
            name: {
                **vars(figure),
                "sd": None if math.isnan(figure.sd) else figure.sd,  # JSON has no NaN
                "per_seed": list(figure.per_seed),
            }
            for name, figure in replication.figures.items()
        },
        "gain": {m: _gain_over_seeds(per_seed) for m, per_seed in replication.gain.items()},
        "baseline_models": {m: list(models) for m, models in replication.baseline_models.items()},
        "calibration": replication.calibration and vars(replication.calibration),
        "says": SPLITS[config.cv.split],
        "caveat": CAVEAT,
        "other_data": ONE_HOT if features == "one-hot" else FEATURES.format(features),
        "seconds": dict(cost),
        "versions": dict(versions),
    }


def card_text(card: Mapping[str, Any], *, title: str) -> str:
    """The card as Markdown."""
    listed = "\n".join(f"- **{name}**: {value}" for name, value in facts(card))
    tables = [table.markdown() for table in card_tables(card)]
    return "\n\n".join([f"# {title}", *tables, *sentences(card), "## Origin", listed, ""])


def card_tables(card: Mapping[str, Any]) -> list[Table]:
    """The replicated scores, and the study's best trial beside its reference if they differ."""
    return [score_table(card), *verdict_tables(_verdict_of(card))]


def score_table(card: Mapping[str, Any]) -> Table:
    """The replicated scores beside those of the best label-only baseline, and the gain."""
    rows = []
    for metric in _shown_metrics(card):
        test, baseline = (card["replicated"][f"{kind}/{metric}"] for kind in ("test", "baseline"))
        pooled, folds = zip(
            *(
                (f"{one['pooled']:.4f}", spread(one["mean"], _sd_of(one), 4))
                for one in (test, baseline)
            ),
            strict=True,
        )
        gain = card["gain"].get(metric)
        shown = "–" if gain is None else signed(gain["mean"], 4)
        shown += "" if math.isnan(sd := _sd_of(gain)) else f" ± {sd:.4f}"
        rows.append((TITLES[metric], pooled[0], folds[0], pooled[1], folds[1], shown))
    seeds = card["protocol"]["seeds"]
    many = count(len(seeds), "fresh seed")
    return Table(
        f"Replicated scores, split {card['protocol']['cv.split']}, {many}",
        ("score", "test, pooled", "over folds", "label-only, pooled", "over folds", "gain ± sd"),
        rows,
        f"Fresh folds with {count(len(seeds), 'seed')} ({', '.join(map(str, seeds))}) that the "
        "search has not used. They are new draws of the same labelled pairs, so a little of the "
        "search's optimism may remain. Pooled: the mean over seeds of the score of all "
        "out-of-fold pairs together; over folds: mean ± sd over the "
        f"{next(iter(card['replicated'].values()))['folds']} folds; label-only: the best, in each "
        f"score, of the baselines that see no expression, on the same folds{_named(card)}.",
    )


def sentences(card: Mapping[str, Any]) -> list[str]:
    """What the scores show and what they do not."""
    selection, verdict = card["selection"], _verdict_of(card)
    return [
        f"{card['says']} {_against_labels(card)}",
        f"The search chose by {selection['metric']} {selection['score']:.4f}{_mean(selection)}, "
        f"the best of {card['study']['complete']} complete trials, and so biased upward; it is not "
        "a test score."
        if card["study"]["winner"] == best_trial(card)
        else f"Trial {best_trial(card)} had the best {selection['metric']}, but on fresh "
        "folds it is worse than the reference, so the reference is what is registered.",
        *([say_verdict(verdict)] if verdict else []),
        card["caveat"],
        *([card["other_data"]] if "other_data" in card else []),  # not in those of earlier versions
    ]


def facts(card: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Where the model comes from, by name."""
    data, study, protocol = card["data"], card["study"], card["protocol"]
    settings = ", ".join(f"{path} {setting(value)}" for path, value in study["settings"].items())
    return [
        (
            "Trained on",
            f"{data['name']}: {data['genes']} genes, {data['cells']} cells, {data['tfs']} TFs with "
            f"known edges, {data['edges']} known edges",
        ),
        ("Fingerprint", data["fingerprint"]),
        *(
            (f"{what} {name}", f"{count(edges, 'edge')}, fingerprint {fingerprint[:12]}")
            for what, key in (("Prior", "priors"), ("Learned also from", "others"))
            for name, (edges, fingerprint) in data.get(key, {}).items()
        ),
        ("Candidate pairs", protocol["universe"]),
        (
            "Folds",
            f"{protocol.get('cv.folds', 1)}, split {protocol['cv.split']}, "
            f"{protocol['cv.validation']:g} of each training part for validation",
        ),
        ("Ensemble", count(len(protocol["seeds"]), "replicate") + " of the same settings"),
        ("Study", f"{study['name']}, trial {study['winner']} of {study['trials']}"),
        ("Epochs", str(study["best_epoch"])),
        ("Settings", settings or "none searched"),
        ("Cost", ", ".join(f"{name} {seconds(value)}" for name, value in card["seconds"].items())),
        ("Versions", ", ".join(f"{name} {text}" for name, text in card["versions"].items())),
    ]


def _shown_metrics(card: Mapping[str, Any]) -> list[str]:
    """The scores that a card's table has: the headline ones, and the one it was chosen by."""
    chosen = score_of(card["selection"]["metric"])
    return [
        metric
        for metric in dict.fromkeys((*HEADLINE, chosen))
        if {f"test/{metric}", f"baseline/{metric}"} <= card["replicated"].keys()
    ]


def _verdict_of(card: Mapping[str, Any]) -> Verdict | None:
    content = card.get("verdict")  # cards of earlier versions have none
    return Verdict.from_plain(content) if content else None


def best_trial(card: Mapping[str, Any]) -> int:
    """The trial with the best selection score; that registered, on cards of earlier versions."""
    return int(card["study"].get("best", card["study"]["winner"]))


def _mean(selection: Mapping[str, Any]) -> str:
    sets = selection.get("sets")  # not on cards of earlier versions
    return f" (mean over {', '.join(sets)})" if sets else ""


def _named(card: Mapping[str, Any]) -> str:
    """Which label-only baselines the table's figures are of."""
    models = card["baseline_models"]
    shown = {m: models[m] for m in HEADLINE if m in models}
    if not shown:
        return ""
    if len({tuple(names) for names in shown.values()}) == 1:
        return f": {titles_of(next(iter(shown.values())))}"
    return ": " + ", ".join(
        f"{titles_of(names)} ({TITLES[metric]})" for metric, names in shown.items()
    )


def _against_labels(card: Mapping[str, Any]) -> str:
    metric = score_of(card["selection"]["metric"])
    test, baseline = (
        card["replicated"][f"{kind}/{metric}"]["per_seed"] for kind in ("test", "baseline")
    )
    better = [is_better(metric, *pair) for pair in zip(test, baseline, strict=True)]
    score = TITLES[metric]
    if all(better):
        return f"It is better than the label-only baseline with every seed ({score})."
    if not any(better):
        return (
            f"It is not better than the label-only baseline with any seed ({score}): by this "
            "score the expression adds nothing to the labels."
        )
    return (
        f"It is better than the label-only baseline with some seeds only ({score}): by this score "
        "expression adds little, if anything, to the labels."
    )


def _sd_of(figure: Mapping[str, Any] | None) -> float:
    """NaN for that of one value."""
    return math.nan if figure is None or figure["sd"] is None else figure["sd"]


def _gain_over_seeds(per_seed: tuple[float, ...]) -> dict[str, Any]:
    sd = sample_sd(per_seed) if len(per_seed) > 1 else None
    return {"mean": sum(per_seed) / len(per_seed), "sd": sd, "per_seed": list(per_seed)}
