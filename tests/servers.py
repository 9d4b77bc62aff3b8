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
from pathlib import Path

PATIENCE_S = 120
_QUICK = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}


def free_port() -> int:
    """A port of the loopback interface that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Server:
    """A process that answers at a port; a context manager that ends it.

    Parameters
    ----------
    command : what to run.
    folder : its working directory, where its messages go into `log`.
    """

    def __init__(self, command: list[str], port: int, folder: Path, **options) -> None:
        self.command, self.port, self.folder, self.options = command, port, folder, options
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
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", self.port)) == 0:
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
    return Server(command, port, folder, env={**os.environ, **_QUICK})


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
    return Server([str(programs / "postgres"), "-D", "data", *options], port, folder, **user)


def _user() -> dict[str, str]:
    """As whom to run PostgreSQL: the user `postgres` if this is root."""
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    runs_as_root = os.getuid() == 0 and "postgres" in names
    return {"user": "postgres", "group": "postgres"} if runs_as_root else {}
