"""The encoder against the paper's equations as plain loops over nodes, levels and features."""

from __future__ import annotations

import math

import pytest
import torch

from gpdht.config import EncoderConfig, GraphConfig
from gpdht.data.toy import toy
from gpdht.graph.build import build_graph
from gpdht.models.gpdht.encoder import LevelEncoder
from gpdht.models.gpdht.pretrain import reconstruct
from gpdht.models.gpdht.reconstruction import reconstruction
from gpdht.models.gpdht.tokens import gene_table

DIM, HEADS, LEVELS = 8, 2, 3


@pytest.fixture(scope="module")
def graph():
    return build_graph(toy(genes=24, tfs=4, cells=18, seed=1), GraphConfig(levels=LEVELS))


def dense(graph) -> torch.Tensor:
    """The z-scores as a (G, C) matrix, zero where there is no expression."""
    n, z_GC = graph.nonzeros, torch.zeros(graph.num_genes, graph.num_cells)
    for cell in range(graph.num_cells):
        for e in range(int(n.starts_C[cell]), int(n.starts_C[cell + 1])):
            z_GC[n.gene_E[e], cell] = n.z_E[e]
    return z_GC


def make_encoder(graph, *, rescale: bool, seed: int = 0) -> LevelEncoder:
    torch.manual_seed(seed)
    return LevelEncoder.from_config(
        graph, EncoderConfig(dim=DIM, heads=HEADS, tau=0.5, rescale=rescale)
    ).double()


@torch.no_grad()
def genes_by_hand(encoder: LevelEncoder, graph, *, rescale: bool) -> torch.Tensor:
    """Gene embeddings by Eqs. 8–14, one number at a time."""
    direction, width = encoder.genes, DIM // HEADS
    degree = [max(float(d), 1.0) for d in graph.degree_C]
    mean_degree = sum(degree) / len(degree)
    rows = []
    for gene in range(graph.num_genes):
        wide: list[float] = []
        for k in range(LEVELS):
            edges = graph.data["cell", f"level_{k + 1}", "gene"].edge_index
            cells = edges[0][edges[1] == gene].tolist()
            query = direction.query[k * graph.num_genes + gene].tolist()
            gate: list[float] = []
            for h in range(HEADS):
                part = query[h * width : (h + 1) * width]
                norm = math.sqrt(sum(q * q for q in part))
                weights = [math.exp(abs((q / norm) * (q / norm)) / 0.5) for q in part]
                gate += [w / sum(weights) * (width if rescale else 1) for w in weights]
            for d in range(DIM):
                top = 0.0
                for i, cell in enumerate(cells):
                    w = float(direction.message[k * graph.num_cells + cell, d])
                    message = max(w, 0.0) / math.sqrt(degree[cell])
                    message *= math.sqrt(mean_degree) if rescale else 1.0
                    top = message if i == 0 else max(top, message)
                wide.append(top * gate[d])
        rows.append(direction.output(torch.tensor(wide, dtype=torch.float64)))
    return torch.stack(rows)


@pytest.mark.parametrize("rescale", [True, False])
def test_gene_embeddings_equal_the_equations_written_as_loops(graph, rescale):
    encoder = make_encoder(graph, rescale=rescale)
    x_GD, x_CD = encoder(graph)
    torch.testing.assert_close(x_GD.detach(), genes_by_hand(encoder, graph, rescale=rescale))
    assert x_CD.shape == (graph.num_cells, DIM)


def test_the_two_directions_are_the_same_mathematics(graph):
    encoder = make_encoder(graph, rescale=True)
    _, x_CD = encoder(graph)
    mirrored = LevelEncoder(
        graph.num_cells, graph.num_genes, levels=LEVELS, dim=DIM, heads=HEADS, tau=0.5, rescale=True
    ).double()
    mirrored.genes.load_state_dict(encoder.cells.state_dict())
    torch.testing.assert_close(mirrored.genes(graph.to_cell, graph.degree_G), x_CD)


def test_rescaling_leaves_the_function_class_as_it_is(graph):
    """Dividing tables and map by the constants turns one form into the other."""
    scaled, plain = make_encoder(graph, rescale=True), make_encoder(graph, rescale=False)
    plain.load_state_dict(scaled.state_dict())
    for direction, degree in ((plain.genes, graph.degree_C), (plain.cells, graph.degree_G)):
        direction.message.data *= degree.clamp(min=1).mean().sqrt()
        direction.output.weight.data *= DIM // HEADS
    for a, b in zip(scaled(graph), plain(graph), strict=True):
        torch.testing.assert_close(a, b)


def test_reconstruction_lowers_the_loss(graph):
    encoder = make_encoder(graph, rescale=True).float()
    first = float(reconstruction(*encoder(graph), graph.nonzeros).detach())
    assert reconstruct(encoder, graph, iterations=60, lr=0.01, clip=1.0) < 0.9 * first


def test_the_cells_context_is_the_mean_over_the_cells_that_express_the_gene(graph):
    torch.manual_seed(0)
    mask_GC = dense(graph) != 0
    x_GD, x_CD = torch.randn(graph.num_genes, DIM), torch.randn(graph.num_cells, DIM)
    table_GSD = gene_table(x_GD, x_CD, graph, context="cells")
    for g in range(graph.num_genes):
        cells = mask_GC[g].nonzero().flatten()
        expected = x_CD[cells].mean(dim=0) if len(cells) else torch.zeros(DIM)
        torch.testing.assert_close(table_GSD[g, 1], expected)
        assert torch.equal(table_GSD[g, 0], x_GD[g])
