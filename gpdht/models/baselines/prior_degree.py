"""Baseline without labels or expression: how many edges of the priors lead to the target?"""

from __future__ import annotations

from gpdht.models.baselines.prior_alone import PriorAlone


class PriorDegree(PriorAlone):
    """How many edges of the priors lead to the target? Summed over priors; meets `FoldModel`."""

    feature = "in-degree"
