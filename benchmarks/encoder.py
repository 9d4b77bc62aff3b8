"""The encoder's reconstruction: time of a step, and how many steps a loss needs.

1. A whole step (both directions, loss, backward, clipping, Adam) with PyG's scatter max, with
   torch's embedding bags and dense masks, and ours; and what the hardware allows, from the speed
   of a matrix product and of a copy in the same process.
2. The loss after some iterations as published, from the singular vectors of the zero-filled
   matrix, and from the masked fit.

usage: python benchmarks/encoder.py [DATA] [--dim 64] [--levels 15] [--iterations 25] [--threads N]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import torch
from measuring import Row
from torch import nn
from torch_geometric.utils import scatter

from gpdht.config import EncoderConfig, GraphConfig
from gpdht.data.dataset import Dataset
from gpdht.data.source import open_dataset
from gpdht.graph.build import Bags, GeneCellGraph, build_graph
from gpdht.models.gpdht.encoder import Direction, LevelEncoder
from gpdht.models.gpdht.gradients import make_step
from gpdht.models.gpdht.pretrain import reconstruct
from gpdht.models.gpdht.start import solve_maps, start_at_singular_vectors

Pool = Callable[[torch.Tensor, Bags], torch.Tensor]


def bag_max(table: torch.Tensor, bags: Bags) -> torch.Tensor:
    return nn.functional.embedding_bag(
        bags.indices, table, bags.offsets, mode="max", include_last_offset=True
    )


def scatter_max(table: torch.Tensor, bags: Bags) -> torch.Tensor:
    sizes = bags.offsets.diff()
    bag = torch.repeat_interleave(torch.arange(len(sizes)), sizes)
    return scatter(table[bags.indices], bag, dim_size=len(sizes), reduce="max")


def dense_scores(graph: GeneCellGraph) -> tuple[torch.Tensor, torch.Tensor]:
    """z_GC, zero where there is no expression, and where there is some."""
    nonzeros = graph.nonzeros
    z_GC = torch.zeros(nonzeros.shape)
    mask_GC = torch.zeros(nonzeros.shape, dtype=torch.bool)
    cell = torch.repeat_interleave(nonzeros.starts_C.diff())
    z_GC[nonzeros.gene_E.long(), cell] = nonzeros.z_E
    mask_GC[nonzeros.gene_E.long(), cell] = True
    return z_GC, mask_GC


def plain_step(encoder: LevelEncoder, graph: GeneCellGraph, pool: Pool) -> Callable[[], object]:
    """The step as one writes it first, over a way to take the maximum."""
    adam = torch.optim.Adam(encoder.parameters(), lr=1e-3, foreach=True)
    z_GC, mask_GC = dense_scores(graph)

    def embed(direction: Direction, bags: Bags, degree: torch.Tensor) -> torch.Tensor:
        scale = direction.source_scale(degree).repeat(direction.levels)
        pooled = pool(direction.message * scale[:, None], bags)
        gated = nn.functional.relu(pooled) * direction.gate()
        stacked = gated.view(direction.levels, -1, direction.dim).transpose(0, 1)
        return direction.output(stacked.reshape(-1, direction.levels * direction.dim))

    def step() -> None:
        adam.zero_grad()
        x_GD = embed(encoder.genes, graph.to_gene, graph.degree_C)
        x_CD = embed(encoder.cells, graph.to_cell, graph.degree_G)
        error_GC = (x_GD @ x_CD.T - z_GC) * mask_GC
        (error_GC.square().sum() / mask_GC.sum()).backward()
        nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
        adam.step()

    return step


def our_step(encoder: LevelEncoder, graph: GeneCellGraph) -> Callable[[], object]:
    adam = torch.optim.Adam(encoder.parameters(), lr=1e-3, fused=True)
    gradients = make_step(encoder, graph)

    def step() -> None:
        gradients()
        nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
        adam.step()

    return step


def bound(graph: GeneCellGraph, dim: int) -> float:
    """Seconds that a step's matrix products and memory traffic take at full speed.

    Products: the linear maps and the products of the loss, each with two backward ones. Traffic:
    tables are read, differentiated, clipped and updated (ten passes), features and winners
    written and read (six).
    """
    nodes, width = graph.num_genes + graph.num_cells, graph.levels * dim
    operations = 6 * nodes * width * dim + 6 * len(graph.nonzeros) * dim
    x = torch.rand(1024, 1024)
    speed = 2 * 1024**3 / fastest(lambda: x @ x, 10)
    memory, other = torch.rand(2**24), torch.empty(2**24)
    bandwidth = 2 * memory.nbytes / fastest(lambda: other.copy_(memory), 5)
    return operations / speed + 4 * nodes * width * (2 * 10 + 6) / bandwidth


def fastest(work: Callable[[], object], repeats: int) -> float:
    """Seconds of the best of some runs, after one to warm up if there are several."""
    if repeats > 1:
        work()
    took = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return min(took)


def step_rows(graph: GeneCellGraph, dim: int, repeats: int) -> list[Row]:
    torch.manual_seed(0)
    encoder = LevelEncoder.from_config(graph, EncoderConfig(dim=dim))
    with torch.no_grad():
        table = encoder.genes.message
        assert torch.equal(bag_max(table, graph.to_gene), scatter_max(table, graph.to_gene))
    ours = fastest(our_step(encoder, graph), 3 * repeats)
    others = {
        "embedding bags, dense mask": fastest(plain_step(encoder, graph, bag_max), repeats),
        "PyG scatter max": fastest(plain_step(encoder, graph, scatter_max), 1),
        "the hardware's bound": bound(graph, dim),
    }
    what = f"reconstruction step, D {dim}, K {graph.levels}"
    return [
        (what, f"{1000 * ours:.1f} ms", f"{name}: {1000 * took:.1f} ms", took / ours)
        for name, took in others.items()
    ]


def start_at_zero_filled(encoder: LevelEncoder, graph: GeneCellGraph) -> None:
    """The best low-rank fit where a missing value counts as zero."""
    z_GC, _ = dense_scores(graph)
    u, s, vh = torch.linalg.svd(z_GC, full_matrices=False)
    rank = min(encoder.genes.dim, len(s))
    root = s[:rank].sqrt()
    solve_maps(encoder, graph, u[:, :rank] * root, vh[:rank].T * root)


def loss_rows(graph: GeneCellGraph, dim: int, iterations: int) -> list[Row]:
    def loss(start: Callable[..., None] | None, *, lr: float, clip: float, solved: bool) -> float:
        torch.manual_seed(0)
        config = EncoderConfig(dim=dim, rescale=start is not None)
        encoder = LevelEncoder.from_config(graph, config)
        if start is not None:
            start(encoder, graph)
        return reconstruct(encoder, graph, iterations=iterations, lr=lr, clip=clip, solved=solved)

    ours = loss(start_at_singular_vectors, lr=1e-3, clip=1.0, solved=True)
    others = {
        "as published": loss(None, lr=0.01, clip=0.1, solved=False),
        "from zero-filled singular vectors": loss(
            start_at_zero_filled, lr=1e-3, clip=1.0, solved=False
        ),
    }
    what = f"reconstruction loss after {iterations} steps, D {dim}"
    return [
        (what, f"{ours:.3f}", f"{name}: {other:.3f}", other / ours)
        for name, other in others.items()
    ]


def rows(
    dataset: Dataset, *, dim: int = 64, levels: int = 15, iterations: int = 25, repeats: int = 3
) -> list[Row]:
    """What, ours, against what, and the other's seconds or loss over ours."""
    graph = build_graph(dataset, GraphConfig(levels=levels))
    return step_rows(graph, dim, repeats) + loss_rows(graph, dim, iterations)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", default="toy:genes=800,tfs=20,cells=400")
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--levels", type=int, default=15)
    parser.add_argument("--iterations", type=int, default=25)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    dataset = open_dataset(options.data)
    print(f"{dataset.name}: {dataset.num_genes} genes, {dataset.num_cells} cells")
    print(f"{torch.get_num_threads()} threads")
    table = rows(
        dataset,
        dim=options.dim,
        levels=options.levels,
        iterations=options.iterations,
        repeats=options.repeats,
    )
    for what, ours, against, ratio in table:
        print(f"{what}: {ours}; {against}; ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
