"""Folds as fidelity: what the scheduler `race` saves, and what it loses, by replaying searches.

`record` cross-validates random points of a space and keeps each fold's validation score after each
epoch. `replay` sends recorded trials in many orders, and simulated ones, through each scheduler:
configurations per budget against no pruning, and how far its winner is below the best trial's mean.

usage: python benchmarks/race.py record DATA TABLE [--space SPACE] [--trials N] [--set PATH=VALUE]
       python benchmarks/race.py replay [TABLE …] [--replays N]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import optuna
import yaml
from rich.console import Console
from rich.table import Table

from gpdht.data.source import open_dataset
from gpdht.models.catalogue import prepare_model
from gpdht.search.samplers import make_pruner
from gpdht.search.sections import Asha, Median, Race, Scheduler
from gpdht.search.space import load_space
from gpdht.search.study import open_study
from gpdht.training.cross_validation import draw_folds, own_random_state
from gpdht.training.side_by_side import SideBySide
from gpdht.training.validation import Validation

FOLDS, EPOCHS, PATIENCE = 3, 60, 8
REFIT = 1.25
"""Pairs of a refitted fold against a training part, whose validation part it has too."""
SIMULATED = (
    (16, 0.015, 0.004),
    (32, 0.015, 0.004),
    (32, 0.015, 0.008),
    (32, 0.006, 0.0073),
    (100, 0.006, 0.0073),
)
"""Trials, mean distance of their worth from the best, own sd; the last two as on mDC500."""
SCHEDULERS: dict[str, Scheduler] = {
    "asha": Asha(grace_epochs=15, reduction=3),
    "median": Median(),
    "race": Race(),
}


@dataclass(frozen=True)
class Recorded:
    """A trial: `value_EF`, validation scores by epoch and fold, until patience ends the mean's and
    the first fold's curves; seconds before training, and of an epoch of one fold.
    """

    value_EF: list[list[float]]
    before_s: float
    epoch_s: float

    @property
    def first(self) -> tuple[float, int]:
        """The first fold's best score by itself, and how many epochs that takes."""
        _, epochs, best = stopped([row[0] for row in self.value_EF])
        return best, epochs

    @property
    def means(self) -> list[float]:
        """Means over folds until patience ends them."""
        mean_E = np.mean(self.value_EF, axis=1).tolist()
        return mean_E[: stopped(mean_E)[1]]

    @property
    def seconds(self) -> float:
        """Of the whole trial, its folds in lockstep and trained again to the best epoch."""
        at, epochs, _ = stopped(self.means)
        return self.before_s + len(self.value_EF[0]) * (epochs + REFIT * at) * self.epoch_s


def stopped(curve: Sequence[float]) -> tuple[int, int, float]:
    """The best epoch, at which epoch patience ends, and the best value."""
    best, at = -np.inf, 0
    for epoch, value in enumerate(curve, start=1):
        if value > best:
            best, at = value, epoch
        if epoch - at >= PATIENCE:
            return at, epoch, best
    return at, len(curve), best


def record(data: str, path: Path, *, space: str, trials: int, fixed: dict[str, object]) -> None:
    """Write a line of JSON for each of so many random points."""
    dataset, searched = open_dataset(data), load_space(space)
    random = np.random.default_rng(11)
    points = [searched.sample(random) for _ in range(trials)]
    with path.open("a", encoding="utf-8") as file:
        for point in points[len(path.read_text().splitlines()) :]:
            config = searched.config({**point, **fixed})
            pairs, folds = draw_folds(config, dataset)
            with own_random_state():
                start = time.perf_counter()
                prepared = prepare_model(config, dataset, folds=len(folds))
                models = prepared.models(pairs, [fold.train for fold in folds])
                trained = SideBySide(
                    models, prepared.trainer, pairs, folds, Validation(pairs, folds)
                )
                before_s, value_EF = time.perf_counter() - start, []
                for epoch in range(1, EPOCHS + 1):
                    value_EF.append([fold.scores["auprc"] for fold in trained.epoch(epoch)])
                    curves = [np.mean(value_EF, axis=1), [row[0] for row in value_EF]]
                    if all(epoch - stopped(curve)[0] >= PATIENCE for curve in curves):
                        break
            seconds = time.perf_counter() - start - before_s
            trial = Recorded(value_EF, before_s, seconds / (epoch * len(folds)))
            file.write(json.dumps(asdict(trial)) + "\n")
            file.flush()


def recorded(path: Path) -> list[Recorded]:
    """The trials of a table, or the complete ones of a study in a folder.

    A study keeps each fold's score after each epoch; until patience ended the mean's curve.
    """
    if path.is_file():
        return [Recorded(**json.loads(line)) for line in path.read_text().splitlines()]
    study, trials = open_study(path), []
    names = [f"{study.space.objective.metric}_fold{fold}" for fold in range(FOLDS)]
    for number in study.trials().query("state == 'complete'")["number"]:
        seconds, epochs = study.result(int(number)).seconds, study.epochs(int(number))
        value_EF = [[epochs[epoch][name] for name in names] for epoch in sorted(epochs) if epoch]
        epoch_s = 0.9 * seconds / (len(value_EF) * FOLDS)
        trials.append(Recorded(value_EF, 0.1 * seconds, epoch_s))
    return trials


def simulated(seed: int, *, trials: int, spread: float, own_sd: float) -> list[Recorded]:
    """Trials whose folds share how hard each is, and differ by `own_sd` for each trial and fold.

    A trial's worth lies below .15 by an exponential variable of mean `spread`; curves rise to it.
    """
    random = np.random.default_rng(seed)
    shared_F, made = random.normal(0, 0.012, FOLDS), []
    for _ in range(trials):
        worth_F = 0.15 - random.exponential(spread) + shared_F + random.normal(0, own_sd, FOLDS)
        rise_E = 1 - np.exp(-np.arange(1, EPOCHS + 1) / random.uniform(2, 12))[:, None]
        value_EF = worth_F * rise_E + random.normal(0, 0.002, (EPOCHS, FOLDS))
        made.append(Recorded(value_EF.tolist(), before_s=2.0, epoch_s=0.3))
    return made


def search(trials: Sequence[Recorded], scheduler: Scheduler) -> tuple[float, float, int]:
    """Seconds, the winner's mean, and how many trials are complete, of a search in this order."""
    study = optuna.create_study(direction="maximize", pruner=make_pruner(scheduler))
    staged = isinstance(scheduler, Race)
    spent = 0.0
    for recorded_trial in trials:
        trial = study.ask()
        seconds, value = _run(trial, recorded_trial, staged=staged)
        spent += seconds
        state = None if value is not None else optuna.trial.TrialState.PRUNED
        study.tell(trial, value, state=state)
    complete = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
    return spent, study.best_value, len(complete)


def _run(trial: optuna.Trial, shown: Recorded, *, staged: bool) -> tuple[float, float | None]:
    """A trial's seconds, and its best mean; None if it was given up."""
    mean_E, folds, alone = shown.means, len(shown.value_EF[0]), 0
    if staged:
        value, alone = shown.first
        trial.report(value, 0)
        if trial.number and trial.should_prune():
            return shown.before_s + alone * shown.epoch_s, None
    for epoch, value in enumerate([] if staged else mean_E, start=1):
        trial.report(value, epoch)
        if trial.number and epoch < EPOCHS and trial.should_prune():
            return shown.before_s + folds * epoch * shown.epoch_s, None
    return shown.seconds + max(alone - len(mean_E), 0) * shown.epoch_s, max(mean_E)


def replays(
    draws: Sequence[Sequence[Recorded]], scheduler: Scheduler
) -> tuple[list[float], list[float], float]:
    """Of each replay: configurations per budget against no pruning, the winner's loss; complete."""
    ratios, losses, complete = [], [], []
    for trials in draws:
        whole = sum(trial.seconds for trial in trials)
        best = max(max(trial.means) for trial in trials)
        spent, value, count = search(trials, scheduler)
        ratios.append(whole / spent)
        losses.append(best - value)
        complete.append(count)
    return ratios, losses, float(np.mean(complete))


def sources(tables: Sequence[Path], count: int) -> Iterator[tuple[str, list[list[Recorded]]]]:
    """Replays of each recorded table, in random orders of trials and folds, and of simulations."""
    for path in tables:
        trials = recorded(path)
        yield (
            f"{path.stem}, {len(trials)} trials",
            [shuffled(trials, np.random.default_rng(seed)) for seed in range(count)],
        )
    for size, spread, own_sd in SIMULATED:
        yield (
            f"simulated, {size} trials, {spread:g}, {own_sd:g}",
            [simulated(seed, trials=size, spread=spread, own_sd=own_sd) for seed in range(count)],
        )


def shuffled(trials: Sequence[Recorded], random: np.random.Generator) -> list[Recorded]:
    """The trials in a random order, and their folds in another one, the same for all."""
    folds = random.permutation(len(trials[0].value_EF[0]))
    return [
        replace(trials[i], value_EF=np.array(trials[i].value_EF)[:, folds].tolist())
        for i in random.permutation(len(trials))
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["record", "replay"])
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--space", default="generalise")
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--replays", type=int, default=50)
    options = parser.parse_args()
    if options.what == "record":
        data, path = options.paths
        fixed = {item.split("=")[0]: yaml.safe_load(item.split("=")[1]) for item in options.set}
        Path(path).touch()
        record(data, Path(path), space=options.space, trials=options.trials, fixed=fixed)
        return
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    table = Table("trials", "scheduler", "complete", "× configurations", "loss ≤ .002", "mean loss")
    for source, draws in sources([Path(path) for path in options.paths], options.replays):
        for name, scheduler in SCHEDULERS.items():
            ratios, losses, complete = replays(draws, scheduler)
            table.add_row(
                source,
                name,
                f"{complete:.1f}",
                f"{np.median(ratios):.2f}",
                f"{np.mean(np.array(losses) <= 0.002):.0%}",
                f"{np.mean(losses):.4f}",
            )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
