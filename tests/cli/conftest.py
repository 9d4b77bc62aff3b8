"""The command line, run in this process."""

from __future__ import annotations

import sys

import pytest

from gpdht.cli import app as cli


@pytest.fixture
def gpdht_command(monkeypatch, capsys, tmp_path):
    """Run the command line in an empty folder; gives exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["gpdht", *arguments])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run
