from __future__ import annotations

import pytest

from gpdht.data.tf_lists import read_tfs
from gpdht.errors import DataError


@pytest.mark.parametrize(
    "text", ["A\nB\nA\n", "TF\nA\nB\n", ",TF,index\n0,A,7\n1,B,3\n", "TF\tSources\nA\tx|y\nB\tx\n"]
)
def test_tf_lists_come_with_and_without_a_header(tmp_path, text):
    (tmp_path / "tfs.csv").write_text(text)
    assert read_tfs(tmp_path / "tfs.csv") == (["A", "B"], [])


def test_genes_that_a_table_says_are_no_tfs_are_left_out(tmp_path):
    """The columns of Lambert et al. 2018, *Cell* 172:650."""
    path = tmp_path / "tfs.csv"
    path.write_text(
        ",Ensembl ID,HGNC symbol,DBD,Is TF?\n0,E1,A,C2H2,Yes\n1,E2,B,HMG,No\n2,E3,C,,Yes\n"
    )
    names, (problem,) = read_tfs(path)
    assert names == ["A", "C"]
    assert '1 of 3 genes are no TFs by the column "Is TF?", e.g. "B"' in problem.found


def test_a_table_that_says_it_of_no_gene_clearly_is_refused(tmp_path):
    (tmp_path / "tfs.csv").write_text("TF,Is TF?\nA,Yes\nB,likely\n")
    with pytest.raises(DataError, match=r'"Is TF.*1 of 2 values are neither yes nor no.*"likely"'):
        read_tfs(tmp_path / "tfs.csv")


def test_a_list_without_a_name_is_refused(tmp_path):
    (tmp_path / "tfs.csv").write_text("TF,Is TF?\nA,No\n")
    with pytest.raises(DataError, match="0 TFs"):
        read_tfs(tmp_path / "tfs.csv")
