"""What users say about a matrix: layer, raw values, names, cells, duplicates."""

from __future__ import annotations

from contextlib import suppress

import anndata
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpdht.data.cell_query import choose_cells
from gpdht.data.dataset import Dataset
from gpdht.data.duplicates import merge_duplicates
from gpdht.data.matrices import Matrix
from gpdht.data.matrix_options import MatrixOptions
from gpdht.data.source import open_dataset
from gpdht.data.symbols import dates_of, restored
from gpdht.errors import DataError

COUNTS = np.array([[5, 1, 0], [20, 3, 2], [1, 1, 1], [0, 7, 2]], dtype=np.float32)
NET = pd.DataFrame({"source": ["SOX2"], "target": ["KLF4"]})


@pytest.fixture
def cells(tmp_path):
    """An AnnData on disk with layers, raw values, Ensembl ids and two cell types."""
    obs = pd.DataFrame(
        {"cell_type": pd.Categorical(["HSC", "MPP", "HSC", "B cell"]), "n genes": [2, 3, 3, 2]},
        index=["c1", "c2", "c3", "c4"],
    )
    var = pd.DataFrame({"symbol": ["SOX2", "NANOG", "KLF4"]}, index=["E1", "E2", "E3"])
    adata = anndata.AnnData(np.log1p(COUNTS), obs=obs, var=var)
    more = var.copy()
    more.loc["E4"] = "MYC"
    adata.raw = anndata.AnnData(np.hstack([COUNTS, COUNTS[:, :1]]), obs=obs, var=more)
    adata.layers["counts"] = COUNTS
    adata.write_h5ad(tmp_path / "cells.h5ad")
    NET.to_csv(tmp_path / "net.csv", index=False)
    return tmp_path / "cells.h5ad"


def opened(path, **options) -> Dataset:
    return open_dataset(
        path,
        net=path.with_name("net.csv"),
        matrix_options=MatrixOptions(gene_names="symbol", **options),
    )


def notes(dataset: Dataset) -> list[str]:
    return [item.found for item in dataset.problems if item.severity == "note"]


def test_x_is_read_without_being_told(cells):
    found = opened(cells)
    assert np.allclose(found.expression.toarray(), np.log1p(COUNTS))
    assert found.genes.tolist() == ["SOX2", "NANOG", "KLF4"]
    assert notes(found) == ['cells.h5ad: gene names are those of the column "symbol", e.g. "SOX2"']


def test_a_layer_is_read_and_said(cells):
    found = opened(cells, layer="counts", normalize="none")
    assert np.array_equal(found.expression.toarray(), COUNTS)
    assert 'cells.h5ad: the layer "counts" was read' in notes(found)


def test_raw_values_bring_genes_of_their_own(cells):
    found = opened(cells, use_raw=True, normalize="none")
    assert found.genes.tolist() == ["SOX2", "NANOG", "KLF4", "MYC"]
    assert np.array_equal(found.expression.toarray()[:, :3], COUNTS)
    assert "cells.h5ad: raw values were read" in notes(found)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('cell_type == "HSC"', ["c1", "c3"]),
        ("cell_type in ['MPP', 'B cell']", ["c2", "c4"]),
        ("`n genes` > 2 and not cell_type == 'MPP'", ["c3"]),
        ("(`n genes` >= 3) | (cell_type == 'B cell')", ["c2", "c3", "c4"]),
        ("2 < `n genes` <= 3", ["c2", "c3"]),
    ],
)
def test_cells_are_chosen_by_what_is_known_of_them(cells, query, expected):
    found = opened(cells, cells=query)
    assert found.cells.tolist() == expected
    assert f"{len(expected)} of 4 cells were chosen by" in notes(found)[-1]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("cell_type.str.len() > 1", "has a Call; expected comparisons"),
        ("__import__('os').system('touch x')", "has a Call"),
        ("cell_type.values == 1", "has a Attribute"),
        ("@cells == 1", "is no expression"),
        ("cell_type == @cells", "has a BinOp|has a MatMult|is no expression"),
        ("cell_type[0] == 'HSC'", "has a Subscript"),
        ("[x for x in cell_type]", "has a ListComp"),
        ("lambda: 0", "has a Lambda"),
        ("x := 1", "is no expression"),
        ("cell_type = 'HSC'", "is no expression"),
        ('"`" == cell_type.map(print) == "`"', "has a Call"),
        ("cell_type == 'HSC'\nimport os", "is no expression"),
        ("", "is no expression"),
        ("cell_type", "is no comparison"),
        ("1", "is no comparison"),
        ("`n genes` > 'a'", "cannot be asked"),
        ("type == 'HSC'", 'cannot be asked .* the columns of cells are: "cell_type", "n genes"'),
        ("cell_type == 'T'", r'holds for 0 of 4 cells; "cell_type" has HSC, MPP, B cell'),
    ],
)
def test_a_query_that_is_no_comparison_of_columns_is_refused(cells, query, message):
    with pytest.raises(DataError, match=message):
        opened(cells, cells=query)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab`'\"()[]. =<>@|&~1_,\n", max_size=20))
def test_any_query_gives_cells_or_a_data_error(query):
    frame = pd.DataFrame({"a": [1, 2], "b b": ["x", "y"]})
    matrix = Matrix(np.eye(2), ["c1", "c2"], ["g1", "g2"], "x", row_table=frame)
    with suppress(DataError):
        assert 1 <= len(choose_cells(matrix, query).rows) <= 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layer": "raw"}, 'no layer "raw"; the layers are: "counts"'),
        ({"layer": "counts", "use_raw": True}, "expected one of them"),
        ({"duplicates": "mean"}, "use one of error, sum, first"),
    ],
)
def test_what_is_not_there_is_named(cells, options, message):
    with pytest.raises(DataError, match=message):
        opened(cells, **options)


def test_gene_names_that_stand_elsewhere_are_pointed_to(cells):
    with pytest.raises(DataError, match=r'2 of them stand in the column "symbol" .* --gene-names'):
        open_dataset(cells, net=cells.with_name("net.csv"))
    with pytest.raises(DataError, match=r'no column "name" .* the columns are: "symbol"'):
        open_dataset(
            cells, net=cells.with_name("net.csv"), matrix_options=MatrixOptions(gene_names="name")
        )


@pytest.mark.parametrize("options", [{"layer": "counts"}, {"use_raw": True}])
def test_a_text_table_has_no_layers(files, options):
    with pytest.raises(DataError, match="only AnnData and loom files have layers"):
        open_dataset(files[0], net=files[1], matrix_options=MatrixOptions(**options))


def test_an_anndata_in_memory_takes_the_same_options(cells):
    options = MatrixOptions(gene_names="symbol", cells="cell_type == 'HSC'", use_raw=True)
    found = Dataset.from_anndata(anndata.read_h5ad(cells), NET, matrix_options=options)
    assert found.fingerprint == opened(cells, cells=options.cells, use_raw=True).fingerprint


def of(values, genes) -> Matrix:
    return Matrix(np.array(values, dtype=np.float32), ["c1", "c2"], genes, "x.csv")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 9)), min_size=1, max_size=9))
def test_duplicates_are_summed_or_the_first_is_kept(genes):
    """Oracle: a dictionary, gene by gene."""
    names, counts = [name for name, _ in genes], [count for _, count in genes]
    total: dict[str, int] = {}
    for name, count in genes:
        total[name] = total.get(name, 0) + count
    first = dict(reversed(genes))
    matrix = of([counts, counts[::-1]], names)
    for how, expected in (("sum", total), ("first", first)):
        found = merge_duplicates(matrix, how)
        dense = found.values if isinstance(found.values, np.ndarray) else found.values.toarray()
        assert found.columns == list(dict.fromkeys(names))
        assert dict(zip(found.columns, dense[0].tolist(), strict=True)) == expected


def test_duplicates_are_refused_with_both_ways_out():
    with pytest.raises(DataError, match=r'"a" \(2 times\).* --duplicates sum .* first'):
        merge_duplicates(of([[1, 2], [3, 4]], ["a", "a"]), "error")


def test_sums_of_logarithms_are_doubted():
    found = merge_duplicates(of([[1.5, 2], [3, 4]], ["a", "a"]), "sum")
    assert found.problems[0].severity == "warning"
    assert "Sums of logarithms are too high" in found.problems[0].remedy


@pytest.mark.parametrize("how", ["error", "sum", "first"])
@pytest.mark.parametrize("name", ["1-Mar", "2024-03-01", "45352", "3/1/2024", "Mar-01"])
def test_dates_are_different_genes_and_never_summed(how, name):
    with pytest.raises(
        DataError, match=r"date that Excel made of different .* MARCH1 or MARCHF1.* Do not sum"
    ):
        merge_duplicates(of(np.eye(2, 5), [name, name, "SOX2", "KLF4", "MYC"]), how)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2024-03-01", ("MARCH1", "MARCHF1")),
        ("2007-09-07 00:00:00", ("SEP7", "SEPTIN7")),
        ("9/2/2019", ("SEP2", "SEPTIN2")),
        ("1-Mar-24", ("MARCH1", "MARCHF1")),
        ("2024-13-01", ()),
        ("45352", ()),
    ],
)
def test_more_dates_tell_which_gene_they_were(name, expected):
    assert restored(name) == expected


def test_the_number_of_a_day_is_a_date_only_among_names():
    """Excel's day 45352 is 1 March 2024; an Entrez number stays a gene."""
    assert dates_of(["45352"], among=["45352", "SOX2", "KLF4"]) == {"45352": ("MARCH1", "MARCHF1")}
    assert dates_of(["45352"], among=["45352", "7157", "4609"]) == {}
    assert dates_of(["999"], among=["999", "SOX2", "KLF4"]) == {}


def test_names_compared_in_upper_case_are_said(files, frame, small):
    frame.rename(index=str.title).to_csv(files[0])
    found = open_dataset(files[0], net=files[1], symbols="upper")
    assert found.fingerprint == small.fingerprint
    assert notes(found) == [
        'matrix.csv: 30 gene names were compared in upper case, e.g. "Tf01" as "TF01"'
    ]


def test_an_anndata_of_genes_by_cells_is_told_to_be_turned(tmp_path, files, small):
    small.adata.T.write_h5ad(tmp_path / "turned.h5ad")
    with pytest.raises(DataError, match=r"cells and 0 genes have the name .* --orientation genes"):
        open_dataset(tmp_path / "turned.h5ad", net=files[1])
    found = open_dataset(tmp_path / "turned.h5ad", net=files[1], orientation="genes")
    assert found.fingerprint == small.fingerprint


def test_a_gene_without_a_symbol_keeps_its_own_name(cells):
    adata = anndata.read_h5ad(cells)
    adata.var["symbol"] = pd.Categorical(["SOX2", None, "KLF4"])
    found = Dataset.from_anndata(adata, NET, matrix_options=MatrixOptions(gene_names="symbol"))
    assert found.genes.tolist() == ["SOX2", "E2", "KLF4"]
    assert "of 1 gene there is none, so the own name stays" in notes(found)[0]


def test_scaled_values_point_to_raw_ones_and_layers(cells):
    adata = anndata.read_h5ad(cells)
    adata.X = adata.X - 1
    with pytest.raises(DataError, match=r"are negative .* --use-raw, or --layer NAME"):
        Dataset.from_anndata(adata, NET, matrix_options=MatrixOptions(gene_names="symbol"))
