from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from gpdht.data.dataset import Dataset
from gpdht.data.net_options import NetOptions
from gpdht.data.source import open_dataset
from gpdht.errors import DataError


def write_gene_by_cell_csv(folder: Path, small: Dataset, frame: pd.DataFrame) -> Path:
    frame.to_csv(folder / "matrix.csv")
    return folder / "matrix.csv"


def write_gzipped(folder: Path, small: Dataset, frame: pd.DataFrame) -> Path:
    frame.to_csv(folder / "matrix.csv.gz")
    return folder / "matrix.csv.gz"


def write_cell_by_gene_tsv(folder: Path, small: Dataset, frame: pd.DataFrame) -> Path:
    frame.T.to_csv(folder / "matrix.tsv", sep="\t")
    return folder / "matrix.tsv"


def write_r_table(folder: Path, small: Dataset, frame: pd.DataFrame) -> Path:
    """As R's write.table does: the header is one field short."""
    frame.to_csv(folder / "matrix.txt", sep="\t")
    path = folder / "matrix.txt"
    path.write_text(path.read_text().removeprefix("\t"))
    return path


def write_windows_csv(folder: Path, small: Dataset, frame: pd.DataFrame) -> Path:
    """Semicolons, a byte-order mark, CRLF and blanks around names."""
    named = frame.rename(index="{} ".format)
    named.to_csv(folder / "matrix.csv", sep=";", encoding="utf-8-sig", lineterminator="\r\n")
    return folder / "matrix.csv"


def write_parquet(folder: Path, small: Dataset, frame: pd.DataFrame) -> Path:
    frame.to_parquet(folder / "matrix.parquet")
    return folder / "matrix.parquet"


def write_parquet_without_index(folder: Path, small: Dataset, frame: pd.DataFrame) -> Path:
    frame.reset_index(names="gene").to_parquet(folder / "matrix.parquet")
    return folder / "matrix.parquet"


def write_h5ad(folder: Path, small: Dataset, frame: pd.DataFrame) -> Path:
    small.adata.write_h5ad(folder / "matrix.h5ad")
    return folder / "matrix.h5ad"


def write_dense_h5ad(folder: Path, small: Dataset, frame: pd.DataFrame) -> Path:
    adata = small.adata
    adata.X = adata.X.toarray()
    adata.write_h5ad(folder / "matrix.h5ad")
    return folder / "matrix.h5ad"


WRITERS = [
    write_gene_by_cell_csv,
    write_gzipped,
    write_cell_by_gene_tsv,
    write_r_table,
    write_windows_csv,
    write_parquet,
    write_parquet_without_index,
    write_h5ad,
    write_dense_h5ad,
]


@pytest.mark.parametrize("write", WRITERS, ids=lambda f: f.__name__)
def test_one_dataset_has_one_fingerprint_in_files_of_all_kinds(tmp_path, small, frame, write):
    path = write(tmp_path, small, frame)
    small.net.to_csv(tmp_path / "net.csv", index=False)
    found = open_dataset(path, net=tmp_path / "net.csv")
    assert found.fingerprint == small.fingerprint
    assert found.problems == ()
    assert found.name == "matrix"
    assert sparse.isspmatrix_csr(found.expression)
    assert found.expression.dtype == np.float32


def test_a_bl_folder_brings_matrix_edges_and_tfs(tmp_path, small, frame):
    folder = tmp_path / "Specific Dataset" / "mDC" / "TFs+500"
    folder.mkdir(parents=True)
    frame.to_csv(folder / "BL--ExpressionData.csv.gz")
    net = small.net.rename(columns={"source": "Gene1", "target": "Gene2", "weight": "Score"})
    net.to_csv(folder / "BL--network.csv", index=False)
    pd.DataFrame({"TF": [*small.tfs, "GENE05"], "index": range(5)}).to_csv(folder / "TF.csv")
    found = open_dataset(folder)
    assert found.name == "Specific Dataset/mDC/TFs+500"
    assert found.tfs.tolist() == [*small.tfs, "GENE05"]
    pd.testing.assert_frame_equal(found.net, small.net, check_dtype=False)


def test_a_network_folder_takes_the_matrix_of_the_specific_one(tmp_path, small, frame):
    home = tmp_path / "Specific Dataset" / "mDC" / "TFs+500"
    other = tmp_path / "STRING Dataset" / "mDC" / "TFs+500"
    home.mkdir(parents=True)
    other.mkdir(parents=True)
    frame.iloc[::-1].to_csv(home / "BL--ExpressionData.csv")  # another order of genes
    small.net.iloc[:9, :2].to_csv(other / "BL--network.csv", index=False)
    found = open_dataset(other)
    assert len(found.net) == 9
    assert found.genes.tolist() == small.genes[::-1].tolist()
    column = found.expression[:, found.gene_index["TF02"]].toarray().ravel()
    assert np.array_equal(column, frame.loc["TF02"].to_numpy())


@pytest.mark.parametrize("name", ["GroundTruthNetwork.csv", "refNetwork.csv"])
@pytest.mark.parametrize("up", [False, True])
def test_beelines_own_layout_has_its_net_beside_or_above(tmp_path, small, frame, name, up):
    folder = tmp_path / "GSD" / "ex1"
    folder.mkdir(parents=True)
    frame.to_csv(folder / "ExpressionData.csv")
    net = small.net.iloc[:, :2].set_axis(["Gene1", "Gene2"], axis=1).assign(Type="+")
    net.to_csv((folder.parent if up else folder) / name, index=False)
    found = open_dataset(folder)
    assert found.name == "GSD/ex1"
    assert (found.net["weight"] == 1).all()


def test_expression_alone_is_opened_to_look_at_and_for_nothing_else(tmp_path, small, frame):
    small.adata.write_h5ad(tmp_path / "matrix.h5ad")
    frame.to_csv(tmp_path / "matrix.csv")
    (tmp_path / "tfs.txt").write_text("TF01\nTF02\n")
    found = open_dataset(tmp_path / "matrix.h5ad", needs_net=False)
    listed = open_dataset(tmp_path / "matrix.csv", tfs=tmp_path / "tfs.txt", needs_net=False)
    for dataset, tfs in ((found, []), (listed, ["TF01", "TF02"])):
        assert dataset.matrix_fingerprint == small.matrix_fingerprint
        assert (len(dataset.net), dataset.tfs.tolist()) == (0, tfs)
        assert dataset.summary()["density"] is None
        assert "without known edges nothing can be trained" in dataset.problems[0].found
    with pytest.raises(DataError, match="nothing tells genes from cells"):
        open_dataset(tmp_path / "matrix.csv", needs_net=False)
    for options in ({}, {"needs_net": False, "net_options": NetOptions(min_weight=1)}):
        with pytest.raises(DataError, match="no edge list beside the expression matrix"):
            open_dataset(tmp_path / "matrix.h5ad", **options)


def test_a_given_net_is_taken_instead_of_the_folders_own(tmp_path, small, frame):
    frame.to_csv(tmp_path / "ExpressionData.csv")
    small.net.to_csv(tmp_path / "refNetwork.csv", index=False)
    small.net.iloc[:5].to_csv(tmp_path / "other.csv", index=False)
    assert len(open_dataset(tmp_path, net=tmp_path / "other.csv").net) == 5


def test_toy_is_scaled_by_its_arguments():
    found = open_dataset("toy:genes=60,tfs=5,cells=40,seed=3,noise=0.5")
    assert found.expression.shape == (40, 60)
    assert found.tfs.tolist() == ["TF01", "TF02", "TF03", "TF04", "TF05"]


def test_a_name_and_a_species_are_kept():
    found = open_dataset("toy", name="mine", species="human")
    assert (found.name, found.species) == ("mine", "human")


def test_upper_case_is_only_written_when_asked_for(tmp_path, small, frame):
    frame.rename(index=str.title, columns=str.lower).to_csv(tmp_path / "matrix.csv")
    small.net.to_csv(tmp_path / "net.csv", index=False)
    (tmp_path / "tfs.txt").write_text("tf01\ntf02\n")
    found = open_dataset(
        tmp_path / "matrix.csv",
        net=tmp_path / "net.csv",
        tfs=tmp_path / "tfs.txt",
        symbols="upper",
    )
    assert found.genes.tolist() == small.genes.tolist()
    assert found.cells.tolist() == [cell.lower() for cell in small.cells]
    assert len(found.net) == len(small.net)


def test_the_orientation_can_be_told(tmp_path, small):
    """Genes and cells share names here, so nothing can be guessed."""
    genes = small.genes.tolist()
    values = np.arange(900, dtype=float).reshape(30, 30) / 100
    pd.DataFrame(values, genes, genes).to_csv(tmp_path / "matrix.csv")
    small.net.to_csv(tmp_path / "net.csv", index=False)
    for orientation, expected in (("genes", values.T), ("cells", values)):
        found = open_dataset(
            tmp_path / "matrix.csv", net=tmp_path / "net.csv", orientation=orientation
        )
        assert np.allclose(found.expression.toarray(), expected)


def test_a_gene_called_na_is_a_gene(tmp_path, small, frame):
    frame.rename(index={"GENE01": "NA", "GENE02": "NAN"}).to_csv(tmp_path / "matrix.csv")
    net = small.net.replace({"GENE01": "NA", "GENE02": "NAN"})
    net.to_csv(tmp_path / "net.csv", index=False)
    found = open_dataset(tmp_path / "matrix.csv", net=tmp_path / "net.csv")
    assert {"NA", "NAN"} <= set(found.genes.tolist())
    assert len(found.net) == len(small.net)


def test_orthologs_that_are_no_file_are_refused():
    with pytest.raises(DataError, match="orthologs: expected a file, found a DataFrame"):
        open_dataset("toy", orthologs=pd.DataFrame())


@pytest.mark.parametrize("option", ["priors", "others"])
@pytest.mark.parametrize(
    ("places", "found"),
    [
        ("chip.csv", "a str"),
        (Path("chip.csv"), "a PosixPath"),
        (pd.DataFrame({"source": ["A"], "target": ["B"]}), "a DataFrame"),
        (["toy", pd.DataFrame()], "a DataFrame in it"),
    ],
)
def test_what_is_no_list_of_places_is_refused(option, places, found):
    with pytest.raises(DataError, match=f"{option}: .* found {found}. Write e.g. {option}="):
        open_dataset("toy:genes=30,tfs=4,cells=20", **{option: places})
