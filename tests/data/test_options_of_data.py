"""A prior or other set that would need an option of the data is refused with what helps."""

from __future__ import annotations

import pandas as pd
import pytest

from gpdht.data.options_of_data import PRIOR, SET, advise
from gpdht.data.problems import Problem
from gpdht.data.source import open_dataset
from gpdht.data.toy import toy
from gpdht.errors import DataError

TOY = "toy:genes=30,tfs=4,cells=25"


@pytest.fixture
def net() -> pd.DataFrame:
    data = toy(genes=30, tfs=4, cells=25, seed=9)
    return data.net[["source", "target"]]


@pytest.mark.parametrize(
    ("columns", "message"),
    [(["a", "b"], "pass --columns tf="), (["target", "b"], "pass --columns tf=")],
)
def test_a_prior_with_unknown_columns_is_told_to_name_them(net, tmp_path, columns, message):
    net.set_axis(columns, axis=1).to_csv(tmp_path / "chip.csv", index=False)
    with pytest.raises(DataError, match=message) as error:
        open_dataset(TOY, priors=[tmp_path / "chip.csv"])
    assert str(error.value).endswith(PRIOR)
    net.to_csv(tmp_path / "chip.csv", index=False)
    assert open_dataset(TOY, priors=[tmp_path / "chip.csv"]).priors[0].name == "chip"


def test_a_label_that_a_prior_may_have_is_doubted_so(net, tmp_path):
    yes = [i % 2 for i in range(len(net))]
    net.assign(bound=yes).to_csv(tmp_path / "chip.csv", index=False)
    found = open_dataset(TOY, priors=[tmp_path / "chip.csv"])
    (doubt,) = [p for p in found.problems if "bound" in p.found]
    assert doubt.remedy.endswith(f"pass --label-column bound. {PRIOR}")


def test_a_matrix_alone_is_no_other_set(tmp_path):
    toy(genes=30, tfs=4, cells=25, seed=9).adata.write_h5ad(tmp_path / "x.h5ad")
    with pytest.raises(DataError, match="no edge list beside the expression matrix") as error:
        open_dataset(TOY, others=[tmp_path / "x.h5ad"])
    assert str(error.value).endswith(SET)


def test_other_advice_stays_as_it_is():
    problems = [Problem("warning", "x", "Nothing to do."), Problem("note", "y", "As --cells says.")]
    assert advise(problems[:1], SET) == problems[:1]
    assert advise(advise(problems, SET), SET) == advise(problems, SET)
