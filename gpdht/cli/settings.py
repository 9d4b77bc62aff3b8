"""`gpdht config`: every setting with its default, bounds and meaning."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

if TYPE_CHECKING:
    from gpdht.config import Config
    from gpdht.data.dataset import Dataset


def config(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """List every setting that a config or a search space can name."""
    from gpdht.config import Config, field_paths

    defaults = Config().flat()
    if as_json:
        print(json.dumps(defaults))
        return
    width = max(map(len, defaults))
    for path, field in field_paths().items():
        print(f"{path:<{width}}  {defaults[path]!s:<12} {_meaning(field)}".rstrip())


def parse_settings(assignments: list[str]) -> dict[str, Any]:
    """``["encoder.dim=64"]`` as flat config values; the config itself checks names and bounds."""
    import yaml

    from gpdht.errors import ConfigError

    values: dict[str, Any] = {}
    for text in assignments:
        path, sign, value = text.partition("=")
        if not sign:
            raise ConfigError(f'"{text}" sets nothing; write PATH=VALUE, e.g. encoder.dim=64')
        values[path.strip()] = yaml.safe_load(value)
    return values


def print_ignored(config: Config, paths: Iterable[str]) -> None:
    """Say on stderr which of the settings that a user gave the model does not read."""
    for sentence in config.ignored(paths):
        print(sentence, file=sys.stderr)


def print_without_knowledge(dataset: Dataset, paths: Iterable[str]) -> None:
    """Say on stderr which of them change nothing, as the data have no priors or other sets."""
    for path in paths:
        if path.startswith("prior.") and not dataset.priors:
            lacks = "prior networks (--prior NET)"
        elif path == "train.others" and not dataset.others:
            lacks = "other sets (--with SET)"
        else:
            continue
        print(f"{path} changes nothing here: {dataset.name} has no {lacks}.", file=sys.stderr)


def limits_of(field: Any) -> str:
    """The choices or bounds of a setting."""
    limits = [
        f"{sign} {getattr(item, name)}"
        for item in field.metadata
        for name, sign in (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"))
        if hasattr(item, name)
    ]
    kinds = get_args(field.annotation)
    if kinds and type(None) not in kinds:
        return " | ".join(map(str, kinds))
    return ", ".join(limits) + (" or none" if kinds else "")


def _meaning(field: Any) -> str:
    options, meaning = limits_of(field), field.description or ""
    return f"{meaning} ({options})" if options and meaning else meaning or options
