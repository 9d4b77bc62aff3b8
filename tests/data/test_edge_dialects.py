"""A network is the same in every dialect, or refused with one error."""

from __future__ import annotations

import gzip
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from gpdht.data.dataset import Dataset
from gpdht.data.net_options import NetOptions
from gpdht.errors import DataError

TFS = ["TF1", "TF2", "TF3"]
GENES = [*TFS, *(f"G{i:02d}" for i in range(12))]
PAIRS = [(tf, gene) for tf in TFS for gene in GENES if tf != gene]
MATRIX = pd.DataFrame(
    np.random.default_rng(0).random((4, len(GENES))), index=list("wxyz"), columns=GENES
)
ENDS = (("source", "target"), ("TF", "target_gene"), ("Gene1", "Gene2"), ("regulator", "Gene"))
LABELS = (("label", "1", "0"), ("is_edge", "True", "False"), ("Known", "yes", "no"))
SIGNS = {"numbers": ("1", "-1"), "symbols": ("+", "-"), "words": ("activation", "repression")}


@dataclass(frozen=True)
class Dialect:
    """How a list is written; `order` permutes the columns, which needs a header."""

    delimiter: str
    ends: tuple[str, str] | None
    label: tuple[str, str, str] | None
    weight: str | None
    decimal_comma: bool
    order: list[int]
    numbered: bool
    gzipped: bool
    newline: str


@st.composite
def dialects(draw) -> Dialect:
    ends = draw(st.none() | st.sampled_from(ENDS))
    delimiter = draw(st.sampled_from(",\t;"))
    return Dialect(
        delimiter=delimiter,
        ends=ends,
        label=draw(st.none() | st.sampled_from(LABELS)) if ends else None,
        weight=draw(st.sampled_from([None, "weight", "mor", "Score", *SIGNS])),
        decimal_comma=delimiter != "," and draw(st.booleans()),
        order=draw(st.permutations(range(4))) if ends else [0, 1, 2, 3],
        numbered=bool(ends) and draw(st.booleans()),
        gzipped=draw(st.booleans()),
        newline=draw(st.sampled_from(["\n", "\r\n"])),
    )


def text_of(weight: float, dialect: Dialect) -> str:
    if dialect.weight in SIGNS and weight:
        return SIGNS[dialect.weight][int(weight < 0)]
    return str(weight).replace(".", "," if dialect.decimal_comma else ".")


def write(network: dict, others: list, dialect: Dialect, folder: Path) -> Path:
    """The network, with pairs that are no edges where the dialect can say so."""
    if not dialect.label and dialect.weight is None:
        others = []
    rows = []
    for pair in [*network, *others]:
        weight = network.get(pair, 1.5 if dialect.label else 0.0)
        label = dialect.label[1 + (pair in others)] if dialect.label else None
        rows.append((*pair, text_of(weight, dialect) if dialect.weight else None, label))
    name = "Type" if dialect.weight in SIGNS else dialect.weight
    header = (*(dialect.ends or (None, None)), name, dialect.label and dialect.label[0])
    lines = [header, *rows] if dialect.ends else rows
    used = [i for i in dialect.order if rows[0][i] is not None]
    fields = [[line[i] for i in used] for line in lines]
    if dialect.numbered:
        fields = [[str(i - 1) if i else "", *line] for i, line in enumerate(fields)]
    text = dialect.newline.join(map(dialect.delimiter.join, fields)) + dialect.newline
    path = folder / "net.csv"
    path.write_bytes(gzip.compress(text.encode()) if dialect.gzipped else text.encode())
    return path


def expected(network: dict, dialect: Dialect) -> dict:
    if dialect.weight is None:
        return dict.fromkeys(network, None)
    return {p: float(np.sign(w)) if dialect.weight in SIGNS else w for p, w in network.items()}


def as_read(dataset: Dataset) -> dict:
    net = dataset.net
    weights = net["weight"].tolist() if "weight" in net else [None] * len(net)
    return dict(zip(zip(net["source"], net["target"], strict=True), weights, strict=True))


def read(path: Path, **options) -> Dataset:
    return Dataset.from_frame(MATRIX, path, net_options=NetOptions(**options))


@settings(max_examples=150, deadline=None)
@given(
    network=st.dictionaries(
        st.sampled_from(PAIRS),
        st.sampled_from([-2.5, -1.0, -0.25, 0.5, 1.0, 3.25]),
        min_size=1,
        max_size=20,
    ),
    absent=st.lists(st.sampled_from(PAIRS), max_size=20, unique=True),
    dialect=dialects(),
)
def test_a_network_is_read_as_it_was_written_or_refused(network, absent, dialect):
    others = [pair for pair in absent if pair not in network]
    with tempfile.TemporaryDirectory() as folder:
        path = write(network, others, dialect, Path(folder))
        found, refused = {}, ""
        try:
            found = as_read(read(path))
        except DataError as error:
            refused = str(error)
        if refused:
            assert dialect.ends in (None, ("Gene1", "Gene2")), refused
            assert "--columns" in refused
            tf, target = dialect.ends or "12"
            found = as_read(read(path, columns=f"tf={tf},target={target}"))
        assert found == expected(network, dialect)
