"""`gpdht search --dry-run`: what was checked, in a table, and what the search would take."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from gpdht.cli.tables import print_tables, result_console
from gpdht.presentation import Table, count

if TYPE_CHECKING:
    from gpdht.search.preflight.run import Preflight


def try_search(data: Any, space: Any, options: dict[str, Any], *, as_json: bool) -> int:
    """Check a search and print what was found; the exit code."""
    from gpdht.search.preflight.run import preflight_search

    def tell(line: str) -> None:
        print(line, file=sys.stderr)

    found = preflight_search(data, space, tell=tell, **options)
    print(json.dumps(found.plain())) if as_json else _show(found)
    return 0 if found.passed else 2


def _show(found: Preflight) -> None:
    console = result_console()
    rows = [
        (check.name, check.state, " → ".join(filter(None, (check.found, check.remedy))))
        for check in found.checks
    ]
    print_tables([Table("", ("check", "state", "found"), rows, words=(0, 1, 2))], console)
    failed = sum(check.state == "failed" for check in found.checks)
    lines = found.estimate.lines if found.estimate else []
    end = (
        f"{count(failed, 'check')} failed; nothing was written."
        if failed
        else "Nothing was written."
    )
    console.print("\n".join([*lines, end]), markup=False, soft_wrap=True)
