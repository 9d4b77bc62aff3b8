"""Two claims about the encoder, as ratios within one process.

1. Aggregating a level's neighbourhood as a bag of table rows against PyG's scatter max: the same
   values, forward and backward.
2. Reconstruction: the loss after some iterations as published, rescaled, and rescaled from the
   expression's singular vectors.

usage: python benchmarks/encoder.py [DATA] [--dim 64] [--iterations 100] [--repeats 3]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import torch
from torch_geometric.utils import scatter

from gpdht.config import EncoderConfig, GraphConfig
from gpdht.data.source import open_dataset
from gpdht.graph.build import Bags, GeneCellGraph, build_graph
from gpdht.models.gpdht.encoder import LevelEncoder
from gpdht.models.gpdht.pretrain import reconstruct
from gpdht.models.gpdht.start import start_at_singular_vectors


def bag_max(table: torch.Tensor, bags: Bags) -> torch.Tensor:
    return torch.nn.functional.embedding_bag(bags.indices, table, bags.offsets, mode="max")


def scatter_max(table: torch.Tensor, bags: Bags) -> torch.Tensor:
    sizes = torch.diff(bags.offsets, append=torch.tensor([len(bags.indices)]))
    bag = torch.repeat_interleave(torch.arange(len(sizes)), sizes)
    return scatter(table[bags.indices], bag, dim_size=len(sizes), reduce="max")


def seconds(work: Callable[[], object], repeats: int) -> float:
    work()
    start = time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - start) / repeats


def compare_aggregation(graph: GeneCellGraph, dim: int, repeats: int) -> None:
    torch.manual_seed(0)
    table = torch.rand(graph.levels * graph.num_cells, dim, requires_grad=True)
    with torch.no_grad():
        assert torch.equal(bag_max(table, graph.to_gene), scatter_max(table, graph.to_gene))
    took = {
        way.__name__: seconds(lambda way=way: way(table, graph.to_gene).sum().backward(), repeats)
        for way in (bag_max, scatter_max)
    }
    ratio = took["scatter_max"] / took["bag_max"]
    print(f"aggregation, cells → genes, D = {dim}: bags are {ratio:.1f} × faster than scatter max")


def compare_reconstruction(graph: GeneCellGraph, dim: int, iterations: int) -> None:
    ways = {
        "as published (lr .01, clip .1)": (False, "random", 0.01, 0.1),
        "rescaled, random start (lr .01, clip 1)": (True, "random", 0.01, 1.0),
        "rescaled, singular vectors (lr .001, clip 1)": (True, "singular", 0.001, 1.0),
    }
    for name, (rescale, start, lr, clip) in ways.items():
        torch.manual_seed(0)
        encoder = LevelEncoder.from_config(graph, EncoderConfig(dim=dim, rescale=rescale))
        if start == "singular":
            start_at_singular_vectors(encoder, graph)
        loss = reconstruct(encoder, graph, iterations=iterations, lr=lr, clip=clip)
        print(f"reconstruction, D = {dim}: loss {loss:.3f} after {iterations} iterations, {name}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", default="toy:genes=800,tfs=20,cells=400")
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--levels", type=int, default=15)
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    dataset = open_dataset(options.data)
    graph = build_graph(dataset, GraphConfig(levels=options.levels))
    print(
        f"{dataset.name}: {graph.num_genes} genes, {graph.num_cells} cells, K = {graph.levels}, "
        f"{torch.get_num_threads()} threads"
    )
    compare_aggregation(graph, options.dim, options.repeats)
    compare_reconstruction(graph, options.dim, options.iterations)


if __name__ == "__main__":
    main()
