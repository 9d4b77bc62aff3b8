"""Which searched settings the objective depended on."""

from __future__ import annotations

import optuna
import pandas as pd

from gpdht.files import cached_table
from gpdht.search.study import Study

ENOUGH = 20
"""Complete trials from which on an order of the settings can be told from noise.

Planted settings of five, noise half as large as the effect, points by TPE or at random: with 20
trials or more, functional ANOVA put the strongest first in 19 of 20 studies. PED-ANOVA, which
could also rank settings that only some trials have, did so in half of them.
"""


def weigh_params(study: Study) -> tuple[pd.DataFrame, str]:
    """The share of each setting in the objective's variation over the complete trials.

    It takes seconds, so the study's cache keeps it.

    Returns
    -------
    Table `param, importance`, the largest first, and a sentence about what it lacks. Empty, with
    the reason, for fewer than `ENOUGH` complete trials and where nothing varies. Settings that
    only some trials have are left out, and named.
    """
    trials = study.optuna.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
    if len(trials) < ENOUGH:
        have = "1 trial is" if len(trials) == 1 else f"{len(trials)} trials are"
        return _table({}), (
            f"{have} complete; {ENOUGH} are needed before an order of the settings can be told "
            "from noise."
        )
    if len({trial.value for trial in trials}) == 1:
        return _table({}), "All complete trials have the same score, so no setting mattered."

    def weigh() -> pd.DataFrame:
        # imports scikit-learn's trees, which a kept table does not need
        from optuna.importance import FanovaImportanceEvaluator, get_param_importances

        evaluator = FanovaImportanceEvaluator(seed=0)
        found = get_param_importances(study.optuna, evaluator=evaluator)
        return _table(found)

    # complete trials never change, so their number says which they are
    kept = study.folder / "cache" / f"importances-{len(trials)}.parquet"
    table = cached_table(kept, weigh, fits=lambda found: list(found) == list(_table({})))
    known = set(table["param"])
    missing = [param.path for param in study.space.params if param.path not in known]
    note = f"Left out, as only some trials have them: {', '.join(missing)}." if missing else ""
    return table, note


def _table(found: dict[str, float]) -> pd.DataFrame:
    return pd.DataFrame({"param": list(found), "importance": list(found.values())})
