"""What a chart shows, read from its Vega-Lite as a reader's program would."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd


def layers(chart: Any) -> list[dict[str, Any]]:
    """The innermost layers, each with its `rows` and its `kind` of mark.

    Lists are flattened; what filters and folds do is left to Vega.
    """
    return list(_walk(chart.to_dict(), None, []))


def layer(chart: Any, kind: str) -> dict[str, Any]:
    """The first layer of a kind of mark."""
    return next(one for one in layers(chart) if one["kind"] == kind)


def texts(chart: Any) -> list[str]:
    """All texts drawn, each once."""
    parts = [
        one["rows"][one["encoding"]["text"]["field"]]
        for one in layers(chart)
        if one["kind"] == "text"
    ]
    return list(dict.fromkeys(pd.concat(parts)))


def says(chart: Any) -> str:
    """The sentence of a chart that has nothing to show."""
    (only,) = layers(chart)
    assert only["kind"] == "text"
    return only["rows"]["text"].iloc[0]


def _walk(part: dict, data: dict | None, transforms: list[dict]) -> Iterator[dict[str, Any]]:
    data = part.get("data", data)
    transforms = [*transforms, *part.get("transform", [])]
    for inner in part.get("layer", []):
        yield from _walk(inner, data, transforms)
    if "mark" in part:
        assert data is not None
        rows = pd.DataFrame(data["values"])
        for one in (t for t in transforms if "flatten" in t):
            rows = rows.explode(one["flatten"], ignore_index=True).infer_objects()
        mark = part["mark"]
        yield {**part, "rows": rows, "kind": mark["type"] if isinstance(mark, dict) else mark}
