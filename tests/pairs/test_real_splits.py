from __future__ import annotations

import pytest

from gpdht.data.source import open_dataset
from gpdht.pairs.candidates import make_pairs
from gpdht.pairs.splits import make_folds

SETS = ["hESC/TFs+500", "hHEP/TFs+1000", "mDC/TFs+500", "mESC/TFs+500", "mHSC-L/TFs+500"]


@pytest.mark.real
@pytest.mark.parametrize("place", SETS)
@pytest.mark.parametrize("negatives", ["all", "cooccurrence"])
def test_every_split_can_be_drawn_on_a_benchmark_set(real_data, place, negatives):
    data = open_dataset(real_data / "beeline" / "Specific Dataset" / place)
    pairs = make_pairs(data, negatives=negatives)
    for split in ("edge", "target", "tf", "both"):
        assert len(make_folds(pairs, split=split, folds=3, validation=0.2, seed=0)) == 3
