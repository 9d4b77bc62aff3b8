"""The GPUs of a machine, asked for without starting CUDA in this process."""

from __future__ import annotations

import os
import subprocess
import sys

_QUESTION = """
import torch
for at in range(torch.cuda.device_count()):
    print(torch.cuda.get_device_properties(at).total_memory)
"""
_TIMEOUT_S = 120


def gpu_memories() -> list[int]:
    """Bytes of each GPU that torch can use here, as CUDA_VISIBLE_DEVICES leaves them.

    A process of its own starts CUDA for that; where torch finds no GPU, none is needed.
    """
    import torch

    return _ask(dict(os.environ)) if torch.cuda.device_count() else []


def node_gpu_memories() -> list[int]:
    """The same of all GPUs of a machine, from a task of Ray, which may have been given none."""
    return _ask({name: os.environ[name] for name in os.environ if name != "CUDA_VISIBLE_DEVICES"})


def _ask(environment: dict[str, str]) -> list[int]:
    try:
        done = subprocess.run(
            [sys.executable, "-c", _QUESTION],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
            timeout=_TIMEOUT_S,
        )
    except (OSError, subprocess.SubprocessError):  # a broken driver is no GPU that torch can use
        return []
    return [int(line) for line in done.stdout.split()]
