"""Tables on the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gpdht.presentation import WIDTH, Block


def block_console() -> Console:
    """The console of results; a file or a narrow terminal gets the width that tables need."""
    console = Console(highlight=False)
    if not console.is_terminal or console.width < WIDTH:
        console = Console(highlight=False, width=WIDTH)
    return console


def print_blocks(blocks: Iterable[Block], console: Console) -> None:
    """Each table with its title above and its note below."""
    for block in blocks:
        console.print(block.title, style="bold", markup=False) if block.title else None
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for i, name in enumerate(block.header):
            table.add_column(Text(name), justify="right" if i else "left", no_wrap=True)
        for row in block.rows:
            table.add_row(*map(Text, row))
        console.print(table)
        console.print(block.note, markup=False) if block.note else None
        console.print()
