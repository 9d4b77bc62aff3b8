"""A model in a folder: `model.json` and one safetensors file per replicate. No pickle.

What priors say of its genes is a file of its own, for all replicates. `model.json` names every
tensor file with its sha256 and carries a sha256 of itself, so that a
model is either what was written or an error.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import safetensors.torch
from safetensors import SafetensorError

from gpdht import __version__
from gpdht.config import Config
from gpdht.errors import ConfigError, GpdhtError, ModelError
from gpdht.models.gpdht.fitted import FittedGPDHT
from gpdht.models.gpdht.prior_head import PriorTable
from gpdht.registry.model import Model

FORMAT = 4
INDEX = "model.json"
PRIORS = "priors.safetensors"
_REMEDY = "Get it again from where it came from, or register the study again."


def check_new_folder(folder: Path) -> None:
    """Refuse a place where `save_model` could not write, before hours of work.

    Raises
    ------
    GpdhtError
        If it exists and is not empty, or its parent is no writable folder.
    """
    folder = Path(folder)
    parent = folder.absolute().parent
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise GpdhtError(f"{folder}: exists already; give the name of a new folder.")
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise GpdhtError(f"{folder}: the folder {parent} does not exist or cannot be written.")


def save_model(folder: Path, model: Model) -> Path:
    """The folder with the model written into it: all of it, or nothing."""
    folder = Path(folder)
    check_new_folder(folder)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.absolute().parent))
    try:
        files = {}
        for i, replicate in enumerate(model.replicates):
            name = f"replicate-{i}.safetensors"
            data = safetensors.torch.save(replicate.tensors())
            (partial / name).write_bytes(data)
            files[name] = hashlib.sha256(data).hexdigest()
        content = _content(model, files)
        if (priors := model.replicates[0].priors) is not None:
            data = safetensors.torch.save(priors.state_dict())
            (partial / PRIORS).write_bytes(data)
            content["priors_sha256"] = hashlib.sha256(data).hexdigest()
        text = json.dumps({**content, "sha256": _digest(content)}, indent=1, ensure_ascii=False)
        (partial / INDEX).write_text(text + "\n", encoding="utf-8")
        partial.chmod(0o755)  # mkdtemp's folders are the owner's alone
        if folder.is_dir():
            folder.rmdir()
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return folder


def load_model(folder: str | Path) -> Model:
    """The model in a folder, checked to be exactly what was written.

    Raises
    ------
    ModelError
        If a file is missing, damaged, changed, or of a newer format.
    """
    folder = Path(folder)
    content = _read_index(folder)
    try:
        config = Config.from_flat(content["config"])
        genes, cells = (np.array(content[name], dtype=str) for name in ("genes", "cells"))
        priors = None
        if "priors_sha256" in content:
            tensors = _read_tensors(folder / PRIORS, content["priors_sha256"])
            priors = PriorTable(**tensors)
        replicates = tuple(
            FittedGPDHT.from_tensors(
                config.replace({"train.seed": seed}),
                genes,
                cells,
                _read_tensors(folder / name, h),
                priors,
            )
            for seed, (name, h) in zip(content["seeds"], content["files"].items(), strict=True)
        )
        return Model(
            replicates=replicates,
            net=_net(content["net"], genes),
            tfs=np.array(content["tfs"], dtype=str),
            data=content["data"],
            epochs=content["epochs"],
            card=content["card"],
        )
    except ConfigError as error:
        raise ModelError(
            f"{folder / INDEX}: written by gpdht {content['gpdht']}, whose settings this one "
            f"({__version__}) does not read: {error}\nInstall that version."
        ) from error


def _content(model: Model, files: dict[str, str]) -> dict[str, Any]:
    """What goes into `model.json`, as reading it back will give it."""
    position = {gene: i for i, gene in enumerate(model.genes.tolist())}
    content = {
        "format": FORMAT,
        "gpdht": __version__,
        "config": model.config.flat(),
        "seeds": [replicate.config.train.seed for replicate in model.replicates],
        "epochs": model.epochs,
        "data": dict(model.data),
        "files": files,
        "card": dict(model.card),
        "tfs": model.tfs.tolist(),
        "net": {end: [position[g] for g in model.net[end]] for end in ("source", "target")},
        "genes": model.genes.tolist(),
        "cells": model.cells.tolist(),
    }
    return json.loads(json.dumps(content))


def _net(ends: dict[str, list[int]], genes: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({end: genes[at].astype(object) for end, at in ends.items()})


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _read_index(folder: Path) -> dict[str, Any]:
    path = folder / INDEX
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(
            f"{folder}: no {INDEX}; expected a folder that gpdht has written a model into."
        ) from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: cannot be read ({error}). {_REMEDY}") from error
    if not isinstance(content, dict) or "format" not in content:
        raise ModelError(f"{path}: is no model of gpdht. {_REMEDY}")
    if content["format"] != FORMAT:
        raise ModelError(
            f"{path}: format {content['format']}, written by gpdht {content.get('gpdht')}; this "
            f"gpdht ({__version__}) reads format {FORMAT}. Install that version."
        )
    if content.pop("sha256", None) != _digest(content):
        raise ModelError(f"{path}: was changed after it was written. {_REMEDY}")
    return content


def _read_tensors(path: Path, sha256: str) -> dict[str, Any]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}). {_REMEDY}") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ModelError(f"{path}: {len(data)} bytes that are not what was written. {_REMEDY}")
    try:
        return safetensors.torch.load(data)
    except SafetensorError as error:
        raise ModelError(f"{path}: is no safetensors file ({error}). {_REMEDY}") from error
