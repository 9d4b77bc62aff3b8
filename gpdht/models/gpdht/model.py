"""GP-DHT for a set of folds: graph, pre-training, one `GPDHTFold` each."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.devices import chosen_device
from gpdht.graph.build import GeneCellGraph, graph_of
from gpdht.graph.sample import sample_cells
from gpdht.models.gpdht.batched import BatchedTrainer
from gpdht.models.gpdht.companions import Companions
from gpdht.models.gpdht.encoder import LevelEncoder
from gpdht.models.gpdht.features import Basis, FeatureEncoder, graph_settings
from gpdht.models.gpdht.fold import Encoder, GPDHTFold, token_table, trains_encoder
from gpdht.models.gpdht.memory_estimate import check_memory, sizes
from gpdht.models.gpdht.pretrain import pretrained_encoder
from gpdht.models.gpdht.prior_head import PriorTable
from gpdht.models.gpdht.tokens import RowInputs
from gpdht.models.protocol import FoldTrainer
from gpdht.models.threaded import ThreadedTrainer
from gpdht.pairs.candidates import Pairs


@dataclass(frozen=True, eq=False)
class PreparedModel:
    """What a configuration learns of a dataset without a label; `prepare_model` makes it.

    Parameters
    ----------
    dataset : what companions see.
    encoder : pre-trained, or features; models that train it get copies.
    inputs : what tokens are made of beside embeddings.
    table_RSX : the tokens that all models share; None where they train encoders.
    priors : None for data without.
    """

    config: Config
    dataset: Dataset
    graph: GeneCellGraph
    encoder: Encoder
    inputs: RowInputs
    table_RSX: torch.Tensor | None
    priors: PriorTable | None

    def models(self, pairs: Pairs, train_parts: Sequence[np.ndarray]) -> list[GPDHTFold]:
        """One untrained GP-DHT for each array of training pairs."""
        return [
            GPDHTFold(
                self.config,
                self.graph,
                copy.deepcopy(self.encoder) if self.table_RSX is None else self.encoder,
                pairs,
                train,
                seed=self.config.train.seed * 1009 + fold,
                inputs=self.inputs,
                table_RSX=self.table_RSX,
                priors=self.priors,
                companions=Companions.of(self.config, self.dataset, pairs, train),
            )
            for fold, train in enumerate(train_parts)
        ]

    def trainer(self, models: Sequence[GPDHTFold]) -> FoldTrainer:
        """See `fold_trainer`."""
        return fold_trainer(models)


def prepare_model(
    config: Config, dataset: Dataset, *, folds: int, cache_dir: Path | None = None
) -> PreparedModel:
    """Levels, graph, reconstruction and tokens, on the chosen device.

    Parameters
    ----------
    folds : how many models will train beside each other.
    cache_dir : where pre-training is kept and found.

    Raises
    ------
    TooLargeError
        When the model does not fit into memory, before anything is allocated.
    """
    device = chosen_device()
    dataset = sample_cells(dataset, config.graph.max_cells)
    check_memory(config, **sizes(config, dataset), folds=folds, device=device)
    graph = graph_of(dataset, graph_settings(config)).to(device)
    encoder: Encoder
    if config.encoder.features != "one-hot":
        basis = Basis.of(dataset, config)
        encoder = FeatureEncoder(basis, dataset, dim=config.encoder.dim).to(device)
    elif config.encoder.training in ("joint", "random"):
        torch.manual_seed(config.train.seed)
        encoder = LevelEncoder.from_config(graph, config.encoder).to(device)
    else:
        encoder = pretrained_encoder(
            graph, config, fingerprint=dataset.matrix_fingerprint, cache_dir=cache_dir
        )
    inputs = RowInputs.of(dataset, device, statistics=config.model.statistics)
    priors = PriorTable.of(dataset, config, device)
    table_RSX = None
    if not trains_encoder(config):
        with torch.no_grad():
            table_RSX = token_table(encoder, graph, config, inputs, priors)
    return PreparedModel(config, dataset, graph, encoder, inputs, table_RSX, priors)


def make_fold_models(
    config: Config,
    dataset: Dataset,
    pairs: Pairs,
    train_parts: Sequence[np.ndarray],
    *,
    cache_dir: Path | None = None,
) -> list[GPDHTFold]:
    """One untrained GP-DHT for each array of training pairs; see `prepare_model`."""
    prepared = prepare_model(config, dataset, folds=len(train_parts), cache_dir=cache_dir)
    return prepared.models(pairs, train_parts)


def fold_trainer(models: Sequence[GPDHTFold]) -> FoldTrainer:
    """How these folds train fastest: stacked into one computation on a GPU, else in threads."""
    on_gpu = models[0].device.type == "cuda"
    return BatchedTrainer(models) if on_gpu else ThreadedTrainer(models)
