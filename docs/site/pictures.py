"""The pictures of the concepts, drawn by the package where they show data.

usage: python docs/site/pictures.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from drawing import Picture

import gpdht as gp
from gpdht.models.baselines.rates import Rates

TRAIN, VALIDATION, TEST, UNUSED, SELF = "#b9d3ea", "#f2c46d", "#d8604f", "#ffffff", "#d9dee2"
PAIRS = gp.make_pairs(DATASET := gp.toy(genes=30, tfs=9, cells=60, density=0.3, seed=3))


def grid(colour_P: list[str]) -> list[list[str]]:
    """Colours of pairs as TFs × genes; a gene with itself is no pair."""
    rows = {tf: i for i, tf in enumerate(dict.fromkeys(PAIRS.tf_P.tolist()))}
    colours = [[SELF] * DATASET.num_genes for _ in rows]
    for tf, target, colour in zip(PAIRS.tf_P, PAIRS.target_P, colour_P, strict=True):
        colours[rows[tf]][target] = colour
    return colours


def shade(value_P: np.ndarray) -> list[str]:
    """White to blue over the values' range."""
    low, high = value_P.min(), value_P.max()
    steps = (value_P - low) / max(high - low, 1e-9)
    ends = np.array([[255, 255, 255], [31, 95, 158]])
    mixed = ends[0] + steps[:, None] * (ends[1] - ends[0])
    return ["#{:02x}{:02x}{:02x}".format(*map(round, rgb)) for rgb in mixed.tolist()]


def flow() -> Picture:
    """What goes in, what is made of it, what comes out."""
    picture = Picture(860, 236, "From expression and known edges to a network")
    picture.box(14, 24, 168, ("expression", "cells × genes", "AnnData, 10x, csv"), "data")
    picture.box(14, 138, 168, ("known edges", "TF → target", "ChIP, a prior, …"), "data")
    picture.box(
        250, 24, 168, ("gene–cell graph", "one relation for each", "expression level"), "model"
    )
    picture.box(
        250, 138, 168, ("pairs and folds", "known TFs × genes,", "a label for each"), "model"
    )
    picture.box(486, 72, 168, ("model", "scores every pair;", "one for each fold"), "model")
    picture.box(718, 14, 128, ("scores", "beside those of", "labels alone"), "result")
    picture.box(718, 142, 128, ("network", "pairs, ranked", "by probability"), "result")
    picture.arrow((182, 59), (246, 59))
    picture.arrow((182, 173), (246, 173))
    picture.arrow((418, 59), (452, 59), (452, 98), (482, 98))
    picture.arrow((418, 173), (452, 173), (452, 120), (482, 120))
    picture.arrow((654, 98), (686, 98), (686, 49), (714, 49))
    picture.arrow((654, 120), (686, 120), (686, 177), (714, 177))
    return picture


def splits() -> Picture:
    """One fold of each split over the pairs of a small simulated set."""
    picture = Picture(860, 332, "Which pairs train and which are tested, for each split")
    places = {"edge": (70, 46), "target": (490, 46), "tf": (70, 182), "both": (490, 182)}
    for split, (x, y) in places.items():
        folds = gp.make_folds(PAIRS, split=split, folds=3, validation=0.3, seed=1)
        fold = next(iter(folds))
        colour_P = np.full(len(PAIRS), UNUSED)
        for part, colour in ((fold.train, TRAIN), (fold.validation, VALIDATION), (fold.test, TEST)):
            colour_P[part] = colour
        title = f"cv.split = {split}"
        picture.matrix(x, y, grid(colour_P.tolist()), side=11, title=title)
    for y in (46, 182):
        picture.text(30, y + 50, "TFs", size=12)
    picture.text(231, 296, "genes", size=12)
    picture.text(651, 296, "genes", size=12)
    names = {"trains": TRAIN, "validation: stops and chooses": VALIDATION, "test": TEST}
    picture.key(190, 320, names | {"unused": UNUSED, "itself": SELF})
    return picture


def label_only() -> Picture:
    """The labels, and what their rates alone say of pairs that were held out."""
    picture = Picture(860, 204, "What labels alone say of held-out pairs")
    picture.matrix(14, 40, grid(shade(PAIRS.label_P.astype(float))), side=8.8, title="known edges")
    titles = {"edge": "their rates alone, split edge", "target": "split target"}
    for i, (split, title) in enumerate(titles.items(), start=1):
        guess_P = np.zeros(len(PAIRS))
        for fold in gp.make_folds(PAIRS, split=split, folds=5, validation=0.1, seed=1):
            seen = (PAIRS.tf_P[fold.train], PAIRS.target_P[fold.train], PAIRS.label_P[fold.train])
            rates = Rates.count(*seen, num_genes=DATASET.num_genes)
            tf_P, target_P = PAIRS.tf_P[fold.test], PAIRS.target_P[fold.test]
            guess_P[fold.test] = rates.by_tf(tf_P) + rates.by_target(target_P)
        picture.matrix(14 + 284 * i, 40, grid(shade(guess_P)), side=8.8, title=title)
    for i, words in enumerate(
        (
            "9 TFs (rows) × 30 genes (columns)",
            "popular targets of busy TFs stand out",
            "a new target: the TF's rate is all there is",
        )
    ):
        picture.text(146 + 284 * i, 138, words, size=12)
    picture.text(
        430, 176, "No expression was read. A model has to be better than this on the same folds."
    )
    return picture


def search() -> Picture:
    """A search, its reference, and the verdict."""
    picture = Picture(860, 226, "A search is held against its reference")
    picture.box(14, 24, 170, ("trial 0", "the reference:", "the space's default"), "data")
    picture.box(14, 132, 170, ("trials 1, 2, 3, …", "proposed by Optuna,", "run by Ray"), "model")
    picture.box(258, 132, 168, ("the best trial", "by validation score:", "biased upward"), "model")
    picture.box(500, 78, 168, ("fresh folds", "both run again,", "with new seeds"), "model")
    picture.box(732, 78, 114, ("verdict", "did searching", "pay?"), "result")
    picture.arrow((184, 167), (254, 167))
    picture.arrow((99, 94), (99, 128))
    picture.arrow((184, 59), (463, 59), (463, 102), (496, 102))
    picture.arrow((426, 167), (463, 167), (463, 124), (496, 124))
    picture.arrow((668, 113), (728, 113))
    return picture


def registry() -> Picture:
    """From a study to a model that others can use."""
    picture = Picture(860, 152, "From a study to a registered model")
    picture.box(14, 40, 150, ("study", "trials, kept in", "a folder"), "data")
    picture.box(
        244, 40, 160, ("version 2", "trained on all pairs,", "with its model card"), "model"
    )
    picture.box(484, 40, 150, ("champion", "the version with the", "best test score"), "result")
    picture.box(714, 40, 132, ("network", "of these cells,", "or of other cells"), "result")
    picture.arrow((164, 75), (240, 75), words="register")
    picture.arrow((404, 75), (480, 75), words="promote")
    picture.arrow((634, 75), (710, 75), words="predict")
    return picture


PICTURES = {one.__name__: one for one in (flow, splits, label_only, search, registry)}

if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "pictures"
    for name, draw in PICTURES.items():
        (folder / f"{name}.svg").write_text(draw().svg(), encoding="utf-8")
