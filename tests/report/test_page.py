"""A page: whole, inert whatever the names in it, and without a request to anywhere."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import pandas as pd
import pytest
from html_views import HtmlView

from gpdht import plots
from gpdht.errors import GpdhtError
from gpdht.presentation import Table
from gpdht.report import page as page_module
from gpdht.report.page import (
    Choice,
    Command,
    Facts,
    Figure,
    Folded,
    Page,
    Paragraph,
    Section,
    render,
    write_page,
)

NASTY = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def chart(name: str = "a"):
    rows = pd.DataFrame(
        {
            "name": [name, "b"],
            "kind": ["gpdht", "label"],
            "value": [0.5, 0.4],
            "low": 0.3,
            "high": 0.6,
        }
    )
    return plots.leaderboard(rows, metric="auprc")


def full_page(text: str) -> Page:
    """A page with every sort of part, each with the text in it."""
    figure = Figure(text, chart(text), text, zooms=True)
    table = Table(text, (text, "b"), [(text, "1")])
    parts = [
        Paragraph(text, lead=True),
        Command(text),
        Facts([(text, text)]),
        table,
        figure,
        Folded(text, [table, figure]),
        Choice(text, [(text, [figure]), ("other", [table])]),
    ]
    sections = [Section(f"One {text}", parts), Section("Two", parts), Section("Empty", [])]
    return Page(text, text, sections, notice=text, made=text)


@pytest.fixture(scope="module")
def nasty():
    return HtmlView(render(full_page(NASTY)))


def test_nothing_in_a_page_can_start_a_script_but_its_own_two(nasty):
    assert "img" not in {tag for tag, _ in nasty.elements}
    running = [content for attributes, content in nasty.scripts if "type" not in attributes]
    assert len(running) == 2
    assert "alert(" not in "".join(running)
    handlers = [n for _, attributes in nasty.elements for n in attributes if n.startswith("on")]
    assert handlers == []
    assert nasty.text.count("alert(1)") > 10


def test_the_policy_forbids_every_request_and_allows_the_two_scripts_by_their_hashes(nasty):
    policy = next(a["content"] for t, a in nasty.elements if "http-equiv" in a)
    assert "default-src 'none'" in policy
    assert "http" not in policy
    allowed = re.findall(r"'sha256-([^']+)'", policy)
    running = [content for attributes, content in nasty.scripts if "type" not in attributes]
    assert allowed == [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in running
    ]
    assert "unsafe-eval" not in policy
    assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]


def test_a_page_loads_nothing(nasty):
    assert nasty.attributes("src") == []
    assert all(link.startswith("#") for link in nasty.attributes("href"))
    tags = {tag for tag, _ in nasty.elements}
    assert not tags & {"link", "iframe", "object", "embed", "base", "form"}
    style = (page_module._HERE / "page.css").read_text()
    assert "url(" not in style
    assert "@import" not in style


def test_ids_are_unique_and_all_that_is_referred_to_is_there(nasty):
    ids = nasty.ids
    assert len(ids) == len(set(ids))
    referred = [
        name
        for attribute in ("aria-labelledby", "aria-describedby", "data-spec", "for")
        for names in nasty.attributes(attribute)
        for name in names.split()
    ]
    referred += [link.removeprefix("#") for link in nasty.attributes("href")]
    assert set(referred) <= set(ids)


def test_every_chart_is_in_the_page_as_it_was_made(nasty):
    specs = [c for a, c in nasty.scripts if a.get("type") == "application/json"]
    assert len(specs) == len(full_page(NASTY).figures()) == 6
    expected = json.loads(plots.spec(chart(NASTY)))
    assert all(set(json.loads(text)) == set(expected) for text in specs)
    assert NASTY in json.dumps(json.loads(specs[0])).encode().decode("unicode_escape")


def test_a_chart_has_a_title_and_a_sentence_that_says_how_to_read_it(nasty):
    figures = [attributes for tag, attributes in nasty.elements if tag == "figure"]
    assert all({"aria-labelledby", "aria-describedby"} <= set(attributes) for attributes in figures)
    assert sum(tag == "figcaption" for tag, _ in nasty.elements) == len(figures)


def test_sections_without_parts_are_left_out_of_page_and_contents():
    view = HtmlView(render(full_page("x")))
    headings = [attributes["id"] for tag, attributes in view.elements if tag == "h2"]
    assert headings == ["one-x", "two"]
    assert "Empty" not in view.text


def test_only_the_first_option_of_a_choice_is_shown():
    view = HtmlView(render(full_page("x")))
    options = [a for t, a in view.elements if a.get("class") == "option"]
    assert ["hidden" in attributes for attributes in options] == [False, True] * 2


def test_a_page_replaces_a_file_whole_or_leaves_it(tmp_path, monkeypatch):
    path = tmp_path / "page.html"
    path.write_text("before")
    size = write_page(full_page("x"), path)
    assert path.stat().st_size == size
    written = path.read_bytes()

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(GpdhtError, match="could not be written: disk full"):
        write_page(full_page("y"), path)
    assert path.read_bytes() == written
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "message"),
    [("page.pdf", r"ends in \.html"), ("no/page.html", "does not exist"), ("d.html", "cannot be")],
)
def test_a_place_where_no_page_can_be_is_refused(tmp_path, name, message):
    (tmp_path / "d.html").mkdir()
    with pytest.raises(GpdhtError, match=message):
        write_page(full_page("x"), tmp_path / name)
