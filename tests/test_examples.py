"""The examples in the docstrings of the public names run, and say what they say."""

from __future__ import annotations

import doctest
import importlib

import pytest

import gpdht as gp

FINDER = doctest.DocTestFinder(exclude_empty=True)
NAMES = [name for name in gp.__all__ if name not in ("__version__", "plots")]
NEED_MORE = {
    "compare", "conserved", "find_modules", "load", "open_comparison", "open_study", "open_tracker",
    "promote", "register", "reproduce", "run_search", "study_charts", "write_report",
}  # fmt: skip
"""Verbs that start a Ray or track one, or work on what one has left: notebooks show them."""


def examples_of(name: str) -> list[doctest.DocTest]:
    public = getattr(gp, name)
    module = importlib.import_module(public.__module__)
    found = FINDER.find(public, name, module, globs={})
    return [one for one in found if one.examples]


def test_a_verb_has_an_example_unless_it_needs_a_search():
    verbs = {name for name in NAMES if name.islower()}
    assert {name for name in verbs if not examples_of(name)} == NEED_MORE


@pytest.mark.parametrize("name", [name for name in NAMES if examples_of(name)])
def test_the_examples_of_a_name_hold(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for example in examples_of(name):
        text: list[str] = []
        doctest.DocTestRunner(verbose=False).run(example, out=text.append)
        assert not text, "".join(text)
