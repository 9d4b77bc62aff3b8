"""Baseline without labels or expression: is the pair an edge of a prior?"""

from __future__ import annotations

from gpdht.models.baselines.prior_alone import PriorAlone


class PriorLink(PriorAlone):
    """Is the pair an edge of a prior? Summed over priors; meets `FoldModel`."""

    feature = "link"
