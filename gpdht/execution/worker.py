"""The process that runs a trial or a job, and may have run another before."""

from __future__ import annotations

import os
import random
import sys
import tempfile
from pathlib import Path

import numpy as np

from gpdht.errors import ConfigError

_CUDA_CONTEXT = 2**30  # bytes that a process takes on a GPU beside torch's allocator, rounded up


def reset_process() -> None:
    """Make a worker that already ran a trial as good as a fresh one.

    A trial draws from its own seeded generators; these are for what third parties draw. Ray sets
    OMP_NUM_THREADS to the trial's CPUs before torch is first imported.
    """
    random.seed(0)
    np.random.seed(0)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(0)
        torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def cap_gpu_memory(share: float) -> None:
    """Keep a trial within its share of a GPU; beyond it, it alone runs out of memory.

    Raises
    ------
    ConfigError
        When the share has no room for more than the process itself.
    """
    if not 0 < share < 1:
        return
    import torch

    if not torch.cuda.is_available():
        return
    total = torch.cuda.get_device_properties(0).total_memory
    fraction = share - _CUDA_CONTEXT / total
    if fraction <= 0:
        raise ConfigError(
            f"{share:g} of a GPU with {total / 2**30:.0f} GiB leaves a trial no memory: a process "
            f"alone takes about {_CUDA_CONTEXT / 2**30:.0f} GiB. Raise --gpus-per-trial."
        )
    torch.cuda.set_per_process_memory_fraction(fraction)


def node_cache() -> Path:
    """A folder that all tasks of this node share."""
    folder = Path(tempfile.gettempdir()) / "gpdht-cache"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
