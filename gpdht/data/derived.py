"""What is made of a dataset once, and shared by all that need it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import RLock
from typing import Any
from weakref import WeakKeyDictionary

from gpdht.data.dataset import Dataset

_DERIVED: WeakKeyDictionary[Dataset, dict[Hashable, tuple[Hashable, Any]]] = WeakKeyDictionary()
_LOCK = RLock()  # folds train in threads: the second waits for what the first makes


def once(
    dataset: Dataset, key: Hashable, make: Callable[[], Any], *, settings: Hashable = None
) -> Any:
    """What `make` returns, made once per dataset and key, and forgotten with the dataset.

    It is shared: nobody may write to it.

    Parameters
    ----------
    settings : what it depends on besides; other settings replace what was kept under the key.
    """
    with _LOCK:
        kept = _DERIVED.setdefault(dataset, {})
        if key not in kept or kept[key][0] != settings:
            kept[key] = settings, make()
        return kept[key][1]
