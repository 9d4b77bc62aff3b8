"""Tables on the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from gpdht.presentation import WIDTH, Table

FILE_WIDTH = 160


def result_console() -> Console:
    """The console of results: wide in a file, and never narrower than tables need."""
    console = Console(highlight=False)
    if not console.is_terminal:
        return Console(highlight=False, width=FILE_WIDTH)
    return console if console.width >= WIDTH else Console(highlight=False, width=WIDTH)


def print_tables(tables: Iterable[Table], console: Console) -> None:
    """Each table with its title above and its note below, in parts where it is too wide."""
    for table in (part for whole in tables for part in whole.cut(console.width)):
        if table.title:
            console.print(table.title, style="bold", markup=False)
        shown = RichTable(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for i, name in enumerate(table.header):
            side = "left" if i in table.words else "right"
            shown.add_column(Text(name), justify=side, overflow="fold")  # type: ignore[arg-type]
        for row in table.rows:
            shown.add_row(*map(Text, row))
        console.print(shown)
        if table.note:
            console.print(table.note, markup=False)
        console.print()
