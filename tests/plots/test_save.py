"""Charts as files and as parts of a page."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import pandas as pd
import pytest

from gpdht import plots
from gpdht.errors import GpdhtError

NASTY = '</script><b>"&'


@pytest.fixture(scope="module")
def chart():
    edges = pd.DataFrame(
        {"source": NASTY, "target": ["a.b", "c[d]"], "weight": [0.5, 0.25], "known": [True, False]}
    )
    return plots.network(edges)


def test_an_svg_is_xml_with_the_hubs_name(chart, tmp_path):
    path = plots.save(chart, tmp_path / "n.svg", width=300)
    texts = [item.text for item in ET.parse(path).iter() if item.tag.endswith("text")]  # noqa: S314
    assert NASTY in texts


@pytest.mark.parametrize(("suffix", "start"), [(".png", b"\x89PNG"), (".pdf", b"%PDF")])
def test_pictures_need_no_browser(chart, tmp_path, suffix, start):
    assert plots.save(chart, tmp_path / f"n{suffix}").read_bytes().startswith(start)


def test_a_page_loads_nothing(chart, tmp_path):
    text = plots.save(chart, tmp_path / "n.html").read_text()
    assert not re.search(r"""(src|href)\s*=\s*["']?https?:""", text)
    assert "vegaEmbed" in text


def test_json_is_the_chart(chart, tmp_path):
    spec = json.loads(plots.save(chart, tmp_path / "n.json", width=300).read_text())
    assert spec["width"] == 300
    assert spec["$schema"].startswith("https://vega.github.io/schema/vega-lite/")


def test_another_end_of_the_name_is_refused_and_nothing_is_written(chart, tmp_path):
    with pytest.raises(GpdhtError, match=r'written as "\.gif"; use \.svg, \.png'):
        plots.save(chart, tmp_path / "n.gif")
    with pytest.raises(GpdhtError, match="cannot be written"):
        plots.save(chart, tmp_path / "missing" / "n.json")
    assert list(tmp_path.iterdir()) == []


def test_a_chart_that_cannot_be_drawn_leaves_the_old_file(chart, tmp_path, monkeypatch):
    path = tmp_path / "n.json"
    path.write_text("old")
    monkeypatch.setattr(type(chart), "to_dict", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        plots.save(chart, path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_specs_and_the_bundle_can_stand_in_a_page(chart):
    assert "<" not in plots.spec(chart)
    assert json.loads(plots.spec(chart)) == chart.to_dict()
    assert "</script" not in plots.javascript()
