"""What a study cost, and how much of it went into trials that were given up or failed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from gpdht.presentation import Table, count, energy, seconds
from gpdht.search.study import LOST_ATTEMPTS, Study, result_of
from gpdht.trial import USED, TrialResult

_FAILED = ("failed", "out_of_memory", "infeasible")
_LOST = "lost attempts"


@dataclass(frozen=True)
class Spent:
    """Sums over trials.

    Parameters
    ----------
    cpu_seconds, gpu_seconds, energy_wh, price : over the trials of which it is known; None if of
        none.
    unknown : of how many trials of these it is not known, by name; only where that is any.
    """

    trials: int
    seconds: float
    cpu_seconds: float | None
    gpu_seconds: float | None
    energy_wh: float | None
    price: float | None
    unknown: Mapping[str, int]

    @classmethod
    def over(cls, results: Iterable[TrialResult]) -> Spent:
        """The sums of these results; a trial that reached no worker used nothing."""
        all_of, sums, unknown = list(results), dict.fromkeys(USED), {}
        ran = [one.usage for one in all_of if one.seconds or one.state != "infeasible"]
        for name in USED:
            known = [usage[name] for usage in ran if usage.get(name) is not None]
            sums[name] = sum(known) if known else None
            if len(known) < len(ran):
                unknown[name] = len(ran) - len(known)
        return cls(len(all_of), sum(one.seconds for one in all_of), **sums, unknown=unknown)

    @property
    def measure(self) -> str:
        """By what to tell shares: the price if it is known of all, else GPU, CPU or plain time."""
        names = ("price", "gpu_seconds", "cpu_seconds")
        known = (name for name in names if getattr(self, name) and name not in self.unknown)
        return next(known, "seconds")


@dataclass(frozen=True)
class Ledger:
    """A study's costs.

    Parameters
    ----------
    by_state : of the ended trials, by how they ended.
    lost : of earlier attempts at trials, whose process was lost or cut off by an interrupt.
    total : of all of these.
    replicates : of the kept replicates of winner and reference, which are not in the total.
    """

    by_state: Mapping[str, Spent]
    lost: Spent
    total: Spent
    replicates: Spent

    def share(self, *states: str) -> float:
        """The part of the total in trials that ended so, or in lost attempts; 0 of nothing."""
        parts = {**self.by_state, _LOST: self.lost}
        name = self.total.measure
        whole = getattr(self.total, name)
        part = sum(getattr(parts[state], name) or 0.0 for state in states if state in parts)
        return part / whole if whole else 0.0

    def shares(self) -> dict[str, float]:
        """The parts that came to nothing, by name."""
        groups = {"pruned": ("pruned",), "failed": _FAILED, "lost": (_LOST,)}
        return {name: self.share(*states) for name, states in groups.items()}

    def metrics(self) -> dict[str, float]:
        """What the study's run in the tracker shows."""
        parts = {"trials": self.total, "replicates": self.replicates}
        known = {
            f"{part}/{name}": getattr(spent, name)
            for part, spent in parts.items()
            for name in USED
            if getattr(spent, name) is not None
        }
        return known | {f"trials/share_{name}": part for name, part in self.shares().items()}

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return asdict(self) | {"shares": self.shares(), "shares_of": self.total.measure}


def ledger_of(study: Study) -> Ledger:
    """The costs of a study's trials as it keeps them."""
    by_state: dict[str, list[TrialResult]] = {}
    lost: list[TrialResult] = []
    for trial in study.optuna.get_trials(deepcopy=False):
        lost += [
            TrialResult("failed", seconds=attempt["seconds"], usage=attempt)
            for attempt in trial.user_attrs.get(LOST_ATTEMPTS, ())
        ]
        if trial.state.is_finished():
            result = result_of(trial)
            by_state.setdefault(result.state, []).append(result)
    ended = [result for results in by_state.values() for result in results]
    return Ledger(
        {state: Spent.over(results) for state, results in by_state.items()},
        Spent.over(lost),
        Spent.over([*ended, *lost]),
        Spent.over(_replicates(study)),
    )


def say_cost(ledger: Ledger) -> str:
    """One line: totals, the parts that came to nothing, the replicates; empty if nothing ended."""
    total = ledger.total
    if not total.trials:
        return ""
    if not say_spent(total):
        return "Cost: not known; this study's trials ended before it was kept."
    shares = ", ".join(f"{part:.0%} {name}" for name, part in ledger.shares().items() if part)
    text = f"Cost: {say_spent(total)}" + (f"; of it {shares}" if shares else "")
    if ledger.replicates.trials:
        again = say_spent(ledger.replicates) or "not known"
        text += f". {count(ledger.replicates.trials, 'replicate')} besides: {again}"
    missing = max(total.unknown.get(name, 0) for name in ("cpu_seconds", "gpu_seconds"))
    return text + (f". Not known of {count(missing, 'trial')}" if missing else "") + "."


def say_spent(spent: Spent) -> str:
    """``2.1 GPU-h, 3.0 CPU-h, about 410 Wh, price 8.40``: what is known of it."""
    parts = []
    if spent.gpu_seconds:
        parts.append(f"GPU {seconds(spent.gpu_seconds)}")
    if spent.cpu_seconds is not None:
        parts.append(f"CPU {seconds(spent.cpu_seconds)}")
    if spent.energy_wh is not None:
        parts.append(f"about {energy(spent.energy_wh)}")
    if spent.price is not None:
        some = "at least " if "price" in spent.unknown else ""
        parts.append(f"price {some}{spent.price:.2f}")
    return ", ".join(parts)


def cost_cell(spent: Spent) -> str:
    """The price, else GPU or CPU time; a dash where nothing is known."""
    if spent.price is not None:
        return ("≥ " if "price" in spent.unknown else "") + f"{spent.price:.2f}"
    if spent.gpu_seconds:
        return f"GPU {seconds(spent.gpu_seconds)}"
    return "–" if spent.cpu_seconds is None else f"CPU {seconds(spent.cpu_seconds)}"


def ledger_table(ledger: Ledger) -> Table:
    """How the trials ended and what that cost, with a column for each thing that is known."""
    rows = {**ledger.by_state, _LOST: ledger.lost, "all": ledger.total}
    if not ledger.lost.trials:
        del rows[_LOST]
    if ledger.replicates.trials:
        rows["replicates"] = ledger.replicates
    columns = {
        "CPU time": ("cpu_seconds", seconds),
        "GPU time": ("gpu_seconds", seconds),
        "energy": ("energy_wh", energy),
        "price": ("price", "{:.2f}".format),
    }
    shown = {title: one for title, one in columns.items() if getattr(ledger.total, one[0])}
    cells = [
        (
            name.replace("_", " "),
            str(spent.trials),
            seconds(spent.seconds),
            *("–" if (v := getattr(spent, of)) is None else say(v) for of, say in shown.values()),
        )
        for name, spent in rows.items()
    ]
    return Table(
        "How the trials ended and what they cost.",
        ("end", "trials", "time", *shown),
        cells,
        "Energy is estimated. Replicates are not in the sum." if shown else "",
    )


def _replicates(study: Study) -> Iterable[TrialResult]:
    for path in sorted((study.folder / "replicates").glob("*.json")):
        yield TrialResult.from_account(json.loads(path.read_text("utf-8"))["account"])
