"""The process that runs trials or jobs, one after another."""

from __future__ import annotations

import os
import random
import sys
import tempfile
from pathlib import Path

import numpy as np

from gpdht.data.dataset import Dataset
from gpdht.errors import ConfigError, StudyError
from gpdht.files import drop_unused

CUDA_CONTEXT = 2**30  # bytes that a process takes on a GPU beside torch's allocator, rounded up
# This process's latest dataset, by fingerprint: what models derive from the expression alone is
# kept with the object, and the next trial on the same data finds it.
_HELD: dict[str, Dataset] = {}

CACHE_GB, _GB = "GPDHT_CACHE_GB", 5.0
"""The variable that says how large a cache may become, in GB, and what it is without it."""


def prepare_worker(gpu_share: float) -> None:
    """Give a trial the same start in a worker that ran another trial before as in a new one.

    A trial draws from its own seeded generators; these are for what third parties draw. Ray sets
    OMP_NUM_THREADS to the trial's CPUs before torch is first imported.

    Parameters
    ----------
    gpu_share : GPUs per trial; below 1 the trial shares one and may fill that part of it.

    Raises
    ------
    ConfigError
        When the share has no room for more than the process itself.
    """
    random.seed(0)
    np.random.seed(0)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(0)
        torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
        if torch.cuda.is_initialized():
            torch.cuda.empty_cache()
    cap_gpu_memory(gpu_share)


def device_of(gpu_share: float) -> str:
    """What a trial with so many GPUs runs on (`on_device`); one without takes none unscheduled."""
    return "auto" if gpu_share else "cpu"


def hold_dataset(fingerprint: str, parts: dict[str, np.ndarray]) -> Dataset:
    """The dataset of these arrays, the same object for all trials of this process that share it."""
    if fingerprint not in _HELD:
        _HELD.clear()
        _HELD[fingerprint] = Dataset.from_parts(parts)
    return _HELD[fingerprint]


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
    fraction = share - CUDA_CONTEXT / total
    if fraction <= 0:
        raise ConfigError(
            f"{share:g} of a GPU with {total / 2**30:.0f} GiB leaves a trial no memory: a process "
            f"alone takes about {CUDA_CONTEXT / 2**30:.0f} GiB. Raise --gpus-per-trial."
        )
    torch.cuda.set_per_process_memory_fraction(fraction)


def cache_folder(shared: str | None) -> Path:
    """Where trials keep what others can use: the given folder, else this user's on this node.

    What was longest unused in it goes, until the rest fits into `CACHE_GB`.

    Raises
    ------
    StudyError
        If the user's folder is somebody else's, or open to others.
    ConfigError
        If the variable is no size.
    """
    folder = Path(shared) if shared else own_cache()
    drop_unused(folder, _cache_bytes())
    return folder


def own_cache() -> Path:
    """This user's cache on this machine, made if it is not there.

    Raises
    ------
    StudyError
        If it is somebody else's, or open to others.
    """
    folder = Path(tempfile.gettempdir()) / f"gpdht-cache-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise StudyError(
            f"{folder} is of user {found.st_uid} with mode {found.st_mode & 0o777:o}; expected a "
            f"folder of user {os.getuid()} with mode 700. Remove it, or set TMPDIR."
        )
    return folder


def _cache_bytes() -> int:
    text = os.environ.get(CACHE_GB) or str(_GB)
    try:
        return int(float(text) * 1e9)
    except (ValueError, OverflowError) as error:
        raise ConfigError(
            f'{CACHE_GB} is "{text}", which is no size; give a number of GB, e.g. 5.'
        ) from error
