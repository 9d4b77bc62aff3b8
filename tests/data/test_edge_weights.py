"""What weights and signs say, in numbers and in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gpdht.data.edges import read_edges
from gpdht.data.net_options import NetOptions
from gpdht.data.source import open_dataset
from gpdht.errors import DataError


def weights(tmp_path, text: str, **options):
    path = tmp_path / "net.csv"
    path.write_text(text)
    edges, problems = read_edges(path, {"A", "B", "C"}, NetOptions(**options))
    return edges["weight"].tolist() if "weight" in edges else None, problems


@pytest.mark.parametrize("column", ["mor", "Type", "sign", "weight", "effect", "regulation"])
@pytest.mark.parametrize(
    ("plus", "minus"),
    [
        ("+", "-"),
        ("1", "-1"),
        ("+1", "−1"),
        ("activation", "repression"),
        ("Activator", "Inhibitor"),
        ("stimulation", "inhibition"),
        ("positive", "negative"),
        ("->", "-|"),
        ("up", "down"),
    ],
)
def test_signs_are_kept_in_numbers_and_words(tmp_path, column, plus, minus):
    text = f"source,target,{column}\nA,B,{plus}\nA,C,{minus}\nB,C,{plus}\n"
    assert weights(tmp_path, text) == ([1, -1, 1], [])


def test_a_column_of_signs_gives_the_weights_their_sign(tmp_path):
    text = "TF,target,score,type\nA,B,0.5,activation\nA,C,2,repression\n"
    assert weights(tmp_path, text) == ([0.5, -2], [])


def test_weights_with_signs_of_their_own_keep_them(tmp_path):
    text = "TF,target,score,type\nA,B,-0.5,+\nA,C,2,+\n"
    assert weights(tmp_path, text) == ([-0.5, 2], [])


def test_an_edge_of_unknown_sign_counts_as_activating_and_is_named(tmp_path):
    text = "source,target,Type\nA,B,Activation\nA,C,Unknown\nB,C,Repression\n"
    found, (problem,) = weights(tmp_path, text)
    assert found == [1, 1, -1]
    assert '1 edge has no sign, e.g. "Unknown"' in problem.found


def test_a_column_type_that_says_no_sign_is_not_read_and_said(tmp_path):
    found, (problem,) = weights(tmp_path, "source,target,score,type\nA,B,2,chip\nA,C,3,motif\n")
    assert found == [2, 3]
    assert '0 of 2 values of "type" are signs, e.g. "chip"' in problem.found


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_decimal_comma_is_read_where_it_is_clear(tmp_path, delimiter):
    rows = [
        ("source", "target", "weight"),
        ("A", "B", "0,125"),
        ("A", "C", "-2,5"),
        ("B", "C", "3"),
    ]
    text = "\n".join(delimiter.join(row) for row in rows)
    assert weights(tmp_path, text) == ([0.125, -2.5, 3], [])


@pytest.mark.parametrize(
    "numbers", [("1,234", "2,345"), ("1,234", "7"), ("1.234,5", "2,5"), ("0,5", "0.5")]
)
def test_a_comma_that_may_stand_for_thousands_is_refused(tmp_path, numbers):
    one, two = numbers
    with pytest.raises(DataError, match=r"weights have a comma, .*thousands or for decimals"):
        weights(tmp_path, f"source;target;weight\nA;B;{one}\nA;C;{two}\n")


def test_infinite_weights_are_no_weights(tmp_path):
    found, (problem,) = weights(tmp_path, "source,target,weight\nA,B,inf\nA,C,1\n")
    assert found is None
    assert "the weight of 1 edge is no number, e.g. that of A → B" in problem.found


def test_a_weight_is_left_unread_when_that_is_said(tmp_path):
    text = "source,target,weight,type\nA,B,0,+\nA,C,0.5,-\n"
    assert weights(tmp_path, text, columns="weight=none") == (None, [])
    assert weights(tmp_path, text, columns="weight=type") == ([1, -1], [])


def test_a_pair_with_both_signs_is_reported_and_the_first_kept(files, small):
    one = small.net.iloc[0]
    net = pd.concat([small.net, pd.DataFrame([one.to_dict() | {"weight": -one.weight}])])
    net.to_csv(files[1], index=False)
    found = open_dataset(files[0], net=files[1])
    assert np.array_equal(found.net["weight"], small.net["weight"])
    contradiction = found.problems[-1]
    assert contradiction.severity == "warning"
    assert f"1 pair has both signs, e.g. {one.source} → {one.target}" in contradiction.found
