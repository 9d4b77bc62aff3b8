"""A page in a browser without a network: every chart is drawn, and nothing complains."""

from __future__ import annotations

import pytest
from browser import needs_browser, visit
from html_views import HtmlView
from study_makers import StudyMaker

from gpdht.report.page import write_page
from gpdht.report.study import study_page


@pytest.mark.slow
@needs_browser
@pytest.mark.parametrize("width", [500, 1400])  # Chromium makes no window narrower than 500
def test_every_chart_is_drawn_without_a_network_and_within_the_page(tmp_path, width):
    maker = StudyMaker(tmp_path / "studies", trials=2)
    maker.complete(0.5, signal=3)
    maker.complete(0.6, signal=2)
    page = study_page(maker.done(), "No model of this study is registered.")
    write_page(page, tmp_path / "page.html")
    html, complaints = visit((tmp_path / "page.html").as_uri(), tmp_path, width=width)
    assert complaints == []
    view = HtmlView(html)
    drawn = [a for tag, a in view.elements if tag == "svg" and "marks" in a.get("class", "")]
    assert len(drawn) == len(page.figures())
    assert "could not be drawn" not in view.text
    assert all(float(a["width"]) <= width for a in drawn)
    assert all(float(a["width"]) > 200 for a in drawn)
