"""Real servers on the loopback interface that tests can kill and start again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import requests

PATIENCE_S = 240
_QUICK = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}


def free_port() -> int:
    """A port of the loopback interface that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def listens(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


class Server:
    """A process that answers at a port; a context manager that ends it.

    Parameters
    ----------
    command : what to run.
    folder : its working directory, where its messages go into `log`.
    answers : whether it can be used; a port may be open long before.
    """

    def __init__(
        self,
        command: list[str],
        port: int,
        folder: Path,
        *,
        answers: Callable[[int], bool] = listens,
        **options,
    ) -> None:
        self.command, self.port, self.folder, self.options = command, port, folder, options
        self.answers = answers
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                self.command,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
                **self.options,
            )
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and self.process.poll() is None:
            if self.answers(self.port):
                return
            time.sleep(0.1)
        raise RuntimeError(f"the server did not start:\n{(self.folder / 'log').read_text()}")

    def kill(self, number: int = signal.SIGKILL) -> None:
        """End it and its children at once, and wait until they are gone."""
        assert self.process is not None
        os.killpg(self.process.pid, number)
        self.process.wait()

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()


def mlflow_server(folder: Path, backend: str) -> Server:
    """An MLflow server with an artifact proxy, on the tables of `backend`."""
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--workers", "1", "--port", str(port)]
    command += ["--backend-store-uri", backend]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    return Server(command, port, folder, answers=_is_healthy, env={**os.environ, **_QUICK})


def _is_healthy(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/health", timeout=10).ok
    except requests.RequestException:
        return False


def address_of(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}"


def postgres_programs() -> Path | None:
    """The folder of PostgreSQL's server programs; None where there are none that this user can run.

    The server refuses to run as root, so root needs a user `postgres` to run it as.
    """
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not folders or (os.getuid() == 0 and not _user()):
        return None
    return folders[-1]


def postgres(programs: Path) -> Server:
    """A PostgreSQL server with empty databases; its files are in a temporary folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="gpdht-postgres-"))
    user = _user()
    if user:
        shutil.chown(folder, *user.values())
    create = [programs / "initdb", "-D", "data", "-A", "trust", "-U", "mlflow", "--no-sync"]
    subprocess.run(create, cwd=folder, check=True, capture_output=True, **user)
    port = free_port()
    options = ["-c", "fsync=off", "-c", f"unix_socket_directories={folder}"]
    options += ["-c", "listen_addresses=127.0.0.1", "-p", str(port)]
    command = [str(programs / "postgres"), "-D", "data", *options]
    return Server(command, port, folder, answers=_takes_connections, **user)


def _takes_connections(port: int) -> bool:
    """A server that was killed repairs its tables first, and refuses connections meanwhile."""
    import psycopg

    try:
        psycopg.connect(
            f"postgresql://mlflow@127.0.0.1:{port}/postgres", connect_timeout=10
        ).close()
    except psycopg.OperationalError:
        return False
    return True


def _user() -> dict[str, str]:
    """As whom to run PostgreSQL: the user `postgres` if this is root."""
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    runs_as_root = os.getuid() == 0 and "postgres" in names
    return {"user": "postgres", "group": "postgres"} if runs_as_root else {}
