"""Several studies side by side: what each found, whether it paid, and where they agree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from gpdht.errors import StudyError
from gpdht.presentation import Table, between, number, seconds, setting, signed
from gpdht.search.ledger import Spent, cost_cell
from gpdht.search.params import Param
from gpdht.search.study_tables import StudyTables
from gpdht.search.verdict import Beside, Verdict

NEAR = 0.2
"""Winners agree on a number if their values lie within this share of the searched range."""

PAID = {
    "same": "the default was enough",
    "better": "yes",
    "unclear": "not shown",
    "worse": "no",
    "unknown": "not replicated",
}


def study_rows(studies: Sequence[StudyTables]) -> list[dict[str, Any]]:
    """Each study as plain data, in the order given; a study is known by its folder's name.

    `study, dataset, split, objective, complete, trials, seconds, cost, winner, selection, test,
    verdict, paid, settings` (those of the winner). What is not there yet is None.

    Raises
    ------
    StudyError
        If two have one name.
    """
    names = [one.study.name for one in studies]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise StudyError(f"{', '.join(sorted(twice))} is given twice; name each study once.")
    return [_row(one) for one in studies]


def _row(one: StudyTables) -> dict[str, Any]:
    study, winner, verdict = one.study, one.winner, one.verdict
    ended = one.trials["seconds"].astype(float)
    return {
        "study": study.name,
        "dataset": study.record["dataset"]["name"],
        "split": one.split,
        "objective": study.space.objective.metric,
        "complete": len(one.ranked),
        "trials": len(one.trials),
        "seconds": float(ended.sum()),
        "cost": asdict(one.ledger.total),
        "winner": winner,
        "selection": None if winner is None else _or_none(one.figure(winner, "objective")),
        "test": None if winner is None else _or_none(one.figure(winner, f"test/{one.metric}")),
        "verdict": verdict and verdict.plain(),
        "paid": verdict and verdict.paid,
        "settings": {} if winner is None else study.values(winner),
    }


def studies_table(rows: Sequence[dict[str, Any]]) -> Table:
    """What each study found, and what its reference scores."""
    return Table(
        "Studies",
        (
            "",
            "data, split",
            "objective",
            "complete",
            "time",
            "cost",
            "selection",
            "corrected",
            "reference",
            "fresh folds",
            "reference",
            "difference",
            "95 % interval",
            "searching paid",
        ),
        [_cells(row) for row in rows],
        "Selection: the winner's, biased upward. Corrected for that: out of fold, by bootstrap of "
        "the selection (BBC-CV). Fresh folds: trained again with seeds that the search has not "
        "used. Reference: the space's default, on the same. Difference: on fresh folds. Scores of "
        "different data or splits cannot be compared. Cost: the price if known, else GPU or CPU "
        "time; without replicates.",
        words=(0, 1, 2, 13),
    )


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    verdict = Verdict.from_plain(row["verdict"]) if row["verdict"] else None
    nothing = Beside(math.nan, math.nan)
    corrected = (verdict and verdict.corrected) or nothing
    fresh = (verdict and verdict.replicated) or nothing
    return (
        row["study"],
        f"{row['dataset']}, {row['split']}",
        row["objective"],
        f"{row['complete']} of {row['trials']}",
        seconds(row["seconds"]),
        cost_cell(Spent(**row["cost"])),
        number(math.nan if row["selection"] is None else row["selection"]),
        number(corrected.winner),
        number(corrected.reference),
        number(fresh.winner),
        number(fresh.reference),
        signed(fresh.difference),
        between(fresh.low, fresh.high, sign=True) or "–",
        PAID[verdict.paid] if verdict else "no reference",
    )


def settings_table(studies: Sequence[StudyTables]) -> Table | None:
    """The winners' settings, and those that they agree on; None unless two have a winner."""
    found = [one for one in studies if one.winner is not None]
    if len(found) < 2:
        return None
    values = [one.study.values(int(one.winner or 0)) for one in found]
    params: dict[str, Param] = {}
    for one in found:
        params |= {param.path: param for param in one.study.space.params}
    rows = [
        (
            path,
            *(setting(of[path]) if path in of else "–" for of in values),
            "yes" if agree(param, [of[path] for of in values if path in of]) else "",
        )
        for path, param in params.items()
    ]
    return Table(
        "Settings of the winners",
        ("", *(one.study.name for one in found), "agree"),
        rows,
        f"They agree on a choice if it is the same in all that searched it, on a number if they "
        f"are within {NEAR:.0%} of its range; – was not searched there.",
    )


def agree(param: Param, values: Sequence[Any]) -> bool:
    """Whether the winners have about the same value of a setting; a single value says nothing."""
    if len(values) < 2:
        return False
    if param.kind == "choice":
        return all(value == values[0] for value in values)
    scale = math.log if param.log else float
    low, high = (scale(end) for end in param.bounds)
    at = [scale(value) for value in values]
    return max(at) - min(at) <= NEAR * (high - low) + 1e-12


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
