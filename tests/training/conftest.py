"""One CPU thread, for results that are to be equal bit by bit."""

from __future__ import annotations

import pytest
import torch


@pytest.fixture
def one_thread():
    """A fold alone has all threads inside its operators, one of several has one thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
