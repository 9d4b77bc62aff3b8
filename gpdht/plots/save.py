"""Charts to files, and to a page that holds several."""

from __future__ import annotations

import contextlib
import json
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gpdht.errors import GpdhtError
from gpdht.files import write_text, write_whole

FORMATS = (".svg", ".png", ".pdf", ".html", ".json")
PIXELS = 2
"""Of a png, for each pixel of the chart."""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
<title>Chart · gpdht</title>
<style>
body {{ margin: 1rem; font: 14px system-ui, sans-serif; }}
#chart {{ width: 100%; }}
@media (max-width: 600px) {{ #chart {{ padding-right: 0; }} }}
</style>
</head>
<body>
<div id="chart"></div>
<script type="application/json" id="spec">{spec}</script>
<script>{library}</script>
<script>
vegaEmbed("#chart", JSON.parse(document.getElementById("spec").textContent), {{
  ast: true,
  renderer: "svg",
  actions: {{export: true, source: false, compiled: false, editor: false}},
}});
</script>
</body>
</html>
"""


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
    check_chart_path(path)
    content = _rendered(chart, path.suffix.lower(), width)
    try:
        write_whole(path, lambda part: part.write_bytes(content))
    except OSError as error:
        raise GpdhtError(f"{path}: cannot be written ({error}).") from error
    return path


def check_chart_path(path: Path) -> None:
    """Make sure that the end of a name is that of a chart, before the work.

    Raises
    ------
    GpdhtError
        Naming the ends.
    """
    if path.suffix.lower() not in FORMATS:
        raise GpdhtError(
            f'{path}: a chart cannot be written as "{path.suffix}"; use {", ".join(FORMATS)}.'
        )


def spec(chart: Any) -> str:
    """The chart as JSON that can stand inside a script element of a page."""
    # The tests hold every chart against the schema, which takes seconds for the charts of a page.
    text = json.dumps(chart.to_dict(validate=False), separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("&", "\\u0026")


@cache
def javascript() -> str:
    """What a page needs, once, to draw specs: `vegaEmbed`, with Vega and Vega-Lite in it.

    Its bundling takes seconds, so it is kept in the user's cache.
    """
    import pooch
    import vl_convert

    kept = pooch.os_cache("gpdht") / f"vega-embed-{version('vl-convert-python')}.js"
    with contextlib.suppress(OSError):
        return kept.read_text(encoding="utf-8")
    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    script = f"(() => {{{bundle}}})();".replace("</script", "<\\/script")
    with contextlib.suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_text(kept, script)
    return script


def _rendered(chart: Any, suffix: str, width: int) -> bytes:
    if suffix == ".html":
        return _PAGE.format(spec=spec(chart), library=javascript()).encode()
    fixed = {
        **chart.to_dict(validate=False),
        "width": width,
        "autosize": {"type": "fit-x", "contains": "padding"},
    }
    if suffix == ".json":
        return json.dumps(fixed, indent=1).encode()
    # Black on nothing cannot be read in a dark window, so a picture brings its own white.
    fixed["background"] = "white"
    return _drawn(fixed, suffix)


def _drawn(spec: dict[str, Any], suffix: str) -> bytes:
    import vl_convert

    if suffix == ".svg":
        svg: str = vl_convert.vegalite_to_svg(spec)
        return svg.encode()
    if suffix == ".pdf":
        pdf: bytes = vl_convert.vegalite_to_pdf(spec)
        return pdf
    png: bytes = vl_convert.vegalite_to_png(spec, scale=PIXELS)
    return png
