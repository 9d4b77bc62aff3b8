"""What a piece of work cost, seconds and peak memory; and how much memory is free."""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import psutil

from gpdht.devices import chosen_device

if TYPE_CHECKING:
    import torch

_CGROUP = Path("/sys/fs/cgroup")
_CLEAR, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


class Meter:
    """Measures the work inside ``with Meter() as meter:``; readable there and afterwards.

    Peak memory is that of the process (on a GPU: of torch's allocator) since the start of the
    block. Where the kernel keeps no resettable peak, it is the larger of the resident sizes at
    the start and now.
    """

    def __enter__(self) -> Meter:
        self._start, self._cpu_start = time.perf_counter(), time.process_time()
        self._ended: tuple[float, float, float] | None = None
        self._rss = psutil.Process().memory_info().rss
        self._resettable = _reset_peak()
        self._gpu = _reset_gpu_peak()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._ended = self.seconds, self.peak_memory_mb, self.cpu_seconds

    @property
    def seconds(self) -> float:
        return self._ended[0] if self._ended else time.perf_counter() - self._start

    @property
    def cpu_seconds(self) -> float:
        """CPU time of this process, all its threads together; not of processes it started."""
        return self._ended[2] if self._ended else time.process_time() - self._cpu_start

    @property
    def peak_memory_mb(self) -> float:
        """Peak resident memory, or peak GPU memory where a GPU is used; MiB."""
        if self._ended:
            return self._ended[1]
        if self._gpu is not None:
            import torch

            return torch.cuda.max_memory_allocated(self._gpu) / 2**20
        return (_read_peak() if self._resettable else self._largest_seen()) / 2**20

    def _largest_seen(self) -> int:
        return max(self._rss, psutil.Process().memory_info().rss)


def free_memory(*, gpu: bool = False) -> int:
    """Bytes that this process can still take: of the machine, its container's limit, or the GPU."""
    if gpu:
        import torch

        device = chosen_device()
        free, total = torch.cuda.mem_get_info(device)
        share = torch.cuda.get_per_process_memory_fraction(device)
        return min(free, int(share * total) - torch.cuda.memory_allocated(device))
    free = psutil.virtual_memory().available
    try:
        limit = int((_CGROUP / "memory.max").read_text())
        used = int((_CGROUP / "memory.current").read_text())
        cache = dict(
            line.split() for line in (_CGROUP / "memory.stat").read_text().splitlines()
        ).get("inactive_file", "0")
    except (OSError, ValueError):  # no such file, or no limit ("max")
        return free
    return min(free, limit - used + int(cache))


def _reset_peak() -> bool:
    try:
        _CLEAR.write_text("5")  # Linux: forget the peak resident size
    except OSError:
        return False
    return _read_peak() > 0


def _read_peak() -> int:
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


def _reset_gpu_peak() -> torch.device | None:
    """The chosen GPU, its peak forgotten; None on the CPU."""
    import torch

    device = chosen_device()
    if device.type == "cpu":
        return None
    torch.cuda.reset_peak_memory_stats(device)
    return device
