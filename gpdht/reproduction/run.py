"""Reproducing a table or a figure of the paper: what it needs is run once and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

import pandas as pd

from gpdht.comparison.printed_table import footer
from gpdht.comparison.result import Comparison
from gpdht.comparison.run import compare
from gpdht.data.dataset import Dataset
from gpdht.data.set_names import name_sets
from gpdht.errors import ConfigError, StudyError
from gpdht.models.catalogue import GROUPS
from gpdht.plots import save
from gpdht.presentation import Table
from gpdht.reproduction.artifact import SPLIT, Artifact
from gpdht.reproduction.figure2 import MODELS, draw_peers
from gpdht.reproduction.figures3_to_5 import draw_curves, draw_heat_maps, draw_networks
from gpdht.reproduction.table1 import count_sets, counts_table
from gpdht.reproduction.table2 import ENCODINGS, Setting, draw_encodings
from gpdht.tracking.provenance import versions

What = Literal["table1", "table2", "figure2", "figure3", "figure4", "figure5"]
"""What the paper prints and `reproduce` makes again."""

COMPARISON = "comparison"  # the folder inside the folder with the jobs that all of them share
CHARTS = (".svg", ".html")  # to print and to look into


@dataclass(frozen=True, eq=False)
class Reproduction:
    """A table or a figure of the paper, made again.

    Parameters
    ----------
    what : ``table1`` … ``figure5``.
    tables : the tables in print.
    table : the same figures as one tidy table, also in `FOLDER/WHAT.parquet`.
    about : pairs, folds, seeds, versions, command: a line each.
    files : everything that was written.
    """

    what: What
    tables: tuple[Table, ...]
    table: pd.DataFrame
    about: tuple[str, ...]
    files: tuple[Path, ...]

    def markdown(self) -> str:
        """As in `FOLDER/WHAT.md`."""
        about = "\n".join(f"- {line}" for line in self.about)
        return "\n\n".join([*(table.markdown() for table in self.tables), about]) + "\n"


def check_choice(what: str, setting: str) -> None:
    """Refuse what the paper has not, and a setting that there is not.

    Raises
    ------
    ConfigError
    """
    for name, value, known in (("what", what, get_args(What)), ("setting", setting, ENCODINGS)):
        if value not in known:
            raise ConfigError(f'{name} "{value}" cannot be reproduced; use {", ".join(known)}.')


def models_of(what: str, setting: str) -> tuple[str, ...]:
    """The models of a comparison that a table or figure needs; none for Table 1."""
    own = ENCODINGS[cast(Setting, setting)]
    needs: dict[str, tuple[str, ...]] = {
        "table1": (),
        "table2": (*own.values(), *GROUPS["label"]),
        "figure2": (*MODELS, *GROUPS["label"]),
    }
    return needs.get(what, (own["uniform"], *GROUPS["label"]))


def reproduce(
    what: What,
    datasets: Sequence[Dataset],
    *,
    out: str | Path,
    setting: Setting = "published",
    command: str | None = None,
    **options: Any,
) -> Reproduction:
    """A table or a figure of the paper on these sets, written into a folder.

    What has to be trained is a comparison in `out/comparison`, on random edges with all
    negatives, as in the paper; what is complete there is not trained again.

    Parameters
    ----------
    what : ``table1``, ``table2``, ``figure2``, …, ``figure5``.
    out : gets `WHAT.md`, `WHAT.parquet` and the charts as svg and html.
    setting : of GP-DHT: as published (see `gpdht.comparison.published`), or our defaults. Figure
        2 has both.
    options : of `compare`: `seeds`, `tracker`, `max_concurrent`, …

    Raises
    ------
    ConfigError
        For another table, figure or setting.
    GpdhtError, KeyboardInterrupt
        As `compare`.
    """
    check_choice(what, setting)
    sets = name_sets(datasets)
    folder = Path(out)
    models = models_of(what, setting)
    if not models:
        table = count_sets(sets)
        versions_line = ", ".join(f"{name} {text}" for name, text in versions().items())
        about = [f"versions: {versions_line}", *([f"command: {command}"] if command else [])]
        return _write(folder, what, Artifact((counts_table(table),), table), about)
    comparison = compare(
        datasets,
        models=models,
        splits=SPLIT,
        out=folder / COMPARISON,
        command=command,
        **options,
    )
    drawn = _draw(what, comparison, sets, setting)
    return _write(folder, what, drawn, footer(comparison))


def _draw(
    what: What, comparison: Comparison, sets: Mapping[str, Dataset], setting: Setting
) -> Artifact:
    if what == "table2":
        return draw_encodings(comparison, sets, setting)
    if what == "figure2":
        return draw_peers(comparison, sets)
    draw = {"figure3": draw_curves, "figure4": draw_networks, "figure5": draw_heat_maps}[what]
    return draw(comparison, sets, ENCODINGS[setting]["uniform"])


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudyError(f"{folder}: cannot be made ({error}); choose another --out.") from error


def _write(folder: Path, what: What, drawn: Artifact, about: Sequence[str]) -> Reproduction:
    _make(folder)
    files = []
    for name, chart in drawn.charts.items():
        for suffix in CHARTS:
            files.append(folder / f"{what}-{name}{suffix}")
            save(chart, files[-1])
    data, text = folder / f"{what}.parquet", folder / f"{what}.md"
    files += [data, text]
    drawn.table.to_parquet(data, index=False)
    made = Reproduction(what, drawn.tables, drawn.table, tuple(about), tuple(files))
    text.write_text(made.markdown())
    return made
