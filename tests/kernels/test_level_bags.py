"""The fused level kernel against torch's operators and finite differences."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gpdht.graph.build import Bags
from gpdht.kernels.level_bags import GatedMaxima
from gpdht.models.gpdht.encoder import Direction

NINES = torch.arange(0, 63, 9).int()
few = settings(max_examples=40, deadline=None)


def draw_bags(levels: int, sources: int, destinations: int, *, share: float, seed: int) -> Bags:
    """Every source is in every bag with some probability; many bags are empty."""
    random = np.random.default_rng(seed)
    indices, sizes = [], []
    for k in range(levels):
        for _ in range(destinations):
            rows = np.flatnonzero(random.random(sources) < share * random.integers(0, 2))
            indices.append(rows + k * sources)
            sizes.append(len(rows))
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    return Bags(
        torch.tensor(np.concatenate(indices), dtype=torch.int32),
        torch.tensor(offsets, dtype=torch.int32),
    )


def make_direction(
    sources: int, destinations: int, *, rescale: bool = True, tau: float = 0.3, **sizes
) -> Direction:
    return Direction(sources, destinations, tau=tau, rescale=rescale, **sizes)


def values_and_gradients(way, direction: Direction, weight: torch.Tensor) -> list[torch.Tensor]:
    direction.zero_grad()
    out = way()
    (out * weight).sum().backward()
    return [out.detach(), direction.message.grad, direction.query.grad]


@few
@given(
    levels=st.integers(1, 4),
    sources=st.integers(1, 12),
    destinations=st.integers(1, 7),
    heads=st.sampled_from([1, 2, 8]),
    width=st.integers(1, 9),
    share=st.sampled_from([0.0, 0.3, 1.0]),
    rescale=st.booleans(),
    tau=st.sampled_from([0.01, 0.3, 5.0]),
    double=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_values_and_gradients_are_those_of_torchs_operators(  # noqa: PLR0917
    levels, sources, destinations, heads, width, share, rescale, tau, double, seed
):
    torch.manual_seed(seed)
    direction = make_direction(
        sources,
        destinations,
        levels=levels,
        dim=heads * width,
        heads=heads,
        rescale=rescale,
        tau=tau,
    )
    dtype = torch.float64 if double else torch.float32
    direction.to(dtype)
    bags = draw_bags(levels, sources, destinations, share=share, seed=seed)
    degree = torch.randint(0, 9, (sources,)).float()
    weight = torch.randn(destinations, levels * heads * width, dtype=dtype)
    fused = values_and_gradients(lambda: direction.features(bags, degree), direction, weight)
    plain = values_and_gradients(lambda: direction.plain_features(bags, degree), direction, weight)
    close = {"rtol": 1e-10, "atol": 1e-12} if double else {"rtol": 1e-4, "atol": 1e-5}
    for got, expected in zip(fused, plain, strict=True):
        torch.testing.assert_close(got, expected, **close)


def test_gradients_are_those_of_finite_differences():
    torch.manual_seed(0)
    direction = make_direction(5, 4, levels=2, dim=6, heads=2).double()
    bags = draw_bags(2, 5, 4, share=0.7, seed=1)
    tables = direction.tables(bags, torch.arange(5).float())
    leaves = direction.message, direction.query
    assert torch.autograd.gradcheck(lambda m, q: GatedMaxima.apply(m, q, tables), leaves)


@pytest.fixture(scope="module")
def larger():
    torch.manual_seed(0)
    direction = make_direction(60, 50, levels=7, dim=32, heads=4)
    bags = draw_bags(7, 60, 50, share=0.5, seed=2)
    return direction, bags, torch.rand(60) * 30


def all_results(direction: Direction, bags: Bags, degree: torch.Tensor) -> list[torch.Tensor]:
    leaves = [x.detach().clone().requires_grad_() for x in (direction.message, direction.query)]
    out = GatedMaxima.apply(*leaves, direction.tables(bags, degree))
    return [out.detach(), *torch.autograd.grad(out.square().sum(), leaves)]


def test_results_do_not_depend_on_the_number_of_threads(larger):
    before = torch.get_num_threads()
    results = []
    try:
        for threads in (1, 2, 5):
            torch.set_num_threads(threads)
            results.append(all_results(*larger))
    finally:
        torch.set_num_threads(before)
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))


def test_several_threads_may_call_at_once(larger):
    expected = all_results(*larger)
    with ThreadPoolExecutor(4) as pool:
        for got in pool.map(lambda _: all_results(*larger), range(16)):
            assert all(torch.equal(a, b) for a, b in zip(got, expected, strict=True))


@pytest.mark.parametrize("source", range(9))
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_nan_in_a_table_is_nan_in_the_features_of_who_uses_it(source, dtype):
    torch.manual_seed(0)
    direction = make_direction(9, 3, levels=2, dim=4, heads=2).to(dtype)
    bags = Bags(torch.arange(18).repeat(3).view(3, 2, 9).transpose(0, 1).flatten().int(), NINES)
    with torch.no_grad():
        direction.message[source, 2] = torch.nan  # of level 0
        direction.query[3 + 1, 0] = torch.nan  # of level 1, destination 1: all of head 0
        got = direction.features(bags, torch.ones(9))
    expected = torch.zeros(3, 8, dtype=torch.bool)
    expected[:, 2] = True
    expected[1, 4:6] = True
    assert torch.equal(got.isnan(), expected)


def test_queries_of_zero_open_the_gate_evenly():
    direction = make_direction(4, 2, levels=1, dim=6, heads=2)
    torch.nn.init.zeros_(direction.query)
    bags, degree = draw_bags(1, 4, 2, share=1.0, seed=5), torch.ones(4)
    weight = torch.ones(2, 6)
    fused = values_and_gradients(lambda: direction.features(bags, degree), direction, weight)
    plain = values_and_gradients(lambda: direction.plain_features(bags, degree), direction, weight)
    for got, expected in zip(fused, plain, strict=True):
        torch.testing.assert_close(got, expected)
