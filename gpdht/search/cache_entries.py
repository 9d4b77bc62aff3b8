"""Which files of a cache a study's trials made or used."""

from __future__ import annotations

from pathlib import Path

from gpdht.config import Config
from gpdht.errors import ConfigError
from gpdht.models.catalogue import LABEL_ONLY, WITHOUT_EXPRESSION
from gpdht.models.gpdht import pretrain
from gpdht.models.peers import level_tokens
from gpdht.search.replicates import fresh_seeds, with_seed
from gpdht.search.study import Study
from gpdht.training import baselines


def cache_entries(study: Study, folder: Path) -> list[Path]:
    """The files of a cache that are named by what a study's trials and replicates computed.

    Other studies of the same data may use them too, and then compute them again. None are known of
    a study that does not keep the fingerprint of its expression.
    """
    sets = study.record.get("sets") or [study.record["dataset"]]
    known = [one for one in sets if one.get("expression")]
    if not known or not folder.is_dir():
        return []
    stems = {
        stem
        for config in _configs(study)
        for one in known
        for stem in _stems(config, one["fingerprint"], one["expression"])
    }
    return sorted(
        path
        for path in folder.iterdir()
        if path.name.partition(".")[0] in stems and not path.is_symlink()
    )


def _configs(study: Study) -> list[Config]:
    """The configs of all trials, and of their replicates as far as there are any."""
    found = []
    for trial in study.optuna.get_trials(deepcopy=False):
        try:
            config = study.space.config(trial.params)
        except ConfigError:  # values that do not go together
            continue
        again = len(list((study.folder / "replicates").glob(f"trial-{trial.number:05d}-*.json")))
        found += [config, *(with_seed(config, seed) for seed in fresh_seeds(config, again))]
    return found


def _stems(config: Config, fingerprint: str, expression: str) -> list[str]:
    names = [LABEL_ONLY, (*LABEL_ONLY, *WITHOUT_EXPRESSION)]
    labels = [baselines.cache_key(config, fingerprint, one) for one in names]
    return [
        pretrain.cache_key(config, expression),
        f"tokens-{level_tokens.cache_key(config, expression)}",
        *(f"label-only-{key}" for key in labels),
    ]
