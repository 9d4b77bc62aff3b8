"""Genes as their rows of the expression: one feature per cell.

Shape letters: G genes · C cells.
"""

from __future__ import annotations

import torch

from gpdht.config import Config
from gpdht.cost import free_memory
from gpdht.data.dataset import Dataset
from gpdht.devices import chosen_device
from gpdht.errors import TooLargeError
from gpdht.graph.sample import sample_cells
from gpdht.models.catalogue import title_of

COPIES = 3  # the rows, and two while they are made
GIB = 2**30


def expression_rows(config: Config, dataset: Dataset, *, scaled: bool) -> torch.Tensor:
    """(G, C) float32 expression of each gene, on the chosen device.

    Parameters
    ----------
    scaled : each gene to mean 0 and sd 1 over all cells; a constant gene is 0.

    Raises
    ------
    TooLargeError
        When the dense matrix does not fit into memory.
    """
    device = chosen_device()
    dataset = sample_cells(dataset, config.graph.max_cells)
    needed = bytes_of_rows(config, dataset)
    free = free_memory(gpu=device.type == "cuda")
    if needed > free:
        raise TooLargeError(
            f"{dataset.num_cells:,} cells × {dataset.num_genes:,} genes as a dense matrix, which "
            f"{title_of(config)} reads, need about {needed / GIB:.1f} GiB; {free / GIB:.1f} GiB "
            "are free. Let graph.max_cells draw a sample of the cells."
        )
    x_GC = torch.from_numpy(dataset.expression.T.toarray()).to(device)
    if not scaled:
        return x_GC
    x_GC -= x_GC.mean(dim=1, keepdim=True)
    sd_G = x_GC.square().mean(dim=1, keepdim=True).sqrt()
    return x_GC / torch.where(sd_G > 1e-6, sd_G, 1.0)


def bytes_of_rows(config: Config, dataset: Dataset) -> int:
    """Bytes that `expression_rows` takes at its peak."""
    cells = min(dataset.num_cells, config.graph.max_cells or dataset.num_cells)
    return COPIES * 4 * dataset.num_genes * cells
