"""Random networks with the degrees of a given one, drawn uniformly.

F: folds · T: TFs · G: genes, as targets. Each pair belongs to one fold, and the degrees are kept in
each fold. Some cells of a network must stay empty: a gene and itself, pairs that are no candidates,
and pairs of another fold.

Two moves keep all degrees and leave those cells empty. A *trade* (curveball: Strona et al. 2014,
Nature Communications 5:4114; Carstens 2015) gathers the targets that one of two TFs has and both
may have, and deals them out again, each TF getting as many as it gave. It changes much at once, but
where cells are forbidden trades alone may not reach every network: the ring A → B → C → A cannot
be turned round by them. A *rotation* picks one target of each of several TFs and hands it to the
next TF. Two networks of equal degrees differ by cycles in which targets are handed round, each TF
at most once in a cycle, so rotations of every length reach all networks, whatever is forbidden.

Both moves lead back with the probability that they lead there with, and a step's kind is drawn
before its network is looked at. So in the long run every network is equally frequent.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

TRADES_PER_TF = 5.0
"""Trades for each TF between two networks that are kept, as Strona et al. advise."""

ROTATING = 0.25
"""Share of the steps that rotate."""


def random_networks(
    edge_FTG: np.ndarray,
    allowed_FTG: np.ndarray,
    *,
    number: int,
    seed: int,
    trades_per_tf: float = TRADES_PER_TF,
) -> Iterator[np.ndarray]:
    """`number` networks with the degrees of `edge_FTG`, bool; each valid until the next.

    They are two walks away from the given network, of lengths that sum to `number`, how long each
    is drawn at random. Walks look the same in either direction, so the given network stands in a
    random place of one long walk. If it is itself a random network with its degrees, its rank
    among them is uniform, also where the walk is too short to forget its start (Besag and Clifford
    1989), and the p-value from that rank is valid.

    Parameters
    ----------
    edge_FTG : the given network.
    allowed_FTG : cells that may hold an edge; those of the network must.
    trades_per_tf : how far one kept network is from the next, in trades for each TF and fold.
    """
    assert not (edge_FTG & ~allowed_FTG).any(), "an edge of the network is in a forbidden cell"
    rng = np.random.default_rng(seed)
    # a step trades between all TFs, two by two
    steps = int(np.ceil(2 * trades_per_tf / (1 - ROTATING)))
    before = int(rng.integers(number + 1))
    for length in (before, number - before):
        network_FTG = edge_FTG.copy()
        for _ in range(length):
            for network_TG, allowed_TG in zip(network_FTG, allowed_FTG, strict=True):
                for _ in range(steps):
                    _step(network_TG, allowed_TG, rng)
            yield network_FTG


def _step(network_TG: np.ndarray, allowed_TG: np.ndarray, rng: np.random.Generator) -> None:
    """Change the network in place: trades between all TFs two by two, or as many rotations."""
    num_tfs = len(network_TG)
    if num_tfs < 2:
        return
    if rng.random() < ROTATING:
        for _ in range(num_tfs // 2):
            _rotate(network_TG, allowed_TG, rng)
        return
    order = rng.permutation(num_tfs).tolist()
    for one, other in zip(order[::2], order[1::2], strict=False):
        _trade(network_TG[one], network_TG[other], allowed_TG[one] & allowed_TG[other], rng)


def _trade(
    one_G: np.ndarray, other_G: np.ndarray, allowed_G: np.ndarray, rng: np.random.Generator
) -> None:
    """Deal out anew, in place, the targets that one of two TFs has and both may have."""
    pool = np.flatnonzero((one_G != other_G) & allowed_G)
    share = np.count_nonzero(one_G[pool])
    if share in (0, len(pool)):
        return
    rng.shuffle(pool)
    one_G[pool[:share]], one_G[pool[share:]] = True, False
    other_G[pool[:share]], other_G[pool[share:]] = False, True


def _rotate(network_TG: np.ndarray, allowed_TG: np.ndarray, rng: np.random.Generator) -> None:
    """Hand a target of each of some TFs to the next of them, in place, where that can be done."""
    length = min(2 + int(rng.geometric(0.5)), len(network_TG))  # mostly 3, which trades cannot do
    giver = rng.permutation(len(network_TG))[:length]
    given = np.full(length, -1)
    for place, tf in enumerate(giver.tolist()):
        targets = np.flatnonzero(network_TG[tf])
        if not len(targets):
            return
        given[place] = targets[rng.integers(len(targets))]
    taker = np.roll(giver, -1)
    if len(set(given.tolist())) < length:
        return
    if network_TG[taker, given].any() or not allowed_TG[taker, given].all():
        return
    network_TG[giver, given], network_TG[taker, given] = False, True
