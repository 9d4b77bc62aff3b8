"""A tracker that tracks nothing."""

from __future__ import annotations

from typing import Any


class Untracked:
    """Stands in where a search runs without a tracker; see `gpdht.tracking.StudyTracker`."""

    def start_study(self, *_: Any, **__: Any) -> str:
        return ""

    def start_trial(self, *_: Any, **__: Any) -> str:
        return ""

    def log_epoch(self, *_: Any, **__: Any) -> None: ...

    def end_trial(self, *_: Any, **__: Any) -> None: ...

    def attach(self, *_: Any, **__: Any) -> None: ...

    def end_study(self, *_: Any, **__: Any) -> None: ...

    def running_trials(self) -> list[int]:
        return []
