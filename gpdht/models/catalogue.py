"""Which model a configuration names, and what it stands on."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from gpdht.config import Config, ModelName
from gpdht.data.dataset import Dataset
from gpdht.errors import ConfigError
from gpdht.models.protocol import PreparedModel

TITLES: dict[ModelName, str] = {
    "gpdht": "GP-DHT",
    "genelink": "GENELink",
    "gmfgrn": "GMFGRN",
    "igegrns": "IGEGRNS",
    "gatcl": "GATCL",
    "hgatlink": "HGATLink",
}
"""The names of models as people write them."""


def prepare_model(
    config: Config, dataset: Dataset, *, folds: int, cache_dir: Path | None = None
) -> PreparedModel:
    """The label-free work of the model that ``model.name`` names.

    Parameters
    ----------
    folds : how many models will train beside each other.
    cache_dir : where pre-training is kept and found.

    Raises
    ------
    TooLargeError
        When the model does not fit into memory, before anything is allocated.
    """
    if config.model.name == "gpdht":
        from gpdht.models.gpdht import model

        return model.prepare_model(config, dataset, folds=folds, cache_dir=cache_dir)
    peer = import_module(f"gpdht.models.peers.{config.model.name}")
    prepared: PreparedModel = peer.prepare_model(config, dataset, cache_dir)
    return prepared


def title_of(config: Config) -> str:
    """The name of the config's model as people write it."""
    return TITLES[config.model.name]


def check_can_be_kept(config: Config) -> None:
    """Refuse what cannot be saved, registered or used to predict: every model but GP-DHT.

    Raises
    ------
    ConfigError
    """
    if config.model.name != "gpdht":
        raise ConfigError(
            f'model.name="{config.model.name}": {title_of(config)} can be cross-validated and '
            "searched, but only GP-DHT can be saved, registered and used to predict. Leave the "
            "model unsaved, or set model.name to gpdht."
        )
