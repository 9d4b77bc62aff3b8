"""`gpdht search` as a script, for `ray submit` and `ray job submit`.

usage: tune.py DATA --space FILE [any option of `gpdht search`]

It resumes the study if it exists, and uses the cluster it runs on; so it can be submitted again.
"""

from __future__ import annotations

import sys

from gpdht.cli.app import main
from gpdht.execution.submission import resumable

if __name__ == "__main__":
    sys.argv = ["gpdht", "search", *resumable(sys.argv[1:])]
    main()
