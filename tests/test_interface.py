"""What users type is frozen here: a change of this file is a change for them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import typer

import gpdht as gp
from gpdht.cli.app import app

NET_OPTIONS = {"--columns", "--label-column", "--min-weight", "--only-tfs"}
MATRIX_OPTIONS = {
    "--layer",
    "--use-raw",
    "--gene-names",
    "--cells",
    "--duplicates",
    "--normalize",
    "--max-genes",
    "--max-cells",
}
DATA = {"data", "--net", "--tfs", "--symbols", "--orientation", *NET_OPTIONS, *MATRIX_OPTIONS}
KNOWLEDGE = {"--prior", "--orthologs", "--with"}
EDGES = {"--new", "--sign", "--min-precision", "--top-per-tf", "--top"}
SHIPPED = {"--species", "--evidence", "--orthologs", "--names"}
OPTIONS = {
    "inspect": {*DATA, *KNOWLEDGE, "--levels", "--json"},
    "config": {"--json"},
    "fit": {*DATA, *KNOWLEDGE, "--set", "--seed", "--device", "--scores", "--save", "--json"},
    "search": {
        *DATA,
        *KNOWLEDGE,
        "--space",
        "--name",
        "--trials",
        "--resume",
        "--warm-start",
        "--cpus-per-trial",
        "--gpus-per-trial",
        "--device",
        "--max-concurrent",
        "--trial-timeout",
        "--time-budget",
        "--gpu-budget",
        "--stop-when-flat",
        "--seed",
        "--replicates",
        "--address",
        "--storage",
        "--journal",
        "--dry-run",
        "--price-per-hour",
        "--tracking-uri",
        "--experiment",
        "--studies",
        "--json",
    },
    "submit": {"cluster", "words", "--shared", "--no-update", "--dry-run"},
    "compare": {
        *DATA,
        *KNOWLEDGE,
        "--out",
        "--models",
        "--splits",
        "--seeds",
        "--metric",
        "--set",
        "--cpus-per-trial",
        "--gpus-per-trial",
        "--device",
        "--max-concurrent",
        "--trial-timeout",
        "--address",
        "--tracking-uri",
        "--experiment",
        "--json",
    },
    "reproduce": {
        "what",
        *DATA,
        "--out",
        "--setting",
        "--seeds",
        "--cpus-per-trial",
        "--gpus-per-trial",
        "--device",
        "--max-concurrent",
        "--address",
        "--tracking-uri",
        "--experiment",
        "--json",
    },
    "status": {"study", "--watch", "--studies", "--json"},
    "trials": {"study", "--studies", "--top", "--json"},
    "studies": {"names", "--studies", "--json"},
    "sync": {"study", "--studies", "--tracking-uri", "--experiment", "--json"},
    "clean": {"names", "--runs", "--cache", "--yes", "-y", "--studies", "--tracking-uri", "--json"},
    "register": {
        "study",
        "--name",
        "--of",
        "--replicates",
        "--data",
        "--studies",
        "--device",
        "--tracking-uri",
        "--json",
    },
    "report": {"what", "--out", "-o", "--studies", "--tracking-uri", "--json"},
    "modules": {"edges", "--tfs", "--top", "--random", "--seed", "--output", "-o", "--json"},
    "conserved": {
        "one",
        "other",
        "--orthologs",
        "--pair",
        "--symbols",
        "--beyond",
        "--fdr",
        "--high",
        "--low",
        "--by",
        "--module",
        "--output",
        "-o",
        "--plot",
        "--page",
        "--json",
    },
    "evaluate": {"predicted", "truth", "--json"},
    "promote": {"name", "version", "--tracking-uri", "--json"},
    "predict": {
        "model",
        *DATA,
        *KNOWLEDGE,
        "--output",
        "-o",
        "--format",
        *EDGES,
        "--sources",
        "--retrain",
        "--device",
        "--tracking-uri",
        "--json",
    },
    "activity": {
        "network",
        *DATA,
        *EDGES,
        "--output",
        "-o",
        "--method",
        "--min-targets",
        "--tracking-uri",
        "--json",
    },
    "cluster list": {"--json"},
    "cluster export": {"folder"},
    "space list": {"--json"},
    "space show": {"file"},
    "space check": {"file", "--json"},
    "space sample": {"file", "-n", "--seed", "--json"},
    "data select": {
        "raw",
        *NET_OPTIONS,
        "--network",
        "--net",
        "--tfs",
        "--output",
        "-o",
        "--genes",
        "--p-value",
        "--symbols",
        "--expression",
        "--json",
    },
    "data download": {"what", "--output", "-o", "--record", "--json"},
    "priors list": {"--json"},
    "priors show": {"name", *SHIPPED, "--json"},
    "priors export": {"name", "--to", "--output", "-o", *SHIPPED, "--force", "--json"},
}
PYTHON = [
    "Comparison",
    "Config",
    "Conservation",
    "Dataset",
    "EdgeChoice",
    "GpdhtError",
    "MatrixOptions",
    "Model",
    "NetOptions",
    "Reproduction",
    "Space",
    "Study",
    "StudyTables",
    "TrialResult",
    "__version__",
    "compare",
    "conserved",
    "cross_validate",
    "estimate_activities",
    "evaluate",
    "find_modules",
    "fit",
    "load",
    "load_space",
    "make_folds",
    "make_pairs",
    "on_device",
    "open_comparison",
    "open_dataset",
    "open_study",
    "open_tracker",
    "plots",
    "predict",
    "promote",
    "read_edge_table",
    "refit",
    "register",
    "reproduce",
    "run_search",
    "run_trial",
    "study_charts",
    "to_anndata",
    "toy",
    "write_network",
    "write_report",
]


def commands(group=None, prefix="") -> dict:
    group = typer.main.get_command(app) if group is None else group
    found = {}
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            found |= commands(command, f"{prefix}{name} ")
        else:
            found[f"{prefix}{name}"] = command
    return found


def test_the_verbs_are_these():
    assert set(commands()) == set(OPTIONS)


@pytest.mark.parametrize("verb", OPTIONS)
def test_the_options_of_a_verb_are_these_and_each_is_explained(verb):
    command = commands()[verb]
    assert {option for p in command.params for option in p.opts} == OPTIONS[verb]
    assert command.help
    assert all(p.help for p in command.params)


def test_type_checkers_see_the_names_that_load():
    tree = ast.parse(Path(gp.__file__).read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.name: node.module.removeprefix("gpdht").removeprefix(".")
        for node in block.body
        for alias in node.names
    }
    assert seen == gp._HOMES


def test_the_names_of_the_package_are_these_and_all_load():
    assert sorted(gp.__all__) == PYTHON
    assert all(getattr(gp, name) is not None for name in PYTHON)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = gp.nothing
