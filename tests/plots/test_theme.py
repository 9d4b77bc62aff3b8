"""Colours that can be told apart, scores in words, names in lines."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpdht.plots.theme import COLOURS, lines_of, title_of
from gpdht.presentation import KINDS

# Machado, Oliveira and Fernandes (2009), complete deficiency, on linear RGB
BLIND = {
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(colour: str, eye) -> np.ndarray:
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(eye) @ linear, 0, 1)
    x, y, z = np.cbrt(XYZ @ seen / XYZ.sum(axis=1))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("eye", [np.eye(3), *BLIND.values()], ids=["all", *BLIND])
def test_the_colours_of_kinds_differ_for_every_eye(eye):
    assert set(COLOURS) == set(KINDS)
    seen = [lab(colour, eye) for colour in COLOURS.values()]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 15


@pytest.mark.parametrize(
    ("metric", "title"),
    [
        ("auprc", "average precision"),
        ("val/auprc", "validation average precision"),
        ("test/brier", "test Brier score"),
        ("val/gain_auroc", "validation AUROC above labels only"),
        ("gain/auroc", "AUROC above labels only"),
        ("score", "score"),
    ],
)
def test_metrics_are_named_in_words(metric, title):
    assert title_of(metric) == title


@given(st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=80), st.integers(1, 30))
def test_lines_are_short_and_lose_nothing_but_spaces(text, length):
    lines = lines_of(text, length)
    assert all(len(line) <= length for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_a_word_is_cut_after_a_mark():
    assert lines_of("encoder.reconstruction_iterations", 20) == [
        "encoder.",
        "reconstruction_",
        "iterations",
    ]
    assert lines_of("gradient boosting on label rows", 20) == [
        "gradient boosting on",
        "label rows",
    ]
