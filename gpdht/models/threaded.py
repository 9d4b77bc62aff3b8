"""Folds trained side by side, in threads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Condition

import numpy as np
import torch

from gpdht.models.protocol import FoldModel


class ThreadedTrainer:
    """Trains folds by turns of one step: a free thread steps the idle fold with most steps left.

    Each step runs on one thread, so k folds on n cores keep all cores busy to within a step of
    the epoch's end, with no synchronisation inside a step, and a fold's results depend neither
    on the other folds nor on who steps it. One fold alone, or one thread, runs in the caller,
    with as many threads inside each operator as torch uses there.

    Parameters
    ----------
    threads : by default, those that torch would use within one operator.
    """

    def __init__(self, models: Sequence[FoldModel], *, threads: int | None = None) -> None:
        self.models = models
        self.threads = threads

    def train_epoch(self, epoch: int) -> list[float]:
        """One pass of each fold over its training pairs; the mean loss of each fold."""
        folds = [_Fold(model.steps(epoch), model.num_steps) for model in self.models]
        inner = torch.get_num_threads()
        threads = min(self.threads or inner, len(folds))
        if threads == 1:
            _take_turns(_Turns(folds))
        else:
            self._in_threads(_Turns(folds), threads)
            torch.set_num_threads(inner)  # new threads would inherit what a worker set last
        return [float(np.mean(fold.losses)) for fold in folds]

    @staticmethod
    def _in_threads(turns: _Turns, threads: int) -> None:
        with ThreadPoolExecutor(
            threads, thread_name_prefix="fold", initializer=torch.set_num_threads, initargs=(1,)
        ) as pool:
            workers = [pool.submit(_take_turns, turns) for _ in range(threads)]
            try:
                for worker in workers:
                    worker.result()
            except BaseException:
                turns.stop()
                raise


@dataclass
class _Fold:
    steps: Iterator[float]
    left: int
    losses: list[float] = field(default_factory=list)


class _Turns:
    """Which fold goes next."""

    def __init__(self, folds: list[_Fold]) -> None:
        self._idle, self._running, self._stopped = list(folds), 0, False
        self._changed = Condition()

    def take(self) -> _Fold | None:
        """The idle fold with most steps left; waits for one; None when all are done."""
        with self._changed:
            while not self._idle and self._running:
                self._changed.wait()
            if not self._idle:
                return None
            fold = max(self._idle, key=lambda f: f.left)
            self._idle.remove(fold)
            self._running += 1
            return fold

    def give_back(self, fold: _Fold) -> None:
        with self._changed:
            self._running -= 1
            if fold.left and not self._stopped:
                self._idle.append(fold)
            self._changed.notify_all()

    def stop(self) -> None:
        """Let no fold go on; those that run finish their step."""
        with self._changed:
            self._stopped = True
            self._idle.clear()
            self._changed.notify_all()


def _take_turns(turns: _Turns) -> None:
    while (fold := turns.take()) is not None:
        try:
            fold.losses.append(next(fold.steps))
            fold.left -= 1
        except BaseException:
            turns.stop()
            raise
        finally:
            turns.give_back(fold)
