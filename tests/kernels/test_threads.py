"""Spreading tasks over threads."""

from __future__ import annotations

import threading

import pytest
import torch

from gpdht.kernels.threads import spread


@pytest.fixture(params=[1, 2, 4])
def threads(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def test_every_task_runs_once(threads):
    done: list[int] = []
    spread(done.append, range(100))
    assert sorted(done) == list(range(100))


def test_one_thread_means_the_callers(threads):
    names = set()
    spread(lambda _: names.add(threading.current_thread().name), range(50))
    assert len(names) <= threads
    if threads == 1:
        assert names == {threading.current_thread().name}


def test_an_error_of_a_task_reaches_the_caller(threads):
    def fail(number: int) -> None:
        if number == 7:
            raise ValueError("seven")

    with pytest.raises(ValueError, match="seven"):
        spread(fail, range(20))
