"""What a chart shows: the rows that it holds."""

from __future__ import annotations

import json

from gpdht import plots


def rows_in(chart) -> list[dict]:
    """The rows that a chart holds, of all its layers."""
    found: list[dict] = []

    def walk(node):
        if isinstance(node, dict):
            values = node.get("values")
            if isinstance(values, list):
                found.extend(row for row in values if isinstance(row, dict))
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(json.loads(plots.spec(chart)))
    return found
