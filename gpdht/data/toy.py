"""Simulated expression with a known regulatory network, from 30 genes up to benchmark size."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from gpdht.data.dataset import Dataset
from gpdht.errors import DataError

CELLS_AT_ONCE = 1000  # bounds the dense (cells, genes) block


def toy(
    *,
    genes: int = 120,
    tfs: int = 12,
    cells: int = 200,
    seed: int = 0,
    density: float = 0.2,
    states: int = 6,
    noise: float = 0.6,
    dropout: float = 0.3,
    net: pd.DataFrame | None = None,
) -> Dataset:
    """A simulated dataset whose `net` is the network that made its expression.

    TF activities follow cell states joined to a trajectory, plus a part of their own, plus their
    regulators (TF–TF edges form no cycle). A gene's log rate is its base level plus the signed,
    weighted activities of its regulators plus noise; counts are Poisson at a log-normal library
    size, low values drop out more often, and the result is log1p of library-normalised counts.

    Parameters
    ----------
    genes, tfs, cells : size; the first `tfs` genes are the TFs.
    density : share of all TF × gene pairs that are edges; out-degrees are heavy-tailed.
    states : cell states along the trajectory.
    noise : standard deviation of a gene's private log-rate noise; regulation has about 1.
    dropout : probability that a count of median expectation is lost.
    net : `source, target[, weight]`, the network instead of one that is drawn, such as an edited
        one of another `toy`: two sets that share only the edges that both have.

    Raises
    ------
    DataError
        If the sizes leave no room for a network, another setting is out of its range, or an edge
        of `net` cannot be simulated.

    Examples
    --------
    >>> import gpdht as gp
    >>> dataset = gp.toy(genes=40, tfs=5, cells=30)
    >>> dataset.adata.shape, dataset.net.columns.tolist()
    ((30, 40), ['source', 'target', 'weight'])
    """
    _check_sizes(genes, tfs, cells, states)
    _check_strengths(seed, density, noise, dropout)
    rng = np.random.default_rng(seed)
    names = _gene_names(genes, tfs)
    if net is None:
        known_TG = _draw_net(rng, genes=genes, tfs=tfs, density=density)
        weight_TG = known_TG * _draw_weights(rng, known_TG.shape)
    else:
        weight_TG = _planted(net, names, tfs)
    activity_CT = _draw_activities(rng, weight_TG[:, :tfs], cells=cells, states=states)
    drive_TG = weight_TG / np.maximum(np.linalg.norm(weight_TG, axis=0), 1)
    drive_TG[:, :tfs] = np.eye(tfs)  # a TF is expressed as it is active
    expression = _draw_expression(rng, activity_CT, drive_TG, noise=noise, dropout=dropout)
    source, target = np.nonzero(weight_TG)
    edges = pd.DataFrame(
        {
            "source": names[source].astype(object),
            "target": names[target].astype(object),
            "weight": weight_TG[source, target],
        }
    )
    return Dataset(
        expression=expression,
        cells=_numbered("CELL", cells),
        genes=names,
        net=edges,
        tfs=names[:tfs],
        name=f"toy (genes={genes}, tfs={tfs}, cells={cells}, seed={seed})",
    )


def _check_sizes(genes: int, tfs: int, cells: int, states: int) -> None:
    if tfs < 2 or genes < tfs + 10 or cells < 10 or states < 1:
        raise DataError(
            f"toy: genes={genes}, tfs={tfs}, cells={cells}, states={states} leave no network to "
            "learn; it takes tfs ≥ 2, genes ≥ tfs + 10, cells ≥ 10 and states ≥ 1."
        )


def _check_strengths(seed: int, density: float, noise: float, dropout: float) -> None:
    if seed < 0 or not 0 < density < 1 or not 0 <= noise <= 10 or not 0 <= dropout < 1:
        raise DataError(
            f"toy: seed={seed}, density={density}, noise={noise}, dropout={dropout}; it takes "
            "seed ≥ 0, 0 < density < 1, 0 ≤ noise ≤ 10 and 0 ≤ dropout < 1."
        )


def _numbered(prefix: str, count: int) -> np.ndarray:
    width = max(2, len(str(count)))
    return np.array([f"{prefix}{i:0{width}d}" for i in range(1, count + 1)], dtype=str)


def _gene_names(genes: int, tfs: int) -> np.ndarray:
    return np.concatenate([_numbered("TF", tfs), _numbered("GENE", genes - tfs)])


def _draw_net(rng: np.random.Generator, *, genes: int, tfs: int, density: float) -> np.ndarray:
    """Edges as a boolean (tfs, genes) matrix, ordered so that TF–TF edges form no cycle."""
    share_T = rng.permutation(np.arange(1, tfs + 1) ** -0.8)
    degree_T = density * genes * share_T / share_T.mean()
    degree_T = np.clip(np.rint(degree_T), 3, 0.8 * (genes - tfs)).astype(int)
    appeal_G = rng.lognormal(0.0, 0.5, genes)
    known_TG = np.zeros((tfs, genes), dtype=bool)
    for tf, degree in enumerate(degree_T):
        appeal = appeal_G.copy()
        appeal[: tf + 1] = 0  # itself and the TFs upstream of it
        known_TG[tf, rng.choice(genes, degree, replace=False, p=appeal / appeal.sum())] = True
    return known_TG


def _planted(net: pd.DataFrame, names: np.ndarray, tfs: int) -> np.ndarray:
    """Weights of the edges that are given, (tfs, genes); 1 where they have none."""
    if not {"source", "target"} <= set(net):
        raise DataError(
            f"toy: net has the columns {', '.join(map(str, net))}; expected source, target[, "
            "weight]. Rename them."
        )
    index = {str(name): at for at, name in enumerate(names)}
    source, target = (net[end].map(index).astype(float) for end in ("source", "target"))
    weight = net["weight"] if "weight" in net else pd.Series(1.0, index=net.index)
    fits = (source < tfs) & (source < target) & np.isfinite(weight) & (weight != 0)
    fits &= ~net.duplicated(["source", "target"])
    if not fits.all():
        edge = net[~fits].iloc[0]
        raise DataError(
            f"toy: {int((~fits).sum())} of {len(net)} edges of net cannot be simulated, e.g. "
            f"{edge['source']} → {edge['target']}; expected each edge once, from a TF ({names[0]} "
            f"to {names[tfs - 1]}) to a later TF or another gene (to {names[-1]}), with a weight "
            "other than 0. Drop the others, or change genes and tfs."
        )
    weight_TG = np.zeros((tfs, len(names)))
    weight_TG[source.astype(int), target.astype(int)] = weight
    return weight_TG


def _draw_weights(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Signed strengths: three of four edges activate."""
    sign = np.where(rng.random(shape) < 0.75, 1.0, -1.0)
    return sign * rng.lognormal(0.0, 0.4, shape)


def _draw_activities(
    rng: np.random.Generator, weight_TT: np.ndarray, *, cells: int, states: int
) -> np.ndarray:
    """Standardised TF activities (cells, tfs): place on the trajectory, own part, regulators."""
    tfs = len(weight_TT)
    state_ST = rng.normal(size=(states + 1, tfs))
    step = rng.integers(states, size=cells)
    along = rng.beta(0.7, 0.7, size=(cells, 1))
    activity_CT = (1 - along) * state_ST[step] + along * state_ST[step + 1]
    activity_CT += rng.normal(0.0, 0.6, size=(cells, tfs))
    for tf in range(tfs):
        own = activity_CT[:, tf]
        own = own + 0.5 * activity_CT[:, :tf] @ weight_TT[:tf, tf]
        activity_CT[:, tf] = (own - own.mean()) / max(own.std(), 1e-6)
    return activity_CT


def _draw_expression(
    rng: np.random.Generator,
    activity_CT: np.ndarray,
    drive_TG: np.ndarray,
    *,
    noise: float,
    dropout: float,
) -> sparse.csr_matrix:
    """log1p of library-normalised counts, (cells, genes)."""
    cells, genes = len(activity_CT), drive_TG.shape[1]
    base_G = rng.normal(0.8, 0.9, genes)
    size_C = rng.lognormal(0.0, 0.3, cells)
    blocks = []
    for start in range(0, cells, CELLS_AT_ONCE):
        part = slice(start, start + CELLS_AT_ONCE)
        log_rate = base_G + activity_CT[part] @ drive_TG
        log_rate += noise * rng.standard_normal(log_rate.shape, dtype=np.float32)
        counts = rng.poisson(np.exp(log_rate) * size_C[part, None]).astype(np.float32)
        lost = dropout / (dropout + (1 - dropout) * np.exp(log_rate - 0.8))
        counts[rng.random(counts.shape, dtype=np.float32) < lost] = 0
        blocks.append(sparse.csr_matrix(counts))
    return _log_normalise(sparse.vstack(blocks, format="csr"))


def _log_normalise(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """log1p after scaling every cell to the median library size."""
    total_C = np.maximum(np.asarray(counts.sum(axis=1)).ravel(), 1)
    scale_C = np.median(total_C) / total_C
    counts.data = np.log1p(counts.data * np.repeat(scale_C, np.diff(counts.indptr)))
    counts.data = counts.data.astype(np.float32)
    return sparse.csr_matrix(counts)
