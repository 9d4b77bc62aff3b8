"""Files of trials that a study's storage has lost, because an older copy took its place."""

from __future__ import annotations

import shutil

from gpdht.search.study import Study


def forget_lost_trials(study: Study) -> list[int]:
    """Remove what the folder keeps of trials that have not ended; returns their numbers.

    Other trials, or the same ones with other values, will have these numbers, and must not find
    scores, replicates and corrected scores that are not theirs. The epochs of a trial stay as long
    as the storage knows it: one that was cut off goes on with them. Only for who holds the study's
    lock.
    """
    trials = study.optuna.get_trials(deepcopy=False)
    ended = {trial.number for trial in trials if trial.state.is_finished()}
    known = {trial.number for trial in trials}
    lost = set()
    for folder, kept in (("scores", ended), ("replicates", ended), ("epochs", known)):
        for path in (study.folder / folder).glob("trial-*"):
            number = int(path.stem.split("-")[1])
            if number not in kept:
                path.unlink()
                lost.add(number)
    if lost:
        shutil.rmtree(study.folder / "corrected", ignore_errors=True)
        for path in (study.folder / "cache").glob("importances-*"):
            path.unlink()
    return sorted(lost)
