"""What a chart shows, read from its Vega-Lite."""

from __future__ import annotations

from typing import Any

import pandas as pd


def layers(chart: Any) -> list[dict[str, Any]]:
    """The layers of a chart, each with its data's rows and its mark."""
    spec = chart.to_dict()
    kept = spec.get("datasets", {})

    def rows(data: dict[str, Any] | None) -> list[dict[str, Any]]:
        if data is None:
            return []
        return data["values"] if "values" in data else kept[data["name"]]

    parts = spec.get("layer", [spec])
    return [
        {
            **part,
            "rows": pd.DataFrame(rows(part.get("data", spec.get("data")))),
            "kind": part["mark"]["type"] if isinstance(part["mark"], dict) else part["mark"],
        }
        for part in parts
    ]


def layer(chart: Any, kind: str) -> dict[str, Any]:
    """The first layer of a kind of mark."""
    return next(one for one in layers(chart) if one["kind"] == kind)


def says(chart: Any) -> str:
    """The sentence of a chart that has nothing to show."""
    (only,) = layers(chart)
    assert only["kind"] == "text"
    return only["rows"]["text"].iloc[0]
