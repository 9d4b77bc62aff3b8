"""Gated maxima over the bags of all levels, without the intermediate tables torch would need.

Shape letters: K levels · U sources · V destinations · D channels.

A task is one level: its slice of the message table stays in a core's second-level cache, and
slices are disjoint, so results do not depend on the number of threads.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numba import types
from numba.extending import overload

from gpdht.kernels.elementary import exp32, kernel
from gpdht.kernels.threads import spread

EPS = 1e-12  # of the query's norm, as in torch.nn.functional.normalize
LARGEST_EXPONENT = 60  # e^60 times any number of features is a float32


@dataclass(frozen=True)
class Gate:
    """Settings of the gate: a softmax of û²/τ over each head's features, times `factor`."""

    heads: int
    tau: float
    factor: float


@dataclass(frozen=True, eq=False)
class LevelTables:
    """What the gated maxima depend on; contiguous CPU tensors, float32 or float64.

    Parameters
    ----------
    message_KUD : (K·U, D).
    query_KVD : (K·V, D).
    scale_U : factor of each source's messages.
    indices, offsets : the bags, see `graph.build.Bags`.
    """

    message_KUD: torch.Tensor
    query_KVD: torch.Tensor
    scale_U: torch.Tensor
    indices: torch.Tensor
    offsets: torch.Tensor
    gate: Gate

    @property
    def levels(self) -> int:
        return len(self.message_KUD) // len(self.scale_U)

    @property
    def destinations(self) -> int:
        return len(self.query_KVD) // self.levels

    def largest_first(self) -> list[int]:
        """Levels by falling number of edges."""
        edges = self.offsets[:: self.destinations].diff().numpy()
        return np.argsort(-edges, kind="stable").tolist()

    def arrays(self) -> tuple[Any, ...]:
        """The kernels' arguments; constants in the tables' own precision."""
        number = np.float32 if self.message_KUD.dtype == torch.float32 else np.float64
        arrays = (self.message_KUD, self.query_KVD, self.scale_U, self.indices, self.offsets)
        gate = (self.gate.heads, number(1 / self.gate.tau), number(self.gate.factor))
        return *(tensor.detach().numpy() for tensor in arrays), gate


class GatedMaxima(torch.autograd.Function):
    """(V, K·D): ReLU of the maximum of each bag's scaled messages, times the gate.

    Takes the two tables apart from the `LevelTables` that holds them, for autograd to see.
    """

    @staticmethod
    def forward(
        ctx: Any, message_KUD: torch.Tensor, query_KVD: torch.Tensor, tables: LevelTables
    ) -> torch.Tensor:
        shape = tables.destinations, tables.levels * message_KUD.shape[1]
        out = message_KUD.new_empty(shape)
        if not (ctx.needs_input_grad[0] or ctx.needs_input_grad[1]):
            gated_maxima(tables, out)
            return out
        winner = torch.empty(shape, dtype=torch.int32)
        gated_maxima(tables, out, winner)
        ctx.save_for_backward(message_KUD, query_KVD, out, winner)
        ctx.tables = tables
        return out

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None]:
        message_KUD, query_KVD, out, winner = ctx.saved_tensors
        gradients = torch.empty_like(message_KUD), torch.empty_like(query_KVD)
        tables: LevelTables = ctx.tables
        gated_maxima_backward(
            tables, grad.contiguous(), out, winner, gradients, tables.largest_first()
        )
        return *gradients, None


def gated_maxima(
    tables: LevelTables, out_VKD: torch.Tensor, winner_VKD: torch.Tensor | None = None
) -> None:
    """Fill (V, K·D) maxima and the source of each, −1 where none is above zero."""
    arrays, dim = tables.arrays(), tables.message_KUD.shape[1]
    out = out_VKD.numpy()
    scratch = np.empty((1, dim), np.int32)

    def level(k: int) -> None:
        winner = scratch.copy() if winner_VKD is None else winner_VKD.numpy()
        _forward(k, *arrays, out, winner)

    spread(level, tables.largest_first())


def gated_maxima_backward(
    tables: LevelTables,
    grad: torch.Tensor,
    out_VKD: torch.Tensor,
    winner_VKD: torch.Tensor,
    gradients: tuple[torch.Tensor, torch.Tensor],
    levels: Iterable[int],
) -> None:
    """Fill the gradients of both tables for some levels.

    Parameters
    ----------
    grad : of the maxima; its columns are those of all levels, or of `levels` alone in order.
    gradients : of messages and queries, shaped as they are.
    """
    chosen = list(levels)
    message, query, scale, _, offsets, gate = tables.arrays()
    packed = grad.shape[1] != out_VKD.shape[1]
    column = {k: i if packed else k for i, k in enumerate(chosen)}
    rest = tuple(tensor.detach().numpy() for tensor in (grad, out_VKD, winner_VKD, *gradients))
    spread(lambda k: _backward(k, column[k], message, query, scale, offsets, gate, *rest), chosen)


def _exp(x: Any) -> Any:
    raise NotImplementedError("compiled code only")


@overload(_exp, inline="always")
def _exp_in_own_precision(x):
    if x == types.float32:
        return lambda x: exp32(x)  # noqa: PLW0108 - numba wants a function of its own
    return lambda x: math.exp(x)  # noqa: PLW0108


@kernel
def _fill_gate(query, inverse_tau, gate):
    """exp(û²/τ) of one head up to a factor; gives its sum, 1/‖q‖ and whether ‖q‖ ≥ ε.

    û² ≤ 1, so the exponents need the usual shift by their maximum only where 1/τ is large.
    """
    zero, eps = query.dtype.type(0), query.dtype.type(EPS)
    square, top = zero, zero
    for w in range(query.size):
        square += query[w] * query[w]
    if inverse_tau > LARGEST_EXPONENT:
        for w in range(query.size):
            top = max(top, query[w] * query[w])
    norm = np.sqrt(square)
    small = norm < eps
    inverse = query.dtype.type(1) / (eps if small else norm)
    factor = inverse * inverse * inverse_tau
    total = zero
    for w in range(query.size):
        gate[w] = _exp((query[w] * query[w] - top) * factor)
    for w in range(query.size):
        total += gate[w]
    return total, inverse, small


@kernel
def _maximum(k, message, scale, bag, best, source):
    """Raise `best` to the maximum of a bag's scaled rows; `source` says whose it is.

    Four rows at a time, so that both stay in registers meanwhile; a short group repeats its last
    row. NaN loses every comparison, so it is looked for in the group's sum, and then stays.
    """
    first, last = k * scale.size, bag.size - 1
    for e in range(0, bag.size, 4):
        i0, i1 = bag[e], bag[min(e + 1, last)]
        i2, i3 = bag[min(e + 2, last)], bag[min(e + 3, last)]
        u0, u1, u2, u3 = i0 - first, i1 - first, i2 - first, i3 - first
        row0, row1, row2, row3 = message[i0], message[i1], message[i2], message[i3]
        s0, s1, s2, s3 = scale[u0], scale[u1], scale[u2], scale[u3]
        n0, n1, n2, n3 = np.int32(u0), np.int32(u1), np.int32(u2), np.int32(u3)
        for d in range(best.size):
            top, who = best[d], source[d]
            x0, x1, x2, x3 = row0[d] * s0, row1[d] * s1, row2[d] * s2, row3[d] * s3
            top, who = (x0, n0) if x0 > top else (top, who)
            top, who = (x1, n1) if x1 > top else (top, who)
            top, who = (x2, n2) if x2 > top else (top, who)
            top, who = (x3, n3) if x3 > top else (top, who)
            total = x0 + x1 + x2 + x3
            bad = total != total  # noqa: PLR0124
            best[d], source[d] = (total, n0) if bad else (top, who)


@kernel
def _forward(k, message, query, scale, indices, offsets, settings, out, winner):
    heads, inverse_tau, factor = settings
    destinations, dim = out.shape[0], message.shape[1]
    width, keep = dim // heads, winner.shape[0] == out.shape[0]
    zero = message.dtype.type(0)
    gate = np.empty(width, message.dtype)
    for v in range(destinations):
        bag = k * destinations + v
        start, stop = offsets[bag], offsets[bag + 1]
        best = out[v, k * dim : (k + 1) * dim]
        source = winner[v, k * dim : (k + 1) * dim] if keep else winner[0, 0:dim]
        for d in range(dim):
            best[d] = zero
            source[d] = -1
        _maximum(k, message, scale, indices[start:stop], best, source)
        if start == stop:
            continue
        for h in range(heads):
            a, b = h * width, (h + 1) * width
            total, _, _ = _fill_gate(query[bag, a:b], inverse_tau, gate)
            share = factor / total
            for w in range(width):
                best[a + w] *= gate[w] * share


@kernel
def _backward(
    k,
    column,
    message,
    query,
    scale,
    offsets,
    settings,
    grad,
    out,
    winner,
    dmessage,
    dquery,
):
    """One level's part of both gradients.

    With y = gate ⊙ max and L the loss: ∂L/∂max = gate ⊙ ∂L/∂y goes to the winners; the softmax
    gives ∂L/∂(û²/τ) = t − softmax · Σt with t = y ⊙ ∂L/∂y, so the maxima are not needed.
    """
    heads, inverse_tau, factor = settings
    destinations, dim = out.shape[0], message.shape[1]
    width, sources = dim // heads, scale.size
    zero, two = message.dtype.type(0), message.dtype.type(2)
    table = dmessage[k * sources : (k + 1) * sources]
    table[:] = zero
    gate, step = np.empty(width, message.dtype), np.empty(width, message.dtype)
    for v in range(destinations):
        bag = k * destinations + v
        if offsets[bag] == offsets[bag + 1]:
            dquery[bag] = zero
            continue
        for h in range(heads):
            a = h * width
            q, dq = query[bag, a : a + width], dquery[bag, a : a + width]
            at, from_ = k * dim + a, column * dim + a
            y, g = out[v, at : at + width], grad[v, from_ : from_ + width]
            source = winner[v, at : at + width]
            total, inverse, small = _fill_gate(q, inverse_tau, gate)
            dot, along = zero, zero
            for w in range(width):
                dot += g[w] * y[w]
            for w in range(width):
                ds = g[w] * y[w] - gate[w] / total * dot
                step[w] = two * inverse_tau * inverse * q[w] * ds
                along += q[w] * inverse * step[w]
            if small:
                along = zero
            for w in range(width):
                dq[w] = (step[w] - along * q[w] * inverse) * inverse
                step[w] = g[w] * gate[w] * (factor / total)
            for w in range(width):
                if source[w] >= 0:
                    table[source[w], a + w] += step[w]
    for u in range(sources):
        for d in range(dim):
            table[u, d] *= scale[u]
