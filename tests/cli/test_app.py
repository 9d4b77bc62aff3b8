"""What all verbs share: how the command line ends."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

import gpdht as gp
from gpdht.cli import app as command_line
from gpdht.errors import DataError


def run_main(monkeypatch, action) -> int:
    monkeypatch.setattr(command_line, "app", action)
    monkeypatch.setattr(command_line.signal, "signal", lambda *_: None)
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    return ended.value.code


def test_a_users_error_is_one_message_and_exit_code_2(monkeypatch, capsys):
    def fail():
        raise DataError("3 genes are missing")

    assert run_main(monkeypatch, fail) == 2
    assert capsys.readouterr() == ("", "Error: 3 genes are missing\n")


def test_ctrl_c_ends_with_exit_code_130(monkeypatch, capsys):
    def interrupt():
        raise KeyboardInterrupt

    assert run_main(monkeypatch, interrupt) == 130
    assert capsys.readouterr().err == "Interrupted.\n"


def test_sigterm_lets_what_is_open_be_closed():
    code = """
        import os, signal
        from gpdht.cli import app as command_line
        def work():
            try:
                os.kill(os.getpid(), signal.SIGTERM)
                signal.pause()
            finally:
                print("closed")
        command_line.app = work
        command_line.main()
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (130, "closed\n")


def test_help_names_every_verb():
    done = subprocess.run(
        [sys.executable, "-m", "gpdht", "--help"], capture_output=True, text=True, check=True
    )
    for verb in ("inspect", "fit", "search", "trials", "register", "promote", "predict", "space"):
        assert verb in done.stdout


def test_the_version_is_that_of_the_package(gpdht_command):
    assert gpdht_command("--version") == (0, f"{gp.__version__}\n", "")
