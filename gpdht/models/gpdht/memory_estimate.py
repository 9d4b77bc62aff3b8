"""How much memory a trial takes, said before it is taken."""

from __future__ import annotations

import torch

from gpdht.config import Config
from gpdht.cost import free_memory
from gpdht.data.dataset import Dataset
from gpdht.data.others import sets_of
from gpdht.errors import TooLargeError
from gpdht.graph.sample import sample_cells
from gpdht.models.gpdht.features import COMPONENTS, graph_settings
from gpdht.models.gpdht.fold import trains_encoder
from gpdht.models.gpdht.tokens import tokens_of_gene

FLOAT, INDEX = 4, 4  # bytes
PRIOR_TABLES = 6  # link, reverse, neighbours, embedding, and their stack
GIB = 2**30


def check_memory(
    config: Config,
    *,
    genes: int,
    cells: int,
    nonzeros: int,
    folds: int,
    device: torch.device,
    prior_pairs: int = 0,
) -> None:
    """Refuse what cannot fit.

    Raises
    ------
    TooLargeError
        With the estimate, its largest part, what is free, and what would make it smaller.
    """
    parts = estimate(
        config, genes=genes, cells=cells, nonzeros=nonzeros, folds=folds, prior_pairs=prior_pairs
    )
    needed, free = sum(parts.values()), free_memory(gpu=device.type == "cuda")
    if needed <= free:
        return
    name, most = max(parts.items(), key=lambda item: item[1])
    raise TooLargeError(
        f"{cells:,} cells × {genes:,} genes with {nonzeros:,} non-zeros, {config.graph.levels} "
        f"levels and {config.encoder.dim} dimensions need about {needed / GIB:.1f} GiB "
        f"({most / GIB:.1f} for {name}); {free / GIB:.1f} GiB are free. Lower encoder.dim or "
        "graph.levels, or let graph.max_cells draw a sample of the cells."
    )


def sizes(config: Config, dataset: Dataset) -> dict[str, int]:
    """What of the data `estimate` asks for, with the cells that the config keeps."""
    sample = sample_cells(dataset, config.graph.max_cells)
    features = sum(len(one.tfs) * one.num_genes * len(dataset.priors) for one in sets_of(dataset))
    return {
        "genes": dataset.num_genes,
        "cells": sample.num_cells,
        "nonzeros": sample.expression.nnz,
        "prior_pairs": features,
    }


def estimate(
    config: Config, *, genes: int, cells: int, nonzeros: int, folds: int, prior_pairs: int = 0
) -> dict[str, int]:
    """Bytes at the peak, by what takes them.

    Parameters
    ----------
    prior_pairs : TFs × genes × priors, whose features are kept.

    Tables and activations of the encoder grow with levels × (genes + cells) × dim; in their place,
    features are made from copies of the expression in float64. The graph grows with the edges, the
    pair model with the batch; the pairs themselves are small.
    """
    graph, dim = graph_settings(config), config.encoder.dim
    levels = graph.levels
    edges = nonzeros * (1 if graph.encoding == "uniform" else (levels + 1) // 2)
    table = levels * (genes + cells) * dim * FLOAT
    copies = 4 * (1 + folds) if trains_encoder(config) else 4  # value, gradient, two moments
    encoder = {
        "the encoder's tables": 2 * table * copies,
        "its activations": 3 * table,  # features, their gradient, the winner of each maximum
    }
    if config.encoder.features != "one-hot":
        wide = (genes + cells) * (4 * COMPONENTS * 8 + 2 * dim * FLOAT)
        encoder = {"features of genes and cells": wide + 4 * nonzeros * (8 + INDEX)}
    return encoder | {
        "the graph": edges * 2 * INDEX + nonzeros * 4 * INDEX + 4 * 8 * edges,  # while sorting
        "the pair model": _pair_model(config, folds),
        "features of priors": prior_pairs * PRIOR_TABLES * 8,  # while made, in float64
    }


def _pair_model(config: Config, folds: int) -> int:
    model, dim = config.model, config.encoder.dim
    of_gene = tokens_of_gene(context=model.context, relation=config.prior.relation)
    tokens = 2 * of_gene * config.train.batch_size * 2
    layer = 4 * dim**2 + 2 * dim * model.feedforward
    weights = model.layers * layer + model.hidden * (4 * dim + model.hidden)
    activations = tokens * model.layers * (12 * dim + 4 * model.feedforward)
    return folds * FLOAT * (4 * weights + activations)
