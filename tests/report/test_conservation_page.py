"""The page of two species: its sections, its chart, and no name that becomes markup."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from html_views import HtmlView

import gpdht as gp
from gpdht.network.gene_modules import edges_among
from gpdht.report.conservation import conservation_page, write_conservation
from gpdht.report.page import render

NASTY = "<b>x</b>"


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Two equal predicted networks of three TFs and 60 genes, one with a nasty name."""
    folder = tmp_path_factory.mktemp("nets")
    names = [NASTY, *(f"G{i}" for i in range(59))]
    tf, target = np.nonzero(~np.eye(3, 60, dtype=bool))
    weight = np.random.default_rng(0).random(len(tf))
    for species, end in (("human", ""), ("mouse", "m")):
        own = np.array([name + end for name in names])
        pd.DataFrame(
            {"source": own[tf], "target": own[target], "weight": weight, "known": weight > 0.9}
        ).to_csv(folder / f"{species}.csv", index=False)
    pd.DataFrame({"human_symbol": names, "mouse_symbol": [f"{n}m" for n in names]}).to_csv(
        folder / "orthologs.csv", index=False
    )
    return gp.conserved(
        folder / "human.csv", folder / "mouse.csv", orthologs=folder / "orthologs.csv"
    )


def test_the_page_has_every_part_and_escapes_names(found):
    page = conservation_page(found, edges_among(found, "mine", [NASTY, "G0", "G1"]))
    html = render(page)
    view = HtmlView(html)
    assert [section.title for section in page.sections] == [
        "What it says",
        "What was compared",
        "Classes",
        "Hubs",
        "Module",
    ]
    assert "<b>" not in html.split("<script>")[0]
    assert "conserved, 0 human-specific, 0 mouse-specific" in view.text
    assert "The human and mouse weights are not out of fold" in view.text
    assert len(page.figures()) == 1
    (module,) = [table for table in view.tables if table[0][-1] == "class"]
    assert len(module) == 1 + 6
    compared = view.tables[0]
    assert compared[1] == ["human (human.csv)", "177", "0", "0", "0", "177"]


def test_without_a_module_there_is_no_section_of_one(found, tmp_path):
    size = write_conservation(found, tmp_path / "page.html")
    assert (tmp_path / "page.html").stat().st_size == size
    view = HtmlView((tmp_path / "page.html").read_text())
    assert "module" not in view.ids
    assert "hubs" in view.ids
