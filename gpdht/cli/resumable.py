"""Verbs over many jobs: the command as it was typed, and what Ctrl-C leaves behind."""

from __future__ import annotations

import contextlib
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import typer


def typed_command() -> str:
    """The command line, to be typed again."""
    return shlex.join(["gpdht", *sys.argv[1:]])


@contextlib.contextmanager
def resumable(folder: Path) -> Iterator[None]:
    """On Ctrl-C, say how many jobs of the comparison in `folder` are kept and how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        ended = len(list(folder.glob("jobs/*.json")))
        print(
            f"Interrupted: {ended} jobs have ended and are kept. Resume with:\n  {typed_command()}",
            file=sys.stderr,
        )
        raise typer.Exit(130) from None
