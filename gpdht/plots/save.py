"""Charts to files, and to a page that holds several."""

from __future__ import annotations

import io
import json
from functools import cache
from pathlib import Path
from typing import Any

from gpdht.errors import GpdhtError

FORMATS = (".svg", ".png", ".pdf", ".html", ".json")


def save(chart: Any, path: str | Path, *, width: int = 720) -> Path:
    """Write a chart whole or not at all; the end of the name says how. No browser is needed.

    Parameters
    ----------
    path : ``.svg``, ``.png`` (twice the pixels), ``.pdf``, ``.json`` (Vega-Lite), or ``.html``,
        which needs no network and can be looked into.
    width : in pixels; a page of html is as wide as its window.

    Raises
    ------
    GpdhtError
        For another end of the name, or a file that cannot be written.
    """
    path = Path(path)
    if path.suffix not in FORMATS:
        raise GpdhtError(
            f'{path}: a chart cannot be written as "{path.suffix}"; use {", ".join(FORMATS)}.'
        )
    content = _rendered(chart, path.suffix, width)
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        raise GpdhtError(f"{path}: cannot be written ({error}).") from error
    return path


def spec(chart: Any) -> str:
    """The chart as JSON that can stand inside a script element of a page."""
    return json.dumps(chart.to_dict()).replace("<", "\\u003c").replace("&", "\\u0026")


@cache
def javascript() -> str:
    """What a page needs, once, to draw specs: `vegaEmbed`, with Vega and Vega-Lite in it."""
    import vl_convert

    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return f"(() => {{{bundle}}})();".replace("</script", "<\\/script")


def _rendered(chart: Any, suffix: str, width: int) -> bytes:
    if suffix == ".html":
        text = io.StringIO()
        chart.save(text, format="html", inline=True)
        return text.getvalue().encode()
    fixed = chart.properties(width=width)
    if suffix == ".json":
        return json.dumps(fixed.to_dict(), indent=1).encode()
    if suffix == ".svg":
        drawn = io.StringIO()
        fixed.save(drawn, format="svg")
        return drawn.getvalue().encode()
    data = io.BytesIO()
    fixed.save(data, format=suffix.removeprefix("."), **({"ppi": 144} if suffix == ".png" else {}))
    return data.getvalue()
