"""The collector is paused within, and afterwards as it was."""

from __future__ import annotations

import gc

import pytest

from gpdht.collection import paused_collection


@pytest.mark.parametrize("was_on", [True, False])
def test_collector_is_left_as_it_was(was_on: bool) -> None:
    gc.enable() if was_on else gc.disable()
    try:
        assert not paused_collection()(gc.isenabled)()
        assert gc.isenabled() is was_on
    finally:
        gc.enable()


def test_an_error_turns_it_on_again() -> None:
    with pytest.raises(ZeroDivisionError), paused_collection():
        raise ZeroDivisionError
    assert gc.isenabled()
