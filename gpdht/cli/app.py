"""The `gpdht` command: one file per verb in this folder; here they meet."""

from __future__ import annotations

import os
import signal
import sys
from typing import Annotated

import typer

from gpdht import __version__
from gpdht.cli.activity import activity
from gpdht.cli.clean import clean
from gpdht.cli.cluster import cluster_app
from gpdht.cli.compare import compare
from gpdht.cli.conserved import conserved
from gpdht.cli.data import data_app
from gpdht.cli.evaluate import evaluate
from gpdht.cli.fit import fit
from gpdht.cli.inspect import inspect
from gpdht.cli.modules import modules
from gpdht.cli.predict import predict
from gpdht.cli.priors import priors_app
from gpdht.cli.promote import promote
from gpdht.cli.register import register
from gpdht.cli.report import report
from gpdht.cli.reproduce import reproduce
from gpdht.cli.search import search
from gpdht.cli.settings import config
from gpdht.cli.space import space_app
from gpdht.cli.status import status
from gpdht.cli.studies import studies
from gpdht.cli.submit import submit
from gpdht.cli.sync import sync
from gpdht.cli.trials import trials
from gpdht.errors import GpdhtError

app = typer.Typer(
    name="gpdht",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
VERBS = (
    inspect,
    config,
    fit,
    search,
    submit,
    status,
    trials,
    studies,
    clean,
    sync,
    compare,
    report,
    reproduce,
    register,
    promote,
    predict,
    activity,
    modules,
    conserved,
    evaluate,
)


def _print_version(asked: bool) -> None:
    if asked:
        print(__version__)
        raise typer.Exit


@app.callback()
def gpdht(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version and end."
        ),
    ] = False,
) -> None:
    """Search, score and use models that infer gene-regulatory networks."""


for verb in VERBS:
    app.command()(verb)
app.add_typer(space_app, name="space")
app.add_typer(cluster_app, name="cluster")
app.add_typer(data_app, name="data")
app.add_typer(priors_app, name="priors")


def main() -> None:
    """Run the command line; a user's error is one message on stderr and exit code 2."""
    # Read when torch is loaded: threads that wait for each other by spinning slow small models
    # down tenfold on a machine that is doing something else too.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # A polite kill is an interrupt: what is open, an MLflow run say, is closed on the way out.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app()
    except GpdhtError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(130)
