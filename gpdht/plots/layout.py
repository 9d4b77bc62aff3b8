"""Where the genes of a network stand, and on which side of a hub its name fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import networkx as nx
import numpy as np
import pandas as pd

from gpdht.plots.theme import CHARACTER, NARROW

Side = Literal["above", "below", "right", "left"]
SIDES: tuple[Side, ...] = ("above", "below", "right", "left")

HEIGHT = 460  # px, of the chart
EDGE = 1.12
"""Genes stand between −1 and 1; this is where the picture ends."""

REACH = 11  # px, from the middle of a hub to its name
_LINE = 14  # px, the height of a name
_HUB = np.array([-8, -8, 8, 8])  # px, the square of a TF


def place_genes(edges: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """`gene, x, y` between −1 and 1, in the order in which genes appear; the same for a seed.

    Springs draw each connected part by itself: together, parts would flee from each other. The
    largest part comes first, the others stand in rows beside it.
    """
    graph = nx.Graph(list(zip(edges["source"], edges["target"], strict=True)))
    order = {gene: number for number, gene in enumerate(graph)}
    parts = [sorted(part, key=order.__getitem__) for part in nx.connected_components(graph)]
    parts.sort(key=len, reverse=True)
    corner_2: dict[str, np.ndarray] = {}
    for part, (left, top, side) in zip(parts, _shelves([len(part) for part in parts]), strict=True):
        # a subgraph view forgets the order, on which the layout depends
        own = nx.Graph()
        own.add_nodes_from(part)
        own.add_edges_from(edge for edge in graph.edges if edge[0] in own)
        found = nx.spring_layout(own, seed=seed, k=1.6 / np.sqrt(len(own)), iterations=150)
        at_N2 = _stretched(np.array([found[gene] for gene in part]))
        corner_2 |= dict(zip(part, np.array([left, top]) + side * (0.1 + 0.8 * at_N2), strict=True))
    at_N2 = 2 * _stretched(np.array([corner_2[gene] for gene in graph])) - 1
    return pd.DataFrame({"gene": list(graph), "x": at_N2[:, 0], "y": at_N2[:, 1]})


def name_sides(hubs: pd.DataFrame, nodes: pd.DataFrame) -> list[Side]:
    """The side of each hub where its name meets least, in a narrow chart.

    Parameters
    ----------
    hubs : `gene, x, y`, the most important first.
    nodes : the same columns, of all TFs.
    """
    squares = [_pixels(x, y) + _HUB for x, y in zip(nodes["x"], nodes["y"], strict=True)]
    taken: list[np.ndarray] = []
    sides: list[Side] = []
    for gene, x, y in zip(hubs["gene"], hubs["x"], hubs["y"], strict=True):
        boxes = {side: _box(str(gene), _pixels(x, y), side) for side in SIDES}
        side = min(SIDES, key=lambda one: _cost(boxes[one], taken, squares))
        taken.append(boxes[side])
        sides.append(side)
    return sides


def _shelves(sizes: Sequence[int]) -> list[tuple[float, float, float]]:
    """Left, top and side of a square for each part, in rows as wide as the first part or more."""
    side_of = [np.sqrt(size) + 0.5 for size in sizes]
    width = max(side_of[0], np.sqrt(sum(side**2 for side in side_of)))
    squares, left, top, tallest = [], 0.0, 0.0, 0.0
    for side in side_of:
        if left and left + side > width + 1e-9:
            left, top, tallest = 0.0, top + tallest, 0.0
        squares.append((left, top, side))
        left, tallest = left + side, max(tallest, side)
    return squares


def _stretched(at_N2: np.ndarray) -> np.ndarray:
    """Positions between 0 and 1; in the middle where all are the same."""
    low_2, span_2 = at_N2.min(axis=0), np.ptp(at_N2, axis=0)
    return np.where(span_2 > 0, (at_N2 - low_2) / np.where(span_2 > 0, span_2, 1), 0.5)


def _pixels(x: float, y: float) -> np.ndarray:
    """Left, top, right and bottom of a point."""
    across = (x + EDGE) / (2 * EDGE) * NARROW
    down = (EDGE - y) / (2 * EDGE) * HEIGHT
    return np.array([across, down, across, down])


def _box(name: str, at_4: np.ndarray, side: Side) -> np.ndarray:
    """Left, top, right and bottom of a name."""
    width = len(name) * CHARACTER * 1.1  # bold
    return (
        at_4
        + {
            "above": np.array([-width / 2, -REACH - _LINE, width / 2, -REACH]),
            "below": np.array([-width / 2, REACH, width / 2, REACH + _LINE]),
            "right": np.array([REACH, -_LINE / 2, REACH + width, _LINE / 2]),
            "left": np.array([-REACH - width, -_LINE / 2, -REACH, _LINE / 2]),
        }[side]
    )


def _cost(box: np.ndarray, names: list[np.ndarray], squares: list[np.ndarray]) -> float:
    page = np.array([0, 0, NARROW, HEIGHT])
    area = (box[2] - box[0]) * (box[3] - box[1])
    outside = area - _shared(box, page)
    return (
        20 * outside
        + 5 * sum(_shared(box, other) for other in names)
        + sum(_shared(box, other) for other in squares)
    )


def _shared(one: np.ndarray, other: np.ndarray) -> float:
    """The area of two boxes' overlap."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return float(max(across, 0) * max(down, 0))
