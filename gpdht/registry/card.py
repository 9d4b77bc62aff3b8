"""The model card: what was measured, how, and what it does and does not show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gpdht.config import Config
from gpdht.metrics.names import HEADLINE, is_better, score_of
from gpdht.models.catalogue import titles_of
from gpdht.registry.replication import Figure, Replication, spread

SPLITS = {
    "edge": "Training saw the TF and the target of every test pair, in other pairs. Such a score "
    "is mostly memory of how often each TF and target occurs among the known edges; it does not "
    "show what the model finds for targets or TFs without known edges.",
    "target": "Training never saw the test targets as targets. The score shows how well new "
    "targets of TFs with known edges are found; it says nothing of TFs without known edges.",
    "tf": "Training never saw the test TFs as TFs. The score shows how well targets of a TF "
    "without known edges are found among genes that are targets of other TFs.",
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


def make_card(
    *,
    data: Mapping[str, Any],
    study: Mapping[str, Any],
    selection: Mapping[str, Any],
    config: Config,
    universe: str,
    replication: Replication,
    cost: Mapping[str, float],
    versions: Mapping[str, str],
) -> dict[str, Any]:
    """The card as plain data.

    Parameters
    ----------
    data : `name`, `fingerprint`, `cells`, `genes`, `tfs`, `edges`.
    study : `name`, `winner`, `trials`, `complete`, `best_epoch`, `settings` (the searched ones).
    selection : `metric` and `score` that the search chose by.
    cost : seconds, by piece of work.
    """
    protocol = {
        path: v for path, v in config.applied().items() if path.startswith(("cv.", "pairs."))
    }
    del protocol["cv.seed"]
    return {
        "data": dict(data),
        "study": dict(study),
        "protocol": {**protocol, "universe": universe, "seeds": list(replication.seeds)},
        "selection": dict(selection),
        "replicated": {name: _plain(figure) for name, figure in replication.figures.items()},
        "gain": {m: _gain_over_seeds(per_seed) for m, per_seed in replication.gain.items()},
        "baseline_models": {m: list(models) for m, models in replication.baseline_models.items()},
        "says": SPLITS[config.cv.split],
        "caveat": CAVEAT,
        "seconds": dict(cost),
        "versions": dict(versions),
    }


def card_text(card: Mapping[str, Any], *, title: str) -> str:
    """The card as Markdown."""
    data, study, protocol = card["data"], card["study"], card["protocol"]
    settings = ", ".join(f"`{path}` {_short(v)}" for path, v in study["settings"].items())
    seeds = ", ".join(str(seed) for seed in protocol["seeds"])
    seconds = ", ".join(f"{name} {value:.0f} s" for name, value in card["seconds"].items())
    versions = ", ".join(f"{name} {version}" for name, version in card["versions"].items())
    folds = next(iter(card["replicated"].values()))["folds"]
    return f"""# {title}

GP-DHT, an ensemble of {len(protocol["seeds"])} replicates, trained on **{data["name"]}**: \
{data["genes"]} genes, {data["cells"]} cells, {data["tfs"]} TFs with known edges, \
{data["edges"]} known edges; fingerprint `{data["fingerprint"]}`.

## Scores

{_table(card)}

Mean ± sd over the {folds} folds of {len(protocol["seeds"])} seeds ({seeds}), none of them used by \
the search (new draws of the same pairs, so a little of its optimism may remain); *pooled* is \
the mean over seeds of the score of all out-of-fold pairs together. *Label-only* is the best in \
each score of the baselines that see no expression, on the same folds{_named(card)}. All scores \
are about these pairs: {protocol["universe"]}.

Selection score: {card["selection"]["metric"]} {card["selection"]["score"]:.4f}, the best of \
{study["complete"]} complete trials, and so **biased upward**; it is not a test score.

{card["says"]} {_verdict(card)}

{card["caveat"]}

## Protocol

Split `{protocol["cv.split"]}`, {protocol["cv.folds"]} folds, {protocol["cv.validation"]:g} of \
each training part for validation.

## Origin

Study `{study["name"]}`, trial {study["winner"]} of {study["trials"]}, {study["best_epoch"]} \
epochs; {settings or "no searched settings"}.

Cost: {seconds}. Versions: {versions}.
"""


def shown_metrics(card: Mapping[str, Any]) -> list[str]:
    """The scores that a card's table has: the headline ones, and the one it was chosen by."""
    chosen = score_of(card["selection"]["metric"])
    return [
        metric
        for metric in dict.fromkeys((*HEADLINE, chosen))
        if {f"test/{metric}", f"baseline/{metric}"} <= card["replicated"].keys()
    ]


def _table(card: Mapping[str, Any]) -> str:
    lines = [
        "| metric | GP-DHT | pooled | label-only | pooled | gain (pooled) |",
        "|---|---|---|---|---|---|",
    ]
    for metric in shown_metrics(card):
        test, baseline = (
            card["replicated"][f"test/{metric}"],
            card["replicated"][f"baseline/{metric}"],
        )
        lines.append(
            f"| {metric} | {_spread(test)} | {test['pooled']:.4f} "
            f"| {_spread(baseline)} | {baseline['pooled']:.4f} "
            f"| {_gain(card['gain'].get(metric))} |"
        )
    return "\n".join(lines)


def _gain(gain: Mapping[str, Any] | None) -> str:
    if gain is None:
        return "–"
    return f"{gain['mean']:+.4f}" + ("" if gain["sd"] is None else f" ± {gain['sd']:.4f}")


def _named(card: Mapping[str, Any]) -> str:
    """Which label-only baselines the table's figures are of."""
    models = card["baseline_models"]
    shown = {m: models[m] for m in HEADLINE if m in models}
    if not shown:
        return ""
    if len({tuple(names) for names in shown.values()}) == 1:
        return f": {titles_of(next(iter(shown.values())))}"
    return ": " + ", ".join(f"{titles_of(names)} ({metric})" for metric, names in shown.items())


def _verdict(card: Mapping[str, Any]) -> str:
    metric = score_of(card["selection"]["metric"])
    test, baseline = (
        card["replicated"][f"{kind}/{metric}"]["per_seed"] for kind in ("test", "baseline")
    )
    better = [is_better(metric, *pair) for pair in zip(test, baseline, strict=True)]
    if all(better):
        return f"It is better than the label-only baseline with every seed ({metric})."
    if not any(better):
        return (
            f"It is **not better than the label-only baseline** with any seed ({metric}): by this "
            "score the expression adds nothing to the labels."
        )
    return (
        f"It is better than the label-only baseline with some seeds only ({metric}): by this score "
        "expression adds little, if anything, to the labels."
    )


def _spread(figure: Mapping[str, Any]) -> str:
    return f"{figure['mean']:.4f} ± {figure['sd']:.4f}"


def _plain(figure: Figure) -> dict[str, Any]:
    return {**vars(figure), "per_seed": list(figure.per_seed)}


def _gain_over_seeds(per_seed: tuple[float, ...]) -> dict[str, Any]:
    sd = spread(per_seed) if len(per_seed) > 1 else None
    return {"mean": sum(per_seed) / len(per_seed), "sd": sd, "per_seed": list(per_seed)}


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
