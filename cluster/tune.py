"""`gpdht search` as a script, for `ray submit` and `ray job submit`.

usage: tune.py DATA --space FILE [any option of `gpdht search`]

It resumes the study if it exists, and uses the cluster it runs on; so it can be submitted again.
"""

from __future__ import annotations

import sys

from gpdht.cli.app import main


def search_arguments(given: list[str]) -> list[str]:
    """The arguments of `gpdht`: those given, resumable, on this cluster."""
    names = {argument.partition("=")[0] for argument in given}
    resume = [] if "--resume" in names else ["--resume"]
    address = [] if "--address" in names else ["--address", "auto"]
    return ["search", *given, *resume, *address]


if __name__ == "__main__":
    sys.argv = ["gpdht", *search_arguments(sys.argv[1:])]
    main()
