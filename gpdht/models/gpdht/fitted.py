"""A trained GP-DHT that scores pairs, can be stored as tensors, and adapts to other cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.errors import ModelError
from gpdht.graph.build import build_graph
from gpdht.models.gpdht.encoder import LevelEncoder
from gpdht.models.gpdht.fold import GPDHTFold, score_pairs
from gpdht.models.gpdht.pretrain import reconstruct
from gpdht.models.gpdht.tokens import Scale, gene_table
from gpdht.models.gpdht.transformer import PairTransformer

MIN_SHARED_GENES = 0.5  # of the new data's genes; below, the shared maps say too little about it


@dataclass(frozen=True, eq=False)
class FittedGPDHT:
    """A trained model for the genes of one dataset.

    Parameters
    ----------
    genes, cells : names in the order of the encoder's tables.
    encoder_state, transformer : the weights.
    scale : the standardisation of the tokens in training.
    table_GSD : standardised tokens of each gene.
    """

    config: Config
    genes: np.ndarray
    cells: np.ndarray
    encoder_state: dict[str, torch.Tensor]
    transformer: PairTransformer
    scale: Scale
    table_GSD: torch.Tensor

    @classmethod
    def from_fold(cls, model: GPDHTFold, dataset: Dataset) -> FittedGPDHT:
        """What a trained fold model has learned, on the CPU."""
        cpu = torch.device("cpu")
        scale = model.scale()
        return cls(
            config=model.config,
            genes=np.array(dataset.genes),
            cells=np.array(dataset.cells),
            encoder_state={k: v.detach().to(cpu) for k, v in model.encoder.state_dict().items()},
            transformer=model.transformer.to(cpu).eval(),
            scale=Scale(scale.mean_SD.to(cpu), scale.sd_SD.to(cpu)),
            table_GSD=model.token_table().to(cpu),
        )

    def score(self, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """float32 probabilities of pairs given as positions in `genes`, (P,)."""
        logit_P = score_pairs(self.transformer, self.table_GSD, tf_P, target_P)
        return torch.sigmoid(torch.from_numpy(logit_P)).numpy()

    def tensors(self) -> dict[str, torch.Tensor]:
        """All weights by name, for safetensors."""
        named = {f"encoder.{k}": v for k, v in self.encoder_state.items()}
        named |= {f"transformer.{k}": v for k, v in self.transformer.state_dict().items()}
        named |= {"scale.mean": self.scale.mean_SD, "scale.sd": self.scale.sd_SD}
        return {k: v.contiguous() for k, v in (named | {"table": self.table_GSD}).items()}

    @classmethod
    def from_tensors(
        cls, config: Config, genes: np.ndarray, cells: np.ndarray, tensors: dict[str, torch.Tensor]
    ) -> FittedGPDHT:
        """The model back from `tensors()`.

        Raises
        ------
        ModelError
            When tensors are missing or have the wrong shape for the config.
        """
        transformer = PairTransformer.from_config(config)
        try:
            transformer.load_state_dict(_below("transformer.", tensors))
            scale, table = Scale(tensors["scale.mean"], tensors["scale.sd"]), tensors["table"]
        except (KeyError, RuntimeError) as error:
            raise ModelError(f"the model's tensors do not fit its config: {error}") from error
        tokens = 1 if config.model.context == "none" else 2
        if table.shape != (len(genes), tokens, config.encoder.dim):
            raise ModelError(
                f"the model's token table has shape {tuple(table.shape)}, expected "
                f"{(len(genes), tokens, config.encoder.dim)} for its genes and config."
            )
        encoder_state = _below("encoder.", tensors)
        return cls(config, genes, cells, encoder_state, transformer.eval(), scale, table)

    def adapt(self, dataset: Dataset, *, seed: int = 0) -> FittedGPDHT:
        """The same model for other cells, without any label.

        Rows of genes and cells that the model knows keep their values, and so do the linear
        maps; rows of new nodes are learned by reconstructing the new expression. Gene embeddings
        so stay in the space that the pair Transformer was trained on.

        Raises
        ------
        ModelError
            When embeddings were trained with labels (only ``encoder.training: reconstruct``
            leaves them label-free), or fewer than half of the new genes are known.
        """
        known = np.isin(dataset.genes, self.genes)
        if self.config.encoder.training != "reconstruct":
            raise ModelError(
                f"the model was trained with encoder.training={self.config.encoder.training}: "
                "its embeddings belong to the cells it was trained on. Predict on that data, or "
                "search with encoder.training=reconstruct."
            )
        if known.mean() < MIN_SHARED_GENES:
            raise ModelError(
                f"{known.sum()} of {len(known)} genes of {dataset.name} are known to the model "
                f'(e.g. "{dataset.genes[0]}"; the model has "{self.genes[0]}"), at least half '
                "are needed. Check species and symbols, or train on this data."
            )
        settings = self.config.encoder
        graph = build_graph(dataset, self.config.graph)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            encoder = LevelEncoder.from_config(graph, settings)
            frozen = self._copy_known_rows(encoder, dataset)
            reconstruct(
                encoder,
                graph,
                iterations=settings.iterations,
                lr=settings.lr,
                clip=settings.clip,
                frozen=frozen,
            )
        with torch.no_grad():
            table = gene_table(*encoder(graph), graph, context=self.config.model.context)
        return FittedGPDHT(
            config=self.config,
            genes=np.array(dataset.genes),
            cells=np.array(dataset.cells),
            encoder_state=encoder.state_dict(),
            transformer=self.transformer,
            scale=self.scale,
            table_GSD=self.scale.apply(table),
        )

    @torch.no_grad()
    def _copy_known_rows(self, encoder: LevelEncoder, dataset: Dataset) -> dict[str, torch.Tensor]:
        """Copy what the model knows into `encoder`; returns what must stay, as masks."""
        rows = {
            "gene": _shared_positions(self.genes, dataset.genes),
            "cell": _shared_positions(self.cells, dataset.cells),
        }
        sides = {
            "genes.message": "cell",
            "genes.query": "gene",
            "cells.message": "gene",
            "cells.query": "cell",
        }
        frozen = {}
        for name, parameter in encoder.named_parameters():
            old = self.encoder_state[name]
            if name not in sides:
                parameter.copy_(old)
                frozen[name] = torch.ones((), dtype=torch.bool)
                continue
            was, now = rows[sides[name]]
            by_level = (self.config.graph.levels, -1, self.config.encoder.dim)
            parameter.view(by_level)[:, now] = old.view(by_level)[:, was]
            mask = torch.zeros_like(parameter, dtype=torch.bool)
            mask.view(by_level)[:, now] = True
            frozen[name] = mask
        return frozen


def _shared_positions(old: np.ndarray, new: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    _, was, now = np.intersect1d(old, new, return_indices=True)
    return torch.tensor(was), torch.tensor(now)


def _below(prefix: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
