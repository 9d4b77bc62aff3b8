"""How much memory a trial of any model takes, by the estimate that it is refused by."""

from __future__ import annotations

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.data.together import each_alone
from gpdht.models.gpdht.memory_estimate import estimate, sizes
from gpdht.models.peers.expression_rows import bytes_of_rows
from gpdht.models.peers.igegrns import bytes_of_batch

READS_LEVELS = ("gpdht", "gmfgrn", "hgatlink")


def memory_need(config: Config, dataset: Dataset) -> dict[str, int]:
    """Bytes at the peak of a trial, by what takes them, without the process itself.

    Sets that stand together are trained side by side, so theirs add up.
    """
    need = [_of_one(config, one) for one in each_alone(dataset)]
    return {what: sum(one[what] for one in need) for what in need[0]}


def _of_one(config: Config, dataset: Dataset) -> dict[str, int]:
    name = config.model.name
    if name in READS_LEVELS:
        size = sizes(config, dataset)
        if name != "gpdht":
            size["prior_pairs"] = 0
        return estimate(config, **size, folds=config.cv.folds)
    need = {"the dense expression": bytes_of_rows(config, dataset)}
    if name == "igegrns":
        pairs = min(config.train.batch_size, len(dataset.known_tfs) * dataset.num_genes)
        need["a batch"] = config.cv.folds * bytes_of_batch(config, pairs)
    return need
