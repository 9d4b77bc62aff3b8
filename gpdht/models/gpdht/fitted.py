"""A trained GP-DHT that scores pairs and can be stored as tensors."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.devices import chosen_device
from gpdht.errors import ModelError
from gpdht.graph.sample import sample_cells
from gpdht.models.gene_statistics import regulators
from gpdht.models.gpdht.companions import CompanionTable, has_companions
from gpdht.models.gpdht.fold import GPDHTFold, score_pairs
from gpdht.models.gpdht.network import PairNetwork
from gpdht.models.gpdht.prior_head import PriorTable
from gpdht.models.gpdht.tokens import STATISTICS, tokens_of_gene
from gpdht.models.gpdht.transfer import Transfer


@dataclass(frozen=True, eq=False)
class FittedGPDHT:
    """A trained model for the genes and cells of one dataset.

    With one-hot nodes the model knows these genes in these cells and no others; for other cells its
    configuration is trained again (`training.refit`). With features it can be carried over (`on`).

    Parameters
    ----------
    genes, cells : names in the order of the encoder's tables.
    network : the weights.
    table_GSX : the tokens of each gene; what the encoder has to say.
    priors : what priors say of its genes; None for a model without.
    companions : what baselines that score along say of its pairs; None for a model without.
    transfer : how tokens of other data are made; None with one-hot nodes.
    tf_table_GSX : the tokens of each gene as a TF, where the model was carried to other data.
    """

    config: Config
    genes: np.ndarray
    cells: np.ndarray
    network: PairNetwork
    table_GSX: torch.Tensor
    priors: PriorTable | None = None
    companions: CompanionTable | None = None
    transfer: Transfer | None = None
    tf_table_GSX: torch.Tensor | None = None

    @classmethod
    def from_fold(cls, model: GPDHTFold, dataset: Dataset) -> FittedGPDHT:
        """What a trained fold model has learned of the dataset's own genes, on the CPU."""
        cpu, genes = torch.device("cpu"), dataset.num_genes
        return cls(
            config=model.config,
            genes=np.array(dataset.genes),
            cells=np.array(sample_cells(dataset, model.config.graph.max_cells).cells),
            network=model.network.to(cpu).eval().keep(torch.arange(genes)),
            table_GSX=model.token_table().to(cpu)[:genes].contiguous(),
            priors=None if model.priors is None else model.priors.to(cpu).own(genes),
            companions=None
            if model.companions is None
            else model.companions.table(regulators(dataset).tolist()),
            transfer=Transfer.of(model, dataset),
        )

    def on(self, dataset: Dataset) -> FittedGPDHT:
        """The same weights for the genes and cells of other data, by their features.

        What labels said of a gene goes with its name. So do the tokens of a TF that training knew:
        with tens of TFs they tell which TF it is, and not what its expression means.

        Parameters
        ----------
        dataset : with the priors of training, by the same names and in the same order.

        Raises
        ------
        ModelError
            If the model has one-hot nodes, or the priors say other things than those of training.
        """
        if self.transfer is None:
            raise ModelError("a model with one-hot nodes cannot be carried to other data.")
        cpu, genes = torch.device("cpu"), dataset.num_genes
        priors = PriorTable.of(dataset, self.config, cpu)
        if len(priors or ()) != len(self.priors or ()):
            raise ModelError(
                f"the priors have {len(priors or ())} features of a pair, those of training "
                f"{len(self.priors or ())}. Give the priors and other sets of training."
            )
        row_G = torch.tensor(pd.Index(self.genes).get_indexer(pd.Index(dataset.genes)))
        network = copy.deepcopy(self.network).keep(row_G)
        table_GSX = self.transfer.table(dataset, self.config, priors)
        as_tf_GSX = self.table_GSX if self.tf_table_GSX is None else self.tf_table_GSX
        known_G = (network.known_tf_G & (row_G >= 0))[:, None, None]
        return replace(
            self,
            genes=np.array(dataset.genes),
            cells=np.array(sample_cells(dataset, self.config.graph.max_cells).cells),
            network=network,
            table_GSX=table_GSX,
            tf_table_GSX=torch.where(known_G, as_tf_GSX[row_G.clamp(min=0)], table_GSX),
            priors=None if priors is None else priors.own(genes),
            transfer=self.transfer.at(dataset.genes),
        )

    def score(self, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """float32 probabilities of pairs given as positions in `genes`, (P,).

        Computed on the chosen device; the model itself stays on the CPU.
        """
        device = chosen_device()
        network, priors = self.network, self.priors
        if device.type != "cpu":
            network = copy.deepcopy(network).to(device)
            priors = None if priors is None else copy.deepcopy(priors).to(device)
        as_tf = None if self.tf_table_GSX is None else self.tf_table_GSX.to(device)
        table_GSX = self.table_GSX.to(device)
        logit_P = score_pairs(network, table_GSX, tf_P, target_P, priors, tf_table_GSX=as_tf)
        if self.companions is not None:
            logit_P = self.companions.beside(logit_P, tf_P, target_P)
        return torch.sigmoid(torch.from_numpy(logit_P)).numpy()

    def tensors(self) -> dict[str, torch.Tensor]:
        """All weights by name, for safetensors; `priors` are tensors of their own."""
        named = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        named["table"] = self.table_GSX
        if self.tf_table_GSX is not None:
            named["tf_table"] = self.tf_table_GSX
        if self.companions is not None:
            named |= self.companions.tensors()
        if self.transfer is not None:
            named |= self.transfer.tensors()
        return {name: tensor.contiguous() for name, tensor in named.items()}

    @classmethod
    def from_tensors(
        cls,
        config: Config,
        genes: np.ndarray,
        cells: np.ndarray,
        tensors: dict[str, torch.Tensor],
        priors: PriorTable | None = None,
    ) -> FittedGPDHT:
        """The model back from `tensors()` and its `priors`.

        Raises
        ------
        ModelError
            When tensors are missing or have the wrong shape for the config.
        """
        network = PairNetwork.from_config(config, genes=len(genes), priors=priors)
        try:
            start = "network."
            network.load_state_dict(
                {k.removeprefix(start): v for k, v in tensors.items() if k.startswith(start)}
            )
            table = tensors["table"]
        except (KeyError, RuntimeError) as error:
            raise ModelError(f"the model's tensors do not fit its config: {error}") from error
        relation = config.prior.relation and priors is not None
        tokens = tokens_of_gene(context=config.model.context, relation=relation)
        channels = config.encoder.dim + len(STATISTICS) * config.model.statistics
        as_tf = tensors.get("tf_table")
        if table.shape != (len(genes), tokens, channels):
            raise ModelError(
                f"the model's token table has shape {tuple(table.shape)}, expected "
                f"{(len(genes), tokens, channels)} for its genes and config."
            )
        companions = CompanionTable.from_tensors(tensors)
        if (companions is not None) != (has_companions(config) and priors is not None):
            raise ModelError(
                "the model's tensors do not fit its config: of companions one has some."
            )
        transfer = Transfer.from_tensors(genes, tensors)
        if (transfer is not None) != (config.encoder.features != "one-hot"):
            raise ModelError("the model's tensors do not fit its config: of features one has some.")
        return cls(config, genes, cells, network.eval(), table, priors, companions, transfer, as_tf)
