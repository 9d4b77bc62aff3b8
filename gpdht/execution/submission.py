"""A search sent to a cluster: the command lines that do it."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gpdht.errors import GpdhtError
from gpdht.execution.cluster_paths import ClusterPaths, Mounts

Arguments = list[tuple[str, str | None]]
"""Options of `gpdht search` and their values, None for a flag; `DATA` stands for itself."""

_READ = {"DATA", "--net", "--tfs", "--prior", "--orthologs", "--with"}
_WRITTEN = {"--studies", "--storage"}


@dataclass(frozen=True)
class Submission:
    """Command lines that start a search on a cluster.

    Parameters
    ----------
    folder : where they run; the relative paths of a cluster file start there.
    """

    commands: list[list[str]]
    folder: Path

    def lines(self) -> list[str]:
        """The same as one would type it, with a change of folder if one is needed."""
        start = [] if self.folder == Path.cwd() else [["cd", str(self.folder)]]
        return [shlex.join(command) for command in [*start, *self.commands]]

    def run(self) -> int:
        """The exit code of the first command that fails, after which none is run; else 0."""
        for name, *rest in self.commands:
            done = subprocess.run([_program(name), *rest], cwd=self.folder, check=False)
            if done.returncode:
                return done.returncode
        return 0


def resumable(words: Sequence[str]) -> list[str]:
    """Words of `gpdht search` that may be submitted again: it resumes, on the cluster around it.

    What was given for either stays.
    """
    names = {word.partition("=")[0] for word in words}
    resume = [] if "--resume" in names else ["--resume"]
    address = [] if "--address" in names else ["--address", "auto"]
    return [*words, *resume, *address]


def plan_submission(
    cluster: str, arguments: Arguments, *, script: Path, shared: bool = False, update: bool = True
) -> Submission:
    """The command lines that run `gpdht search` on a cluster; nothing is sent yet.

    The file of a space is sent along. Data in a folder that the cluster file mounts get the name
    they have there. Data elsewhere on this machine are refused, unless the cluster is `shared` or
    this machine's own (``auto``); what is not on this machine is taken for a path of the cluster.

    Parameters
    ----------
    cluster : a cluster file, ``auto``, or the address of a Ray dashboard (``http://HOST:8265``).
    script : what `ray submit` uploads; it takes the options of `gpdht search`.
    shared : whether paths that exist here are the same on the cluster.
    update : whether to start the cluster if needed, and to send its mounted folders again.

    Raises
    ------
    GpdhtError
        If `cluster` is neither, or a path would mean nothing there.
    """
    if Path(cluster).suffix in (".yaml", ".yml"):
        paths = ClusterPaths(cluster, Mounts(Path(cluster)), shared)
        return _through_file(Path(cluster), _placed(arguments, paths), script, update=update)
    if cluster != "auto" and not re.match(r"[a-z]+://.", cluster):
        raise GpdhtError(
            f'"{cluster}" is neither a cluster file (NAME.yaml) nor an address; write e.g. '
            "http://127.0.0.1:8265 for a Ray dashboard, or auto for a Ray on this machine."
        )
    own = cluster == "auto"
    paths = ClusterPaths(cluster, shared=shared or own)
    return _through_address(cluster, _placed(arguments, paths, here=own))


def _placed(arguments: Arguments, paths: ClusterPaths, *, here: bool = False) -> Arguments:
    """The same with each path as the cluster knows it; the studies' folder is always said."""
    said = {option for option, _ in arguments}
    given = [*arguments, *([] if "--studies" in said else [("--studies", "studies")])]
    placed: Arguments = []
    for option, value in given:
        if option in _READ and value is not None:
            placed.append((option, paths.read(value, option)))
        elif option in _WRITTEN and value is not None:
            placed.append((option, paths.written(value, option, here=here)))
        else:
            placed.append((option, value))
    return placed


def _through_file(file: Path, arguments: Arguments, script: Path, *, update: bool) -> Submission:
    space, words = _words(arguments)
    # `ray submit` joins its arguments to one line of shell, in which `~/` becomes the home folder.
    quoted = [shlex.quote(word).replace("~/", "~''/") for word in words]
    commands = [["ray", "up", "--yes", "--no-restart", file.name]] if update else []
    if Path(space).is_file():
        sent = f"~/{_plain_name(space)}"
        commands.append(["ray", "rsync-up", file.name, str(Path(space).absolute()), sent])
    else:
        sent = shlex.quote(space)
    commands.append(["ray", "submit", file.name, str(script), "--", *quoted, "--space", sent])
    return Submission(commands, file.absolute().parent)


def _through_address(address: str, arguments: Arguments) -> Submission:
    space, words = _words(arguments)
    commands, options = [], []
    if Path(space).is_file():
        digest = hashlib.sha256(Path(space).read_bytes()).hexdigest()[:12]
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        folder, name = cache / "gpdht" / "submitted" / digest, _plain_name(space)
        commands = [
            ["mkdir", "-p", str(folder)],
            ["cp", str(Path(space).absolute()), str(folder / name)],
        ]
        options, space = ["--working-dir", str(folder)], name
    search = ["gpdht", "search", *resumable([*words, "--space", space])]
    commands.append(["ray", "job", "submit", "--address", address, *options, "--", *search])
    return Submission(commands, Path.cwd())


def _words(arguments: Arguments) -> tuple[str, list[str]]:
    """The space, and the words of everything else."""
    space, words = "", []
    for option, value in arguments:
        if option == "--space":
            space = str(value)
            continue
        words += [] if option == "DATA" else [option]
        words += [] if value is None else [value]
    return space, words


def _plain_name(path: str) -> str:
    """A file's name that no shell and no rsync reads as anything else."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", Path(path).name).lstrip("-")


def _program(name: str) -> str:
    beside = Path(sys.executable).with_name(name)
    found = shutil.which(name) or (str(beside) if beside.exists() else None)
    if found is None:
        raise GpdhtError(f'no program "{name}" in PATH; activate the environment that has it.')
    return found
