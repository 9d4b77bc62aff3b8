"""What verbs share that run trials or jobs: options of where, and what Ctrl-C leaves behind."""

from __future__ import annotations

import contextlib
import math
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from gpdht.errors import GpdhtError
from gpdht.presentation import count

AUTO: Any = "auto"
_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smh]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}


def _gpus(text: str) -> Any:
    """`auto`, or a number from 0."""
    if text == AUTO:
        return AUTO
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < math.inf:
        raise GpdhtError(
            f'--gpus-per-trial "{text}" is no number of GPUs; write auto, 0 for the CPU, 1, or a '
            "part such as 0.25."
        )
    return number


CpusOpt = Annotated[
    float, typer.Option("--cpus-per-trial", min=0.1, help="CPUs of each trial or job.")
]
GpusOpt = Annotated[
    Any,
    typer.Option(
        "--gpus-per-trial",
        metavar="auto|N",
        parser=_gpus,
        help="GPUs of each; 0.25: four on one; 0: the CPU; auto: what GPUs there are, in the "
        "smallest parts into which the largest configuration fits.",
    ),
]
DeviceOpt = Annotated[
    str | None,
    typer.Option(
        "--device",
        metavar="auto|cpu|cuda[:N]",
        help="What it runs on; else GPDHT_DEVICE, else auto: a GPU if there is one.",
    ),
]
MaxConcurrentOpt = Annotated[
    int | None,
    typer.Option(
        "--max-concurrent", min=1, help="Trials or jobs at once; else as many as there is room for."
    ),
]
TrialTimeoutOpt = Annotated[
    str | None,
    typer.Option(
        "--trial-timeout",
        metavar="2h|30m|SECONDS",
        help="A trial or job that takes longer has failed.",
    ),
]
AddressOpt = Annotated[
    str | None, typer.Option("--address", help="A Ray cluster (auto, HOST:PORT); else a local Ray.")
]
TrackingUriOpt = Annotated[
    str | None,
    typer.Option("--tracking-uri", help="MLflow server or database; else MLFLOW_TRACKING_URI."),
]
ExperimentOpt = Annotated[str, typer.Option("--experiment", help="MLflow experiment.")]
JsonOpt = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


def parse_seconds(text: str | None, option: str) -> float | None:
    """Seconds of `90`, `90s`, `30m`, `2h`; None of an option that is not given."""
    if text is None:
        return None
    match = _DURATION.fullmatch(text.strip())
    if not match or float(match[1]) == 0:
        raise GpdhtError(f'{option} "{text}" is no time; write e.g. 2h, 30m, or 90 (seconds).')
    return float(match[1]) * _SECONDS[match[2]]


def typed_command() -> str:
    """The command line as it can be typed again."""
    return shlex.join(["gpdht", *sys.argv[1:]])


@contextlib.contextmanager
def resumable(folder: Path) -> Iterator[None]:
    """On Ctrl-C, say how many jobs of the comparison in `folder` are kept and how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        ended = count(len(list(folder.glob("jobs/*.json"))), "job")
        print(
            f"Interrupted: the results of {ended} are kept. Resume with:\n  {typed_command()}",
            file=sys.stderr,
        )
        raise typer.Exit(130) from None
