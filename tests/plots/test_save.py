"""Charts as files and as parts of a page."""

from __future__ import annotations

import json
import re
import struct
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
import vl_convert
from chart_tables import NASTY, edge_rows

from gpdht import plots
from gpdht.errors import GpdhtError


@pytest.fixture(scope="module")
def chart():
    return plots.network(edge_rows())


class Parts(HTMLParser):
    """The scripts of a page, and what it would load."""

    def __init__(self, text: str):
        super().__init__()
        self.scripts: list[str] = []
        self.loads: list[str] = []
        self.open = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.open = tag == "script"
        self.scripts += [""] * self.open
        self.loads += [value for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag):
        self.open = False

    def handle_data(self, data):
        if self.open:
            self.scripts[-1] += data


def test_an_svg_is_xml_with_the_name_of_every_hub(chart, tmp_path):
    path = plots.save(chart, tmp_path / "n.svg", width=300)
    root = ET.parse(path).getroot()  # noqa: S314
    found = {item.text for item in root.iter() if item.tag.endswith("text")}
    hubs = edge_rows()["source"].value_counts().index
    assert set(hubs) <= found
    assert set(hubs) == set(NASTY)
    assert float(root.get("width")) == 300


def test_a_png_has_twice_the_pixels_on_white(chart, tmp_path):
    data = plots.save(chart, tmp_path / "n.png", width=300).read_bytes()
    assert data.startswith(b"\x89PNG")
    assert struct.unpack(">I", data[16:20])[0] == 600


def test_a_pdf_needs_no_browser(tmp_path):
    empty = plots.importances(edge_rows().head(0).assign(importance=1.0, param="a"))
    assert plots.save(empty, tmp_path / "n.PDF").read_bytes().startswith(b"%PDF")


def test_a_page_loads_nothing_and_its_scripts_end_where_they_should(chart, tmp_path):
    text = plots.save(chart, tmp_path / "n.html").read_text()
    page = Parts(text)
    assert page.loads == []
    assert not re.search(r"@import|url\(", text.split("<script", 1)[0])
    spec, library, last = page.scripts
    assert json.loads(spec) == chart.to_dict()
    assert "vegaEmbed" in library
    assert last.strip().startswith("vegaEmbed(")


def test_json_is_the_chart_in_a_width(chart, tmp_path):
    spec = json.loads(plots.save(chart, tmp_path / "n.json", width=300).read_text())
    assert spec.pop("width") == 300
    assert spec.pop("autosize")["type"] == "fit-x"
    own = chart.to_dict()
    assert spec == {name: value for name, value in own.items() if name != "width"}


def test_another_end_of_the_name_is_refused_and_nothing_is_written(chart, tmp_path):
    with pytest.raises(GpdhtError, match=r'written as "\.gif"; use \.svg, \.png'):
        plots.save(chart, tmp_path / "n.gif")
    with pytest.raises(GpdhtError, match="cannot be written"):
        plots.save(chart, tmp_path / "missing" / "n.json")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_place_of_the_file_is_an_error_and_nothing_is_left_over(chart, tmp_path):
    (tmp_path / "n.json").mkdir()
    with pytest.raises(GpdhtError, match="cannot be written"):
        plots.save(chart, tmp_path / "n.json")
    assert [path.name for path in tmp_path.iterdir()] == ["n.json"]


def test_a_chart_that_cannot_be_drawn_leaves_the_old_file(chart, tmp_path, monkeypatch):
    path = tmp_path / "n.json"
    path.write_text("old")
    monkeypatch.setattr(type(chart), "to_dict", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        plots.save(chart, path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_bundle_is_made_once_and_kept_for_the_user_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made = plots.javascript.__wrapped__()
    (kept,) = (tmp_path / "gpdht").iterdir()
    assert kept.read_text() == made == plots.javascript()
    assert kept.parent.stat().st_mode & 0o077 == 0
    monkeypatch.setattr(vl_convert, "javascript_bundle", lambda *_: 1 / 0)
    assert plots.javascript.__wrapped__() == made


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert plots.javascript.__wrapped__() == plots.javascript()


def test_the_bundle_can_stand_in_a_page():
    assert "</script" not in plots.javascript().lower()
    assert "<!--" not in plots.javascript()
    assert "window.vegaEmbed" in plots.javascript()
