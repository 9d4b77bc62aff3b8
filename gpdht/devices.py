"""Which device models run on: the CPU or one GPU; the one place where that is decided."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING

from gpdht.errors import DeviceError

if TYPE_CHECKING:
    import torch

VARIABLE = "GPDHT_DEVICE"
_NAME = re.compile(r"auto|cpu|cuda(:\d+)?")
_ASKED: ContextVar[str | None] = ContextVar("device", default=None)


@contextlib.contextmanager
def on_device(name: str | None) -> Iterator[None]:
    """What trains or predicts inside the block does so on a device.

    Outside of every block GPDHT_DEVICE says where, and without it `auto` holds.

    Parameters
    ----------
    name : ``cpu``; ``cuda``, torch's current GPU; ``cuda:1``, the second one; ``auto``, a GPU if
        there is one, else the CPU. None changes nothing.

    Raises
    ------
    DeviceError
        For another name.

    Examples
    --------
    >>> import gpdht as gp
    >>> with gp.on_device("cpu"):
    ...     result = gp.run_trial(
    ...         gp.Config.from_flat({"encoder.dim": 8, "train.epochs": 1, "cv.folds": 2}),
    ...         gp.toy(genes=40, tfs=5, cells=30),
    ...     )
    """
    asked = _ASKED.set(_ASKED.get() if name is None else _checked(name, "device"))
    try:
        yield
    finally:
        _ASKED.reset(asked)


def asked_device() -> str | None:
    """The name that the innermost `on_device` gave; None outside of all."""
    return _ASKED.get()


def wanted_device() -> str:
    """The name that counts here: `on_device`'s, else GPDHT_DEVICE's, else `auto`.

    Raises
    ------
    DeviceError
        When GPDHT_DEVICE names no device.
    """
    return _ASKED.get() or _checked(os.environ.get(VARIABLE) or "auto", VARIABLE)


def chosen_device() -> torch.device:
    """The device that models run on here; a GPU with its number, and CUDA started.

    Where the CPU is chosen, this asks nothing of CUDA.

    Raises
    ------
    DeviceError
        When that GPU is not there, or GPDHT_DEVICE names no device.
    """
    import torch

    name = wanted_device()
    if name == "cpu":
        return torch.device("cpu")
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto" and not gpus:
        return torch.device("cpu")
    number = name.partition(":")[2]
    if gpus <= int(number or 0):
        raise DeviceError(
            f'device "{name}": torch {torch.__version__} finds {gpus} GPUs here. Choose another '
            "one, or cpu; a torch without CUDA finds none."
        )
    torch.cuda.init()
    return torch.device("cuda", int(number or torch.cuda.current_device()))


def _checked(name: str, source: str) -> str:
    if not _NAME.fullmatch(name):
        raise DeviceError(
            f'{source} "{name}" is no device; expected auto, cpu, cuda, or one of several GPUs by '
            "its number: cuda:0, cuda:1, …"
        )
    return name
