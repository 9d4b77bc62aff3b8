"""Whether searching a shipped space pays, on several sets and splits: winner minus default.

Each study is one search; the verdict is its own: the winner and the space's default trained again
on fresh folds. A second run goes on where the first ended, and prints what there is.

usage: python benchmarks/spaces.py OUT --sets DATA… [--spaces generalise] [--splits target tf edge]
           [--trials 12] [--replicates 3] [--deals 0] [--only-show]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
from optuna.importance import FanovaImportanceEvaluator, get_param_importances
from optuna.trial import FrozenTrial, TrialState

import gpdht as gp
from gpdht.errors import GpdhtError
from gpdht.presentation import Table, number, signed
from gpdht.search.several_studies import settings_table, studies_table, study_rows
from gpdht.search.space import load_space
from gpdht.search.study import Study, open_study, study_names
from gpdht.search.study_tables import StudyTables


def searches(asked: argparse.Namespace) -> Iterator[tuple[str, str, dict]]:
    """Name, data and space of each study; all sets of a split come before the next split."""
    for space in asked.spaces:
        content = load_space(space).content()
        for split in asked.splits:
            for data in asked.sets:
                fixed = {**content.get("fixed", {}), "cv.split": split}
                name = "".join(Path(data).parts[-2:]).replace("TFs+", "")
                yield f"{space}-{split}-{name}", data, {**content, "fixed": fixed}


def search_all(asked: argparse.Namespace) -> None:
    for name, data, space in searches(asked):
        try:
            gp.run_search(
                gp.open_dataset(data),
                space,
                name=name,
                studies=asked.out,
                trials=asked.trials,
                resume=True,
                replicates=asked.replicates,
                max_concurrent=asked.at_once,
            )
        except GpdhtError as error:  # a set whose TFs cannot be split so
            print(f"{name}: {error}")
        show(asked.out)


def show(out: Path, *, deals: int = 0) -> None:
    """What every study found, whether it paid on average, and which settings mattered."""
    studies = [open_study(name, out) for name in study_names(out)]
    ended = [study for study in studies if study.record.get("ended")]
    tables = [StudyTables(study) for study in ended]
    if not tables:
        return
    found, settings = differences(ended), settings_table(tables)
    printed = [
        studies_table(study_rows(tables)),
        mean_table(tables),
        shared_points_table(found),
        importance_table(found, deals=deals),
    ]
    print("\n\n".join(one.markdown() for one in [*printed, *([settings] if settings else [])]))


def mean_table(tables: list[StudyTables]) -> Table:
    """Winner minus default on fresh folds over sets, by space and split; 0 where they are one."""
    rows = []
    for one in tables:
        kind, verdict = "-".join(one.study.name.split("-")[:2]), one.verdict
        if verdict and (verdict.paid == "same" or verdict.replicated):
            difference = verdict.replicated.difference if verdict.replicated else 0.0
            rows.append((kind, difference, verdict.paid))
    found = pd.DataFrame(rows, columns=["kind", "difference", "paid"])
    cells = []
    for kind, part in found.groupby("kind", sort=True):
        error = part["difference"].std() / np.sqrt(len(part)) if len(part) > 1 else np.nan
        counts = ", ".join(f"{n} {paid}" for paid, n in part["paid"].value_counts().items())
        mean = signed(float(part["difference"].mean()), 4)
        cells.append((kind, str(len(part)), mean, number(float(error), 4), counts))
    head = ("space, split", "sets", "winner − default", "standard error over sets", "verdicts")
    return Table("Winner minus default on fresh folds", head, cells, words=(0, 4))


def differences(studies: list[Study]) -> list[tuple[str, FrozenTrial, float]]:
    """Each trial's score less the default's after as many epochs: study, trial, difference.

    Of a trial that was pruned the epochs until then count, of its score and of the default's. A
    study whose default did not train is left out.
    """
    found = []
    for study in studies:
        sign = 1 if study.space.objective.mode == "max" else -1
        trials = study.optuna.get_trials(deepcopy=False)
        default = trials[study.reference or 0].intermediate_values
        for trial in trials if default else ():
            curve = {at: value for at, value in trial.intermediate_values.items() if at > 0}
            if (
                not curve
                or not default
                or trial.state not in (TrialState.COMPLETE, TrialState.PRUNED)
            ):
                continue
            besides = max(sign * value for at, value in default.items() if 0 < at <= max(curve))
            found.append((study.name, trial, max(sign * v for v in curve.values()) - besides))
    return found


def shared_points_table(found: list[tuple[str, FrozenTrial, float]]) -> Table:
    """The points that all studies tried, for the sampler draws its first ones by its seed alone.

    The last row is of choosing for each study the point with the best mean in the studies of the
    other sets.
    """
    names = list(dict.fromkeys(name for name, _, _ in found))
    at = {(json.dumps(t.params, sort_keys=True), name): (t, d) for name, t, d in found}
    points = [
        point
        for point in dict.fromkeys(point for point, _ in at)
        if all((point, name) in at for name in names)
    ]
    table = pd.DataFrame(
        {at[point, names[0]][0].number: [at[point, name][1] for name in names] for point in points},
        index=names,
    )
    cells = [
        (
            f"trial {trial}" if trial else "the default",
            signed(float(column.mean()), 4),
            number(float(column.std() / np.sqrt(len(column))), 4),
            signed(float(column.max()), 4),
            f"{int((column > 0).sum())} of {len(column)}",
        )
        for trial, column in table.items()
    ]
    sets = table.index.str.split("-", n=2).str[2]
    chosen = [
        table.loc[name, table[sets != own].mean().idxmax()]
        for name, own in zip(names, sets, strict=True)
        if (sets != own).any()
    ]
    if chosen:
        better = f"{sum(one > 0 for one in chosen)} of {len(chosen)}"
        mean = signed(float(np.mean(chosen)), 4)
        cells.append(("chosen by other sets", mean, "", signed(max(chosen), 4), better))
    head = ("point", "mean less the default", "standard error", "most", "better in")
    title = f"Selection scores of the same points in {len(names)} studies"
    return Table(title, head, cells, words=(0, 4))


def importance_table(found: list[tuple[str, FrozenTrial, float]], *, deals: int) -> Table:
    """The share of each setting (functional ANOVA) in what the trials of all studies differ.

    Beside it the least and the most share when one of the sets, or one of the splits, is left out;
    and with `deals` the mean share when that setting's values are dealt out anew among the trials.
    """
    studies = list(dict.fromkeys(name for name, _, _ in found))
    shares = importances(found)
    kinds = {part for name in studies for part in name.split("-", 2)[1:]}
    without = [
        importances(left)
        for kind in sorted(kinds)
        if (left := [one for one in found if kind not in one[0].split("-", 2)[1:]])
    ]
    rng = np.random.default_rng(0)
    rows = [
        (
            path,
            number(share, 3),
            *(number(end((o[path] for o in without), default=np.nan), 3) for end in (min, max)),
            number(share_by_chance(found, path, deals=deals, rng=rng), 3),
        )
        for path, share in shares.items()
    ]
    title = f"Importance of the settings in {len(found)} trials of {len(studies)} studies"
    return Table(title, ("setting", "share", "least", "most", "by chance"), rows, words=(0,))


def share_by_chance(
    found: list[tuple[str, FrozenTrial, float]], path: str, *, deals: int, rng: np.random.Generator
) -> float:
    """The mean share of a setting whose values are dealt out anew among the trials."""
    shares = []
    for _ in range(deals):
        value_T = [found[i][1].params[path] for i in rng.permutation(len(found))]
        dealt = [
            (
                name,
                optuna.trial.create_trial(
                    params={**t.params, path: v}, distributions=t.distributions, value=0.0
                ),
                d,
            )
            for (name, t, d), v in zip(found, value_T, strict=True)
        ]
        shares.append(importances(dealt, forests=1)[path])
    return float(np.mean(shares)) if shares else np.nan


def importances(
    found: list[tuple[str, FrozenTrial, float]], *, forests: int = 10
) -> dict[str, float]:
    """Shares that add up to 1, the largest first; the mean over some forests."""
    pooled = optuna.create_study(direction="maximize")
    for _, trial, difference in found:
        if trial.params.keys() == found[0][1].params.keys():
            pooled.add_trial(
                optuna.trial.create_trial(
                    params=trial.params, distributions=trial.distributions, value=difference
                )
            )
    drawn = [
        get_param_importances(pooled, evaluator=FanovaImportanceEvaluator(seed=seed))
        for seed in range(forests)
    ]
    shares = {path: float(np.mean([one[path] for one in drawn])) for path in drawn[0]}
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--sets", nargs="+", default=[])
    parser.add_argument("--spaces", nargs="+", default=["generalise"])
    parser.add_argument("--splits", nargs="+", default=["target", "tf", "edge"])
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--replicates", type=int, default=3)
    parser.add_argument("--at-once", type=int, default=None)
    parser.add_argument("--deals", type=int, default=0)
    parser.add_argument("--only-show", action="store_true")
    asked = parser.parse_args()
    if not asked.only_show:
        search_all(asked)
    show(asked.out, deals=asked.deals)


if __name__ == "__main__":
    main()
