"""Which score says something of a network of cells that have no known edges."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

METRIC = "auprc"


def say_score_elsewhere(card: Mapping[str, Any], trained_on: str) -> str:
    """A sentence with the score of a set whose labels were left out, or on how to get one.

    Parameters
    ----------
    card : of the model that is trained again on cells without known edges.
    trained_on : the set that gave it its known edges.
    """
    split = card.get("split") or card.get("protocol", {}).get("cv.split")
    if split != "set":
        return (
            f"the scores of this model are of {trained_on}, and some of its labels were seen in "
            "training: they do not hold for these cells. What carries over to cells without known "
            "edges, a set left out tells: gpdht fit SET --with OTHER --set cv.split=set."
        )
    test, baseline = (_score(card, kind) for kind in ("test", "baseline"))
    return (
        f"these cells have no score of their own. Where all labels of {trained_on} were left out, "
        f"average precision there was {test:.3f} (labels of the other sets alone: {baseline:.3f}); "
        "expect no more here."
    )


def _score(card: Mapping[str, Any], kind: str) -> float:
    """Of a card of `gpdht fit --save`, or of a registered model."""
    name = f"{kind}/{METRIC}"
    if "replicated" in card:
        return card["replicated"].get(name, {}).get("pooled", math.nan)
    return card.get("metrics", {}).get(name, math.nan)
