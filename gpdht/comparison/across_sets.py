"""What the sets say together: mean ranks, and whether GP-DHT differs from the best baselines."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy  # loads scipy.stats when it is first used, which takes a second

from gpdht.comparison.statistics import AGAINST, BASELINE_KINDS

RANKS = ["split", "metric", "model", "kind", "sets", "mean", "mean_rank"]
_PAIR = ["first", "second", "sets", "wins", "difference"]
TESTS = ["split", "metric", "test", *_PAIR, "statistic", "p"]
_MODEL = "gpdht"


def rank_over_sets(summary: pd.DataFrame) -> pd.DataFrame:
    """Each ranked model's mean rank and mean score over the sets, with columns `RANKS`.

    Only models that are ranked in all sets of a split, ranked among themselves again: a rank
    among more models in one set than in another would not average.
    """
    tables = []
    for (split, metric), part in summary.groupby(["split", "metric"], sort=False):
        wide = _wide(part)
        if wide.empty:
            continue
        ascending = _lower_is_better(part)
        ranks = wide.rank(axis="columns", ascending=ascending)
        kinds = part.drop_duplicates("model").set_index("model")["kind"]
        tables.append(
            pd.DataFrame(
                {
                    "split": split,
                    "metric": metric,
                    "model": wide.columns,
                    "kind": kinds[wide.columns].to_numpy(),
                    "sets": len(wide),
                    "mean": wide.mean().to_numpy(),
                    "mean_rank": ranks.mean().to_numpy(),
                }
            )
        )
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=RANKS)


def compare_over_sets(summary: pd.DataFrame) -> pd.DataFrame:
    """Tests with the sets as the sample, with columns `TESTS`.

    ``wilcoxon`` : the signed-rank test (two-sided) of GP-DHT's mean minus the best label-only
    baseline's, and the best expression-only baseline's, over sets; it may be another model in each
    set. `wins` counts the sets where GP-DHT is better, `difference` is the mean. With n sets p
    cannot be below 2/2ⁿ: five sets cannot show anything at .05.
    ``friedman`` : whether the models (those ranked in all sets, three or more) differ at all.

    Sets of one cell type are no independent samples, and two sizes of one set even less.
    """
    rows = []
    for (split, metric), part in summary.groupby(["split", "metric"], sort=False):
        cell = {"split": split, "metric": metric}
        own = part[part["model"] == _MODEL]
        sign = -1 if _lower_is_better(part) else 1
        for kind in BASELINE_KINDS:
            difference = own[f"{kind}_diff"].dropna().to_numpy(float)
            if len(difference) >= 2:
                rows.append(cell | _wilcoxon(difference, kind, sign))
        wide = _wide(part)
        if len(wide) >= 2 and wide.shape[1] >= 3:
            rows.append(cell | _friedman(wide))
    return pd.DataFrame(rows, columns=TESTS)


def _wide(part: pd.DataFrame) -> pd.DataFrame:
    """Means, sets × models; the ranked models that all sets have."""
    ranked = part[part["rank"].notna()]
    order = list(dict.fromkeys(ranked["model"]))
    wide = ranked.pivot_table(index="set", columns="model", values="mean", sort=False)
    return wide.reindex(columns=order).dropna(axis="columns")


def _lower_is_better(part: pd.DataFrame) -> bool:
    return part["metric"].iloc[0] in ("brier", "calibration_error")


def _wilcoxon(difference: np.ndarray, kind: str, sign: int) -> dict:
    if np.any(difference != 0):
        found = scipy.stats.wilcoxon(difference)
        statistic, p = float(found.statistic), float(found.pvalue)
    else:
        statistic, p = np.nan, 1.0
    return {
        "test": "wilcoxon",
        "first": _MODEL,
        "second": f"best {AGAINST[kind]}",
        "sets": len(difference),
        "wins": int((sign * difference > 0).sum()),
        "difference": float(difference.mean()),
        "statistic": statistic,
        "p": p,
    }


def _friedman(wide: pd.DataFrame) -> dict:
    alike = (wide.nunique(axis="columns") == 1).all()
    found = None if alike else scipy.stats.friedmanchisquare(*(wide[model] for model in wide))
    return {
        "test": "friedman",
        "first": f"{wide.shape[1]} models",
        "sets": len(wide),
        "statistic": np.nan if found is None else float(found.statistic),
        "p": 1.0 if found is None else float(found.pvalue),
    }
