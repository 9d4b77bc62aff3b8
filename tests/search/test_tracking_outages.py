"""The tracking server goes away during a search; afterwards it shows everything once."""

from __future__ import annotations

import json
import shutil
import threading
import time
from pathlib import Path

import pytest
import servers
from fake_trials import fake_trial
from small_inputs import SPACE, tiny_dataset
from tracker_views import view_study, view_trials
from typer.testing import CliRunner

from gpdht.cli.app import app
from gpdht.search.run import run_search
from gpdht.search.standing import standing_of
from gpdht.search.study import Study, open_study
from gpdht.tracking import open_tracker

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("small_ray")]

TRIALS = 8


@pytest.fixture
def server(tmp_path, blank_database):
    """An MLflow server on sqlite."""
    shutil.copy(blank_database, tmp_path / "mlflow.db")
    with servers.mlflow_server(tmp_path, f"sqlite:///{tmp_path}/mlflow.db") as server:
        yield server


def search(
    folder: Path, server: servers.Server | None, *, wait_for: Path, trials: int = TRIALS, **options
) -> Study:
    """A search whose trials wait in their third epoch for a file; tracked if there is a server."""
    tracked = {}
    if server is not None:
        address = servers.address_of(server)
        tracker = open_tracker(address, "e")
        tracker.outbox.retry_s = 0.5
        tracked = {"tracker": tracker}
    return run_search(
        tiny_dataset(),
        SPACE,
        name="s",
        studies=folder,
        trials=trials,
        max_concurrent=2,
        progress=False,
        trial=fake_trial(epochs=6, sleep_s=0.05, wait_for=str(wait_for)),
        **tracked,
        **options,
    )


def when_trials_run(folder: Path, act) -> threading.Thread:
    """Act once a trial has reported its second epoch."""

    def watch() -> None:
        while not any(len(p.read_text().splitlines()) >= 2 for p in folder.glob("s/epochs/*")):
            time.sleep(0.05)
        act()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


def outage(folder: Path, server: servers.Server, back: Path) -> threading.Thread:
    """Kill a server once trials run, and start it again when three have ended meanwhile."""

    def go_away_for_a_while() -> None:
        server.kill()
        back.touch()
        while len(list((folder / "s" / "scores").glob("*"))) < 3:
            time.sleep(0.05)
        server.start()

    return when_trials_run(folder, go_away_for_a_while)


def search_through(folder: Path, server: servers.Server, lost: servers.Server) -> Study:
    """A search during which a server is lost for a while; synced if it ends too soon."""
    back = folder / "back"
    away = outage(folder, lost, back)
    study = search(folder, server, wait_for=back)
    away.join()
    if study.record["untracked"]:
        assert CliRunner().invoke(app, ["sync", str(study.folder)]).exit_code == 0
    return study


def assert_whole(study: Study, server: servers.Server) -> None:
    """MLflow shows the study's trials, epochs and files, each exactly once, and all runs ended."""
    tracker = open_tracker(servers.address_of(server), "e")
    assert view_study(tracker).status == "FINISHED"
    shown = view_trials(tracker)
    assert list(study.trials()["state"]) == ["complete"] * TRIALS
    assert sorted(shown) == list(range(TRIALS))
    for number, view in shown.items():
        result = study.result(number)
        assert (view.status, view.tags["outcome"]) == ("FINISHED", "complete")
        assert view.params["graph.levels"] == str(study.values(number)["graph.levels"])
        expected = {
            f"epoch/{name}": [(epoch, metrics[name]) for epoch, metrics in epochs.items()]
            for epochs in [study.epochs(number)]
            for name in next(iter(epochs.values()))
        }
        finals = {name: [(0, value)] for name, value in (result.metrics | result.costs()).items()}
        assert {name: sorted(points) for name, points in view.curves.items()} == expected | finals
        assert study.scores_path(number).name in view.artifacts


def test_a_server_that_is_killed_and_comes_back_has_missed_nothing(server, tmp_path):
    assert_whole(search_through(tmp_path, server, lost=server), server)


def test_what_a_server_missed_that_stayed_away_is_added_once_by_sync(server, tmp_path, caplog):
    back = tmp_path / "back"
    away = when_trials_run(tmp_path, lambda: (server.kill(), back.touch()))
    study = search(tmp_path, server, wait_for=back)
    away.join()
    assert list(study.trials()["state"]) == ["complete"] * TRIALS
    assert study.record["untracked"] > 0
    assert "gpdht sync" in caplog.text
    command = ["sync", "s", "--studies", str(tmp_path), "--json"]
    refused = CliRunner().invoke(app, command)
    assert "cannot be used" in str(refused.exception)

    server.start()
    for _ in range(2):
        done = CliRunner().invoke(app, command)
        assert json.loads(done.stdout) == {"study": "s", "missing": 0}
        assert_whole(study, server)
        assert open_study("s", tmp_path).record["untracked"] == 0


def test_a_search_that_is_resumed_while_the_server_is_away_is_added_by_sync(server, tmp_path):
    (tmp_path / "go").touch()
    first = search(tmp_path, server, wait_for=tmp_path / "go", trials=2)
    server.kill()
    study = search(tmp_path, None, wait_for=tmp_path / "go", resume=True, trials=TRIALS)
    assert study.record["parent_run"] == first.record["parent_run"]
    assert study.record["untracked"] == TRIALS
    assert standing_of(study)["mlflow_waits"] == TRIALS
    server.start()
    assert CliRunner().invoke(app, ["sync", str(study.folder)]).exit_code == 0
    assert_whole(open_study(study.folder), server)


def test_a_database_that_restarts_under_the_server_has_missed_nothing(tmp_path):
    programs = servers.postgres_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server here")
    with servers.postgres(programs) as database:
        backend = f"postgresql://mlflow@127.0.0.1:{database.port}/postgres"
        with servers.mlflow_server(tmp_path, backend) as server:
            assert_whole(search_through(tmp_path, server, lost=database), server)
    shutil.rmtree(database.folder)
