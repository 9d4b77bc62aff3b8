"""Where jobs run and are tracked: the options that the verbs over many jobs share."""

from __future__ import annotations

from typing import Annotated

import typer

CpusOpt = Annotated[float, typer.Option("--cpus-per-trial", min=0.1, help="CPUs of each job.")]
GpusOpt = Annotated[
    float, typer.Option("--gpus-per-trial", min=0, help="GPUs of each; 0.25: four on one.")
]
MaxConcurrentOpt = Annotated[
    int | None,
    typer.Option(
        "--max-concurrent", min=1, help="Jobs at once; else as many as there is room for."
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
