"""Progress that reads well in a log and on a terminal."""

from __future__ import annotations

import io
import math
import sys
import types

from rich.console import Console

from gpdht.execution.notebook_output import NotebookOutput
from gpdht.execution.progress import Progress, short_values


def follow(*, terminal: bool, shown: bool = True, heartbeat_s: float = 60.0) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=100)
    with Progress(
        3, "val/auprc", shown=shown, console=console, heartbeat_s=heartbeat_s
    ) as progress:
        progress.resumed(["complete"], ("trial 0", 0.4))
        progress.started("trial 1", "tau=0.25")
        progress.epoch("trial 1", 7, 0.5)
        progress.started("toy edge seed 0 tf_rate")
        progress.tick()
        progress.finished("trial 1", "complete", 0.51, 12.3)
        progress.finished("toy edge seed 0 tf_rate", "failed", math.nan, 0.04, "no memory [left]")
    return file.getvalue()


def test_a_log_gets_one_plain_line_per_trial():
    assert follow(terminal=False).splitlines() == [
        "[2/3] trial 1 complete  val/auprc 0.5100  12 s",
        "[3/3] toy edge seed 0 tf_rate failed  0.0 s  no memory [left]",
    ]


def test_a_quiet_log_gets_a_heartbeat():
    first = follow(terminal=False, heartbeat_s=0.0).splitlines()[0]
    assert first.startswith("[1/3] 0.0 min; 1 complete; best val/auprc 0.4000 (trial 0)")
    assert first.endswith("running: trial 1 epoch 7, toy edge seed 0 tf_rate (0 s)")


def test_a_terminal_gets_a_live_table_and_the_same_lines():
    text = follow(terminal=True)
    assert "trial 1 complete" in text
    assert "2 complete, 1 failed; best val/auprc 0.5100 (trial 1)" in text
    assert "\x1b[" in text


def test_quiet_is_quiet():
    assert follow(terminal=False, shown=False) == ""
    assert follow(terminal=True, shown=False) == ""


def test_values_are_named_by_the_last_part_of_their_path_where_that_is_clear():
    values = {"encoder.heads": 4, "model.heads": 2, "encoder.tau": 0.123456}
    assert short_values(values) == "encoder.heads=4 model.heads=2 tau=0.123"


def test_the_best_of_a_score_that_is_better_when_lower_is_the_lowest():
    file = io.StringIO()
    console = Console(file=file, width=100)
    with Progress(4, "val/brier", console=console, heartbeat_s=0.0) as progress:
        for number, value in enumerate((0.3, 0.1, 0.2)):
            progress.finished(f"trial {number}", "complete", value, 1.0)
        progress.tick()
    assert "best val/brier 0.1000 (trial 1)" in file.getvalue()


class FakeDisplay:
    """IPython's display: what a cell's outputs have shown, in order."""

    def __init__(self):
        self.updated, self.printed = [], []

    def display(self, data, *, raw=False, display_id=False, **_):
        if not display_id:
            self.printed.append(data)
            return None
        return self

    def update(self, data, *, raw):
        self.updated.append(data["text/plain"])


def test_a_notebook_gets_one_output_that_is_written_again_and_a_line_for_a_failure(monkeypatch):
    cell, module = FakeDisplay(), types.ModuleType("IPython.display")
    module.display = cell.display
    monkeypatch.setitem(sys.modules, "IPython", types.ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    monkeypatch.setattr(NotebookOutput, "is_due", lambda _: True)
    monkeypatch.setattr(Console, "print", lambda self, *what, **_: said(self, cell, what))
    with Progress(3, "val/auprc", console=Console(force_jupyter=True)) as progress:
        progress.started("trial 0", "tau=0.25")
        progress.epoch("trial 0", 7, 0.5)
        progress.finished("trial 0", "complete", 0.51, 12.3)
        progress.finished("trial 1", "failed", math.nan, 0.04, "no memory")
    assert any("tau=0.25" in text and "0.5000" in text for text in cell.updated)
    assert cell.updated[-1].startswith("2/3 trials")
    assert "tau=0.25" not in cell.updated[-1]
    (line,) = cell.printed
    assert line == "[2/3] trial 1 failed  0.0 s  no memory"


PRINT = Console.print


def said(console, cell, what):
    """To a file as ever; in a notebook, to the cell."""
    if console.is_jupyter:
        cell.printed.extend(what)
    else:
        PRINT(console, *what)
