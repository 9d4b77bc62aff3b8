"""GP-DHT for a set of folds: graph, pre-training, one `GPDHTFold` each."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.graph.build import build_graph
from gpdht.graph.sample import sample_cells
from gpdht.models.gpdht.encoder import LevelEncoder
from gpdht.models.gpdht.fold import GPDHTFold, token_table
from gpdht.models.gpdht.pretrain import pretrained_encoder
from gpdht.models.gpdht.room import check_room
from gpdht.models.gpdht.stack import Stack
from gpdht.models.protocol import FoldTrainer
from gpdht.models.side_by_side import SideBySide
from gpdht.pairs.candidates import Pairs


def make_fold_models(
    config: Config,
    dataset: Dataset,
    pairs: Pairs,
    train_parts: Sequence[np.ndarray],
    *,
    cache_dir: Path | None = None,
) -> list[GPDHTFold]:
    """One untrained GP-DHT for each array of training pairs, on a GPU if there is one.

    Label-free work (levels, graph, reconstruction) is done once for all of them.

    Raises
    ------
    TooLargeError
        When the model does not fit into memory, before anything is allocated.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    dataset = sample_cells(dataset, config.graph.max_cells)
    check_room(
        config,
        genes=dataset.num_genes,
        cells=dataset.num_cells,
        nonzeros=dataset.expression.nnz,
        folds=len(train_parts),
        device=device,
    )
    graph = build_graph(dataset, config.graph).to(device)
    if config.encoder.training == "joint":
        torch.manual_seed(config.train.seed)
        encoder = LevelEncoder.from_config(graph, config.encoder).to(device)
    else:
        encoder = pretrained_encoder(
            graph, config, fingerprint=dataset.fingerprint, cache_dir=cache_dir
        )
    shared = config.encoder.training == "reconstruct"
    with torch.no_grad():
        table_GSD = token_table(encoder, graph, config) if shared else None
    return [
        GPDHTFold(
            config,
            graph,
            encoder if shared else copy.deepcopy(encoder),
            pairs,
            train,
            seed=config.train.seed * 1009 + fold,
            table_GSD=table_GSD,
        )
        for fold, train in enumerate(train_parts)
    ]


def fold_trainer(models: Sequence[GPDHTFold]) -> FoldTrainer:
    """How these folds train fastest: stacked into one computation on a GPU, else in threads."""
    on_gpu = models[0].device.type == "cuda"
    return Stack(models) if on_gpu and not models[0].trains_encoder else SideBySide(models)
