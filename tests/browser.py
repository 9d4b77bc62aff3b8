"""A page as a real browser without a network sees it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
needs_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")


def visit(url: str, folder: Path, *, width: int = 1400) -> tuple[str, list[str]]:
    """The page's elements once its scripts have run, and what its console complains of.

    No name is looked up; loopback addresses work.
    """
    command = [
        str(BROWSER),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        f"--user-data-dir={folder / 'profile'}",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        f"--window-size={width},4000",
        "--virtual-time-budget=20000",
        "--enable-logging=stderr",
        "--dump-dom",
        url,
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=240, check=True, env=dict(os.environ)
    )
    complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return done.stdout, [line for line in complaints if "WARN" not in line]
