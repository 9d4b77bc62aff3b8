"""Label-only baseline: logistic matrix factorisation of the known TF × target labels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from gpdht.kernels.logistic_factors import log_loss
from gpdht.models.baselines.fit_once import FitOnce
from gpdht.models.baselines.rates import Rates
from gpdht.pairs.candidates import Pairs

RANK = 8
PENALTIES = (2.0, 3.0, 4.0, 6.0, 8.0, 12.0)
HELD_OUT = 0.2  # share of the training pairs on which the penalty is chosen
BIAS_PENALTY = 1.0  # as of the one-hot logistic regression
MAX_ITERATIONS = 300
TOLERANCE = 1e-7  # relative, of the loss in one iteration
CHOICE_TOLERANCE = 1e-5
"""Enough to choose among the penalties: in 23 of 24 folds of four sets and two splits it chose what
1e-7 did, in half of the iterations."""


@dataclass(frozen=True, eq=False)
class Factors:
    """logit(t, g) = bias + b_t + c_g + u_t·v_g, fitted when a pair with two seen ends is scored.

    On a split by target or by TF there is none, and it is never fitted.

    Parameters
    ----------
    tf_P, target_P, label_P : the training pairs.
    rates : for pairs with an unseen end.
    """

    tf_P: np.ndarray
    target_P: np.ndarray
    label_P: np.ndarray
    rates: Rates
    seed: int

    @cached_property
    def table(self) -> pd.DataFrame:
        """The logits of all TFs × targets with a training pair, by their positions."""
        tf_T, row_P = np.unique(self.tf_P, return_inverse=True)
        target_G, column_P = np.unique(self.target_P, return_inverse=True)
        shape = len(tf_T), len(target_G)
        rng = np.random.default_rng(self.seed)
        start = rng.normal(0, 0.1, 1 + sum(shape) * (1 + RANK))
        start[: 1 + sum(shape)] = 0
        held_P = rng.random(len(row_P)) < HELD_OUT
        penalty = _choose_penalty(row_P, column_P, self.label_P, held_P, start)
        labels = _Labels.spread(row_P, column_P, self.label_P, shape)
        table_TG = _table(_fit(labels, start, penalty), shape)
        return pd.DataFrame(table_TG, index=tf_T, columns=target_G)

    def of_seen(self, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """Logits of pairs both of whose ends have training pairs."""
        rows, columns = self.table.index.get_indexer(tf_P), self.table.columns.get_indexer(target_P)
        logit_P: np.ndarray = self.table.to_numpy()[rows, columns]
        return logit_P


class MatrixFactorisation(FitOnce):
    """Biases plus low rank, L2-penalised, the penalty chosen inside the training part.

    A random fifth of the training pairs is held out; the penalty with the least log-loss on it is
    fitted again on all training pairs. A penalty on both factors is one on the nuclear norm of
    their product, so it chooses the effective rank too; 8 is the most. With an unseen TF or
    target, the seen end's rate decides.
    """

    def __init__(self, pairs: Pairs, train: np.ndarray, *, num_genes: int, seed: int) -> None:
        super().__init__(pairs, train)
        self.num_genes, self.seed = num_genes, seed

    def fit(self) -> Factors:
        rates = Rates.count(self.tf_P, self.target_P, self.label_P, num_genes=self.num_genes)
        return Factors(self.tf_P, self.target_P, self.label_P, rates, self.seed)

    def score(self, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """float32 logits, (P,)."""
        known: Factors = self.model
        return known.rates.unless_seen(tf_P, target_P, known.of_seen)


@dataclass(frozen=True, eq=False)
class _Labels:
    """How many positives and how many pairs each cell of the TF × target table has."""

    positives_TG: np.ndarray
    pairs_TG: np.ndarray

    @classmethod
    def spread(
        cls, row_P: np.ndarray, column_P: np.ndarray, label_P: np.ndarray, shape: tuple[int, int]
    ) -> _Labels:
        positives_TG, pairs_TG = np.zeros(shape), np.zeros(shape)
        np.add.at(positives_TG, (row_P, column_P), label_P)
        np.add.at(pairs_TG, (row_P, column_P), 1)
        return cls(positives_TG, pairs_TG)


def _parts(x: np.ndarray, shape: tuple[int, int]) -> list[np.ndarray]:
    """Views of bias (1), b (T), c (G), U (T, R) and V (G, R) in one flat vector."""
    tfs, targets = shape
    ends = np.cumsum([0, 1, tfs, targets, tfs * RANK, targets * RANK])
    bias, b_T, c_G, u, v = (x[start:end] for start, end in pairwise(ends))
    return [bias, b_T, c_G, u.reshape(tfs, RANK), v.reshape(targets, RANK)]


def _choose_penalty(
    row_P: np.ndarray,
    column_P: np.ndarray,
    label_P: np.ndarray,
    held_P: np.ndarray,
    start: np.ndarray,
) -> float:
    """The penalty with the least log-loss on the held-out pairs.

    From weak to strong, each fit starts where the last ended: the other way round, factors that a
    strong penalty set to zero would stay there.
    """
    shape = (int(row_P.max()) + 1, int(column_P.max()) + 1)
    inner = _Labels.spread(row_P[~held_P], column_P[~held_P], label_P[~held_P], shape)
    sign_P = np.where(label_P[held_P] == 1, 1.0, -1.0)
    losses = []
    for penalty in PENALTIES:
        start = _fit(inner, start, penalty, tolerance=CHOICE_TOLERANCE)
        logit_P = _table(start, shape)[row_P[held_P], column_P[held_P]]
        losses.append(np.logaddexp(0, -sign_P * logit_P).sum())
    return PENALTIES[int(np.argmin(losses))]


def _table(x: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    bias, b_T, c_G, u_TR, v_GR = _parts(x, shape)
    return u_TR @ v_GR.T + (bias + b_T)[:, None] + c_G


def _fit(
    labels: _Labels, start: np.ndarray, penalty: float, *, tolerance: float = TOLERANCE
) -> np.ndarray:
    """Minimise the summed log-loss + BIAS_PENALTY/2·(|b|² + |c|²) + penalty/2·(|U|² + |V|²)."""
    shape = labels.pairs_TG.shape

    def loss(x: np.ndarray) -> tuple[float, np.ndarray]:
        bias, b_T, c_G, u_TR, v_GR = _parts(x, shape)
        gradient = np.empty_like(x)
        g_bias, g_b, g_c, g_u, g_v = _parts(gradient, shape)
        g_v_RG = np.empty(g_v.T.shape)
        v_RG = np.ascontiguousarray(v_GR.T)
        fit = log_loss(
            labels.positives_TG, labels.pairs_TG, bias + b_T, c_G, u_TR, v_RG, g_b, g_c, g_u, g_v_RG
        )
        g_bias[:] = g_b.sum()
        g_b += BIAS_PENALTY * b_T
        g_c += BIAS_PENALTY * c_G
        g_u += penalty * u_TR
        g_v[:] = g_v_RG.T + penalty * v_GR
        small = BIAS_PENALTY * (b_T @ b_T + c_G @ c_G)
        small += penalty * (np.vdot(u_TR, u_TR) + np.vdot(v_GR, v_GR))
        return float(fit + small / 2), gradient

    options = {"maxiter": MAX_ITERATIONS, "maxfun": 2 * MAX_ITERATIONS, "ftol": tolerance}
    return minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x
