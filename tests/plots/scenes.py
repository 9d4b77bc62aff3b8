"""What Vega draws of a chart, without a browser: marks with their places in pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import vl_convert

PHONE = 320  # px, what is left of a phone's 360
_SHARE = {"left": 0.0, "start": 0.0, "center": 0.5, "right": 1.0, "end": 1.0}


@dataclass(frozen=True)
class Word:
    """A line of text and the box it stands in."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    role: str

    def meets(self, other: Word) -> bool:
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > 0 and down > 0


@dataclass(frozen=True)
class Scene:
    """A drawn chart: its size, its items by kind of mark, its words."""

    width: float
    height: float
    items: dict[str, list[dict[str, Any]]]
    words: list[Word]


def draw(chart: Any, *, width: int = PHONE) -> Scene:
    """The chart as it is drawn in a box of a width."""
    spec = chart.to_dict()
    assert spec["width"] == "container"
    fit = {"width": width, "autosize": {"type": "fit-x", "contains": "padding"}}
    drawn = vl_convert.vegalite_to_scenegraph({**spec, **fit})
    items: dict[str, list[dict[str, Any]]] = {}
    words: list[Word] = []
    for kind, item in _walk(drawn["scenegraph"], *drawn["origin"]):
        items.setdefault(kind, []).append(item)
        if kind == "text" and item.get("stroke") is None:
            words += _words(item)
    return Scene(drawn["width"], drawn["height"], items, words)


def _walk(mark: dict, x: float, y: float) -> Iterator[tuple[str, dict[str, Any]]]:
    """Items with `x` and `y` in the picture; an item knows its mark's `role`."""
    for item in mark.get("items", []):
        at = {"x": x + item.get("x", 0), "y": y + item.get("y", 0), "role": mark["role"]}
        if mark["marktype"] == "group":
            for inner in item.get("items", []):
                yield from _walk(inner, at["x"], at["y"])
        else:
            yield mark["marktype"], {**item, **at}


def _words(item: dict[str, Any]) -> Iterator[Word]:
    """The lines of an upright text, 14 px each; a character is 0.45 as wide as high."""
    if item.get("angle") or item.get("opacity") == 0:
        return
    size = item.get("fontSize", 11)
    lines = item["text"] if isinstance(item["text"], list) else [item["text"]]
    x, y = item["x"] + item.get("dx", 0), item["y"] + item.get("dy", 0)
    first = {"top": 0, "middle": -size / 2}.get(item.get("baseline", ""), -size)
    for number, line in enumerate(lines):
        width = len(line) * size * 0.45
        left = x - width * _SHARE[item.get("align", "left")]
        top = y + first + 14 * number
        yield Word(line, left, top, left + width, top + size, item["role"])


def crowded(scene: Scene) -> list[tuple[str, str]]:
    """The words that meet, and each that leaves the picture with itself."""
    words = scene.words
    pairs = [
        (one.text, other.text)
        for number, one in enumerate(words)
        for other in words[number + 1 :]
        if one.meets(other)
    ]
    # Vega makes room for the labels of an axis, in a font of its own
    free = [word for word in words if word.role != "axis-label"]
    outside = [w for w in free if w.left < -1 or w.right > scene.width + 1]
    return pairs + [(word.text, word.text) for word in outside]
