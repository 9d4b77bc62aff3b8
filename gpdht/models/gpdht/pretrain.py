"""Label-free pre-training: embeddings whose products reconstruct the expression.

Depends on data, graph and encoder settings and a seed alone, so folds share it, and trials that
agree in those share it through a cache on disk.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from gpdht.config import Config
from gpdht.files import mark_used, write_whole
from gpdht.graph.build import GeneCellGraph
from gpdht.models.gpdht.encoder import LevelEncoder
from gpdht.models.gpdht.gradients import make_step
from gpdht.models.gpdht.start import start_at_singular_vectors

logger = logging.getLogger(__name__)

CACHE_VERSION = 3  # raise when the mathematics of the encoder or its training changes
FULL_STEP_INPUTS = 64  # inputs of a solved linear map up to which it takes full steps


def reconstruct(
    encoder: LevelEncoder,
    graph: GeneCellGraph,
    *,
    iterations: int,
    lr: float,
    clip: float,
    solved: bool = False,
) -> float:
    """Train the encoder in place to reconstruct z-scores; returns the loss before the last step.

    Full-batch Adam on the mean squared error (see `reconstruction`), gradient norm limited to
    `clip`, step size falling to a tenth along a cosine.

    Parameters
    ----------
    solved : the linear maps start at a solution (see `start`), which full steps from the first
        iteration on would destroy: a map of K·D inputs changes its output by up to K·D · lr. So
        the maps take smaller steps, and steps grow over the first fifth.
    """
    parameters = list(encoder.parameters())
    optimizer = torch.optim.Adam(_groups(encoder, lr, solved), fused=True)
    rising = iterations // 5 if solved else 0

    def share(iteration: int) -> float:
        falling = 0.55 + 0.45 * math.cos(math.pi * iteration / max(iterations, 1))
        return falling * min(1.0, (iteration + 1) / (rising + 1))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, share)
    step = make_step(encoder, graph)
    if not iterations:
        loss = step()
    for _ in range(iterations):
        loss = step()
        torch.nn.utils.clip_grad_norm_(parameters, clip)
        optimizer.step()
        schedule.step()
    encoder.zero_grad()
    return float(loss)


def _groups(encoder: LevelEncoder, lr: float, solved: bool) -> list[dict[str, Any]]:
    """Tables and linear maps with the step size of each."""
    directions = encoder.genes, encoder.cells
    maps = [parameter for d in directions for parameter in d.output.parameters()]
    tables = [table for d in directions for table in (d.message, d.query)]
    share = min(1.0, FULL_STEP_INPUTS / maps[0].shape[1]) if solved else 1.0
    return [{"params": tables, "lr": lr}, {"params": maps, "lr": lr * share}]


def pretrained_encoder(
    graph: GeneCellGraph, config: Config, *, fingerprint: str, cache_dir: Path | None
) -> LevelEncoder:
    """An encoder trained to reconstruct, from the cache if it has been trained before.

    Parameters
    ----------
    fingerprint : of the dataset, part of the cache's key.
    cache_dir : None trains without a cache.
    """
    torch.manual_seed(config.train.seed)
    encoder = LevelEncoder.from_config(graph, config.encoder).to(graph.degree_G.device)
    path = (
        None if cache_dir is None else cache_dir / f"{cache_key(config, fingerprint)}.safetensors"
    )
    if path is not None and path.exists():
        try:
            encoder.load_state_dict(load_file(path))
            mark_used(path)
            return encoder
        except (SafetensorError, RuntimeError, OSError) as error:
            logger.warning("%s is unreadable (%s); training again", path, error)
    settings = config.encoder
    if settings.start == "singular":
        start_at_singular_vectors(encoder, graph, shrinkage=settings.shrinkage)
    loss = reconstruct(
        encoder,
        graph,
        iterations=settings.iterations,
        lr=settings.lr,
        clip=settings.clip,
        solved=settings.start == "singular",
    )
    logger.info("reconstruction loss %.3f after %d iterations", loss, settings.iterations)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        weights = {k: v.contiguous().cpu() for k, v in encoder.state_dict().items()}
        write_whole(path, lambda part: save_file(weights, part))
    return encoder


def cache_key(config: Config, fingerprint: str) -> str:
    """Content address of a pre-training: everything that its result depends on."""
    settings = config.encoder.model_dump(exclude={"training", "features"})
    content = [CACHE_VERSION, fingerprint, config.graph.model_dump(), settings, config.train.seed]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
