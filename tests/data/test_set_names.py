"""Short names of sets: unique, and never two for the same data."""

from __future__ import annotations

import pytest
from small_inputs import small_set

from gpdht.data.set_names import name_sets
from gpdht.errors import ConfigError


def named(*names):
    sets = [small_set(name, seed=seed) for seed, name in enumerate(names)]
    return list(name_sets(sets))


def test_sets_get_short_names_that_are_unique():
    assert named("Specific Dataset/mDC/TFs+500", "Specific Dataset/mHSC-L/TFs+1000") == [
        "mDC500",
        "mHSC-L1000",
    ]
    assert named("Specific Dataset/mDC/TFs+500", "STRING Dataset/mDC/TFs+500") == [
        "mDC500-Specific",
        "mDC500-STRING",
    ]
    first, second = named("toy (genes=40)", "toy (genes=41)")
    assert first != second
    assert first.startswith("toy-")
    assert named("cells", "toy (genes=40)") == ["cells", "toy"]


def test_the_same_data_twice_are_refused():
    one = small_set()
    for twin in (one, small_set("other")):
        with pytest.raises(ConfigError, match="are the same data"):
            name_sets([one, twin])
    with pytest.raises(ConfigError, match="no data are given"):
        name_sets([])
