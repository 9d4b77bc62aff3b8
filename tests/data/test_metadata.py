"""What describes genes or cells, among them in the matrix."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gpdht.data.dataset import Dataset
from gpdht.data.source import open_dataset


def add_row(frame: pd.DataFrame, name: str, values) -> pd.DataFrame:
    return pd.concat([pd.DataFrame([values], index=[name], columns=frame.columns), frame])


@pytest.mark.parametrize("name", ["Length", "length", "Start", "End", "Entrez_ID", "gene_length"])
@pytest.mark.parametrize("counts", [False, True])
def test_a_column_of_positions_is_no_cell(files, frame, small, name, counts):
    table = np.rint(100 * frame) if counts else frame
    changed = table.copy()
    changed.insert(0, name, np.arange(1000, 1000 + len(frame)))
    expected = Dataset.from_frame(table, small.net)
    changed.to_csv(files[0])
    found = open_dataset(files[0], net=files[1])
    assert found.fingerprint == expected.fingerprint
    assert any(f'left out of the expression: "{name}"' in item.found for item in found.problems)


@pytest.mark.parametrize(
    "name",
    [
        *("cluster", "n_counts", "nCount_RNA", "nFeature_RNA", "n_genes_by_counts", "percent.mt"),
        *("total_counts", "pct_counts_mt", "seurat_clusters", "leiden", "louvain_r0.5", "UMAP_1"),
        *("RNA_snn_res.0.8", "dpt_pseudotime", "Pseudotime", "S.Score", "doublet_score"),
    ],
)
@pytest.mark.parametrize("genes_first", [True, False])
def test_what_is_known_of_cells_is_no_gene(files, frame, small, name, genes_first):
    changed = add_row(frame, name, np.arange(25) % 5 / 2)
    (changed if genes_first else changed.T).to_csv(files[0])
    found = open_dataset(files[0], net=files[1])
    assert found.fingerprint == small.fingerprint
    (problem,) = found.problems
    assert problem.severity == "repaired"
    assert f'1 column or line describes cells, left out of the expression: "{name}"' in (
        problem.found
    )


def test_values_below_zero_of_what_describes_cells_are_no_error(files, frame, small):
    add_row(frame, "umap_2", np.linspace(-3, 3, 25)).to_csv(files[0])
    assert open_dataset(files[0], net=files[1]).fingerprint == small.fingerprint


def test_two_of_one_name_are_both_left_out(files, frame, small):
    changed = add_row(add_row(frame, "n_counts", np.arange(25)), "n_counts", np.arange(25))
    changed.to_csv(files[0])
    assert open_dataset(files[0], net=files[1]).fingerprint == small.fingerprint


def test_a_line_of_totals_is_no_gene(files, frame, small):
    pd.concat([frame, frame.sum().to_frame("Total").T]).to_csv(files[0])
    assert open_dataset(files[0], net=files[1]).fingerprint == small.fingerprint


@pytest.mark.parametrize("name", ["Unnamed: 0", "index", "level_0", "X"])
@pytest.mark.parametrize("genes_first", [True, False])
def test_numbers_that_a_table_was_written_with_are_no_expression(
    files, frame, small, name, genes_first
):
    changed = frame if genes_first else frame.T
    changed = changed.copy()
    changed.insert(0, name, range(len(changed)))
    changed.to_csv(files[0])
    found = open_dataset(files[0], net=files[1])
    assert found.fingerprint == small.fingerprint
    assert f'left out of the expression: "{name}"' in found.problems[0].found


@pytest.mark.parametrize("name", ["__no_feature", "N_unmapped", "N_multimapping", "__ambiguous"])
def test_reads_that_no_gene_has_are_no_gene(files, frame, small, name):
    """Rows of HTSeq and STAR; they would count into the total of each cell."""
    counts = np.rint(100 * frame)
    add_row(counts, name, np.arange(25) + 1e5).to_csv(files[0])
    found = open_dataset(files[0], net=files[1])
    assert found.fingerprint == Dataset.from_frame(counts, small.net).fingerprint


@pytest.mark.parametrize("name", ["END", "CLUSTER", "AGE", "STAR", "Length", "CHRD", "STRAP"])
def test_a_gene_of_the_edge_list_is_always_a_gene(files, frame, small, name):
    changed = frame.rename(index={"GENE03": name})
    changed.loc[name] = np.arange(25)
    changed.to_csv(files[0])
    net = small.net.replace({"GENE03": name})
    net.to_csv(files[1], index=False)
    found = open_dataset(files[0], net=files[1])
    assert name in found.genes
    assert len(found.net) == len(small.net)
    assert found.num_cells == 25


@pytest.mark.parametrize("name", ["END", "STAR", "CHRD", "LENG8", "CLUH", "PCNA", "SEX"])
def test_a_gene_that_only_sounds_like_metadata_stays(files, frame, small, name):
    used = {*small.net["source"], *small.net["target"]}
    free = next(gene for gene in small.genes.tolist() if gene not in used)
    frame.rename(index={free: name}).to_csv(files[0])
    found = open_dataset(files[0], net=files[1])
    assert found.num_genes == small.num_genes
    assert name in found.genes


def test_cells_with_names_of_positions_but_values_of_cells_are_kept_and_doubted(files, frame):
    frame.rename(columns={"CELL03": "Start", "CELL04": "End"}).to_csv(files[0])
    found = open_dataset(files[0], net=files[1])
    assert found.num_cells == 25
    (problem,) = found.problems
    assert problem.severity == "warning"
    assert '2 cells have names of what describes cells, e.g. "Start", and kept' in problem.found


def test_a_batch_is_left_out_where_its_values_are_of_another_kind(files, frame, small):
    add_row(frame, "batch", [1, 2, 3, 4, 5] * 5).to_csv(files[0])
    assert open_dataset(files[0], net=files[1]).fingerprint == small.fingerprint
    add_row(frame, "batch", frame.iloc[3].to_numpy()).to_csv(files[0])
    found = open_dataset(files[0], net=files[1])
    assert "batch" in found.genes
    assert '1 gene has the name of what describes genes, e.g. "batch"' in found.problems[0].found
