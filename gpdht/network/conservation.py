"""Which regulation two species share, and which only one of them has, by their networks.

This is how pairs are held against chance; the other way is
`gpdht.network.conservation_probability`.

**Scores.** How probable a model calls an edge depends on how many edges its labels have, TF by TF:
in one species a ChIP experiment may call ten times as many targets as in the other. So a weight is
calibrated against the other candidate targets of its TF: the score is the share of them that stand
below it, equal ones by half, from 0 to 1. Only pairs that both networks have are counted, so that
both scores of a pair are about the same genes. With ``beyond="both"`` the popularity of the target
is taken away, too: scores are made normal (van der Waerden), less their mean over the TFs of the
target, and again ranked within the TF.

**Statistics.** A claim about both species is as good as its weaker half, so its statistic is a
minimum (Nichols et al. 2005, NeuroImage 25:653). Of scores u and v: conserved min(u, v), specific
to the first species min(u, 1 − v), to the second min(1 − u, v).

**Null hypothesis.** A TF's two rankings have nothing to do with each other: which target of the
first species is matched to which of the second is then exchangeable, and every permutation of the
targets of a TF within one species is equally likely. What a TF's scores are stays as it is. The
number of pairs with a statistic of at least c, in the mean over *all* n! permutations, is
n · S₁(c) · S₂(c) with S the share of the TF's targets with at least c; so nothing is drawn, and
p = S₁ · S₂ is exact (at least 1/n²).

Of a TF that is regulated alike in both species, fewer pairs are far apart than matches at random
are, so there the p-values of the specific classes are too large rather than too small: a low score
beside a high one is what most genes have. When the species change places, nothing changes but
names.

The minimum is held against matches of which *both* halves are by chance (the global null of Nichols
et al., not their conjunction null), so it shows that there are more shared targets than matching at
random gives; what that cannot show is in `gpdht.network.conservation_reach`.

**False discovery rate.** Benjamini and Hochberg 1995 over all compared pairs, for each of the three
statistics; with p from permutations q is what is expected by chance over what is found (Storey and
Tibshirani 2003, PNAS 100:9440, with all hypotheses null).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, norm

from gpdht.data.symbols import Symbols
from gpdht.errors import ConfigError, DataError
from gpdht.network.conservation_probability import probable
from gpdht.network.ortholog_pairs import Joined, Side, join

By = Literal["chance", "probability"]
Beyond = Literal["tf", "both"]
CONSERVED, UNDECIDED = "conserved", "undecided"
FDR, HIGH, LOW = 0.1, 0.8, 0.5
FEWEST_TFS = 3
"""TFs that a target must have for its popularity to be told from what one of them does to it."""


@dataclass(frozen=True)
class Rules:
    """What makes a class.

    Parameters
    ----------
    beyond : what is taken away from scores: the TF's own rate, or both that and the target's.
    fdr : the largest q-value of a call.
    high : the least score of an edge that is called there.
    low : the largest score of one that is called absent.
    by : whether a pair is held against chance, or against how often such weights are right
        (`gpdht.network.conservation_probability`, where `fdr` alone counts).
    """

    beyond: Beyond = "tf"
    fdr: float = FDR
    high: float = HIGH
    low: float = LOW
    by: By = "chance"

    def __post_init__(self) -> None:
        if self.beyond not in get_args(Beyond):
            raise ConfigError(f'beyond "{self.beyond}": expected {" or ".join(get_args(Beyond))}.')
        if self.by not in get_args(By):
            raise ConfigError(f'by "{self.by}": expected {" or ".join(get_args(By))}.')
        plain = (self.beyond, self.high, self.low) == ("tf", HIGH, LOW)
        if self.by == "probability" and not plain:
            raise ConfigError(
                "by probability, scores are no ranks within a TF; expected no beyond, high and "
                "low. Leave them out, or pass --by chance."
            )
        if not 0 < self.fdr < 1:
            raise ConfigError(f"a false discovery rate of {self.fdr:g}: expected 0 < rate < 1.")
        if not 0 <= self.low < self.high <= 1:
            raise ConfigError(
                f"low {self.low:g} and high {self.high:g}: expected 0 ≤ low < high ≤ 1, or a pair "
                "could be conserved and specific at once."
            )


@dataclass(frozen=True, eq=False)
class Conservation:
    """Pairs of orthologs in two networks, with their classes.

    Parameters
    ----------
    pairs : as of `Joined`, and `score_1, score_2, difference` (first minus second),
        `q_conserved, q_specific_1, q_specific_2, class`.
    """

    joined: Joined
    rules: Rules
    pairs: pd.DataFrame

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.joined.sides

    @property
    def classes(self) -> tuple[str, str, str, str]:
        """Conserved, specific to the first and to the second species, undecided."""
        return classes_of(*(side.species for side in self.sides))

    def counts(self) -> dict[str, int]:
        """Pairs of each class."""
        return {name: int((self.pairs["class"] == name).sum()) for name in self.classes}

    def table(self) -> pd.DataFrame:
        """All compared pairs, columns by species: `human_tf, …, mouse_score, …, class`.

        By class, within a class the smallest q-value and the highest scores first.
        """
        called = self.pairs["class"].map({name: at for at, name in enumerate(self.classes)})
        best = self.pairs[["q_conserved", "q_specific_1", "q_specific_2"]].min(axis=1)
        weakest = self.pairs[["score_1", "score_2"]].min(axis=1)
        order = np.lexsort((self.pairs["target_1"], self.pairs["tf_1"], -weakest, best, called))
        return self.pairs.iloc[order].reset_index(drop=True).rename(columns=self._by_species)

    def _by_species(self, column: str) -> str:
        for number, side in enumerate(self.sides, start=1):
            if column == f"q_specific_{number}":
                return f"q_{side.species}_specific"
            if column.endswith(f"_{number}"):
                return f"{side.species}_{column[:-2]}"
        return column


def classes_of(one: str, other: str) -> tuple[str, str, str, str]:
    """What the classes of two species are called."""
    return CONSERVED, f"{one}-specific", f"{other}-specific", UNDECIDED


def conserved(
    one: str | Path,
    other: str | Path,
    *,
    orthologs: str | Path,
    pairs: Iterable[tuple[str, str]] = (),
    symbols: Symbols = "exact",
    beyond: Beyond = "tf",
    fdr: float = FDR,
    high: float = HIGH,
    low: float = LOW,
    by: By = "chance",
) -> Conservation:
    """Conserved and specific regulation in the networks of two species.

    Parameters
    ----------
    one, other : nets of `gpdht predict`, or out-of-fold scores of `gpdht fit --scores`;
        ``human:NET`` says the species, else the gene names must tell it.
    orthologs : a csv with a column ``{species}_symbol`` for each species; one-to-one pairs count.
    pairs : orthologs that the table does not have, as (name in the first, name in the second).
    symbols : ``upper`` compares all names in upper case.
    beyond, fdr, high, low, by : see `Rules`.

    Raises
    ------
    ConfigError
        If a rule is out of bounds.
    DataError
        If a file cannot be read, a species cannot be told, no pair is in both networks, or there
        are too few TFs for ``beyond="both"``, or weights are not out of fold for
        ``by="probability"``.
    """
    rules = Rules(beyond, fdr, high, low, by)
    joined = join(one, other, orthologs=Path(orthologs), pairs=pairs, symbols=symbols)
    one_species, other_species = (side.species for side in joined.sides)
    names = classes_of(one_species, other_species)
    if by == "probability":
        return Conservation(joined, rules, probable(joined, fdr, names))
    return Conservation(joined, rules, classified(joined.pairs, rules, names))


def classified(pairs: pd.DataFrame, rules: Rules, names: Sequence[str]) -> pd.DataFrame:
    """Compared pairs with scores, q-values and classes.

    Parameters
    ----------
    pairs : `tf_1, target_1, weight_1, weight_2` at least.
    names : of the classes, as of `classes_of`.
    """
    tf_P = pd.factorize(pairs["tf_1"])[0]
    rank_1P, rank_2P = (_ranks(pairs, f"weight_{n}", tf_P, rules.beyond) for n in (1, 2))
    twice_P = 2 * np.bincount(tf_P)[tf_P]
    q = {
        "q_conserved": _q(rank_1P, rank_2P, tf_P),
        "q_specific_1": _q(rank_1P, twice_P - rank_2P, tf_P),
        "q_specific_2": _q(twice_P - rank_1P, rank_2P, tf_P),
    }
    score_1P, score_2P = rank_1P / twice_P, rank_2P / twice_P
    high_1P, high_2P = score_1P >= rules.high, score_2P >= rules.high
    low_1P, low_2P = score_1P <= rules.low, score_2P <= rules.low
    sure = {name: q_P <= rules.fdr for name, q_P in q.items()}
    called = [
        sure["q_conserved"] & high_1P & high_2P,
        sure["q_specific_1"] & high_1P & low_2P,
        sure["q_specific_2"] & low_1P & high_2P,
    ]
    scores = {"score_1": score_1P, "score_2": score_2P, "difference": score_1P - score_2P}
    return pairs.assign(**scores, **q, **{"class": np.select(called, names[:3], names[3])})


def matching_p(rank_1P: np.ndarray, rank_2P: np.ndarray, tf_P: np.ndarray) -> np.ndarray:
    """Share of all matches of a TF's targets whose smaller rank is at least that of the pair."""
    weakest_P = np.minimum(rank_1P, rank_2P)
    p_P = np.empty(len(weakest_P))
    for places in pd.Series(tf_P).groupby(tf_P).indices.values():
        weakest = weakest_P[places]
        p_P[places] = _reaching(rank_1P[places], weakest) * _reaching(rank_2P[places], weakest)
    return p_P


def _q(rank_1P: np.ndarray, rank_2P: np.ndarray, tf_P: np.ndarray) -> np.ndarray:
    found: np.ndarray = false_discovery_control(matching_p(rank_1P, rank_2P, tf_P))
    return found


def _reaching(rank_N: np.ndarray, least_N: np.ndarray) -> np.ndarray:
    """The share of `rank_N` that is at least each of `least_N`."""
    below_N = np.searchsorted(np.sort(rank_N), least_N, side="left")
    return 1 - below_N / len(rank_N)


def _ranks(pairs: pd.DataFrame, weight: str, tf_P: np.ndarray, beyond: Beyond) -> np.ndarray:
    """Twice the number of the TF's targets below, and once that of its equals: 1 to 2n − 1."""
    rank_P = _doubled(pairs[weight], tf_P)
    if beyond == "tf":
        return rank_P
    tfs = int(tf_P.max()) + 1
    if tfs < FEWEST_TFS:
        raise DataError(
            f"{tfs} TFs are in both networks; what is beyond the popularity of a target takes at "
            f"least {FEWEST_TFS}. Pass --beyond tf."
        )
    normal = pd.Series(norm.ppf(rank_P / (2 * np.bincount(tf_P)[tf_P])))
    left = normal - normal.groupby(pairs["target_1"].to_numpy()).transform("mean")
    return _doubled(left.round(12), tf_P)  # so that equal ones stay equal


def _doubled(values: pd.Series, tf_P: np.ndarray) -> np.ndarray:
    mean_rank = values.groupby(tf_P).rank(method="average").to_numpy()
    return np.rint(2 * mean_rank - 1).astype(np.int64)
