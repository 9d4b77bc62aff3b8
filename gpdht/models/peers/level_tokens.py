"""Frozen tokens of genes from the gene–cell graph: what GMFGRN and HGATLink train on.

Shape letters: G genes · S tokens of a gene · D channels.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.devices import chosen_device
from gpdht.errors import ConfigError
from gpdht.files import mark_used, write_whole
from gpdht.graph.build import GeneCellGraph, graph_of
from gpdht.graph.sample import sample_cells
from gpdht.models.catalogue import title_of
from gpdht.models.gpdht.memory_estimate import check_memory

logger = logging.getLogger(__name__)


def level_graph(config: Config, dataset: Dataset) -> GeneCellGraph:
    """The gene–cell graph, on the chosen device.

    Raises
    ------
    ConfigError
        If the config asks for embeddings that labels train.
    TooLargeError
        When the model does not fit into memory.
    """
    if config.encoder.training != "reconstruct":
        raise ConfigError(
            f'encoder.training="{config.encoder.training}": {title_of(config)} trains on frozen '
            "embeddings; set it to reconstruct."
        )
    device = chosen_device()
    dataset = sample_cells(dataset, config.graph.max_cells)
    check_memory(
        config,
        genes=dataset.num_genes,
        cells=dataset.num_cells,
        nonzeros=dataset.expression.nnz,
        folds=config.cv.folds,
        device=device,
    )
    return graph_of(dataset, config.graph).to(device)


def kept_tokens(
    config: Config, fingerprint: str, cache_dir: Path | None, make: Callable[[], torch.Tensor]
) -> torch.Tensor:
    """(G, S, D): what `make` returns, from the cache if it was made before.

    Parameters
    ----------
    fingerprint : of the dataset, part of the cache's key.
    """
    if cache_dir is None:
        return make()
    path = cache_dir / f"tokens-{cache_key(config, fingerprint)}.safetensors"
    if path.exists():
        try:
            found = load_file(path, device=str(chosen_device()))["tokens"]
            mark_used(path)
            return found
        except (SafetensorError, KeyError, OSError) as error:
            logger.warning("%s is unreadable (%s); training again", path, error)
    token_GSD = make()
    cache_dir.mkdir(parents=True, exist_ok=True)
    tokens = {"tokens": token_GSD.contiguous().cpu()}
    write_whole(path, lambda part: save_file(tokens, part))
    return token_GSD


def cache_key(config: Config, fingerprint: str) -> str:
    """Content address of tokens: everything that they depend on."""
    settings = config.encoder.model_dump(exclude={"features"})
    graph, seed = config.graph.model_dump(), config.train.seed
    content = [config.model.name, fingerprint, graph, settings, seed]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
