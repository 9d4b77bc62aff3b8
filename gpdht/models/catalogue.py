"""Every model by name: what it is called, what it sees, and how it is made.

The one list that configs, comparisons, reports and the command line go by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.errors import ConfigError
from gpdht.pairs.candidates import Pairs
from gpdht.presentation import Kind

if TYPE_CHECKING:
    from gpdht.models.baselines.fit_once import FitOnce
    from gpdht.models.protocol import PreparedModel


@dataclass(frozen=True)
class Model:
    """A model of a comparison.

    Parameters
    ----------
    title : its name as people write it.
    probabilities : whether the sigmoid of a score is a probability; else only the ranking counts.
    """

    name: str
    kind: Kind
    title: str
    probabilities: bool = True

    @property
    def sees(self) -> frozenset[str]:
        """What it learns from: `labels`, `expression`, `priors` where the data have any."""
        alone = {"label": frozenset({"labels"}), "expression": frozenset({"expression"})}
        if self.kind in alone:
            return alone[self.kind]
        if self.name in WITHOUT_EXPRESSION:
            return frozenset({"labels", "priors"})
        gpdht = self.name.startswith("gpdht") or self.kind == "prior"
        return frozenset({"labels", "expression", *(["priors"] if gpdht else [])})

    def make(
        self,
        dataset: Dataset,
        pairs: Pairs,
        train: np.ndarray,
        *,
        seed: int,
        num_genes: int | None = None,
    ) -> FitOnce:
        """An untrained baseline of a fold, whose training pairs are `train` (positions in `pairs`).

        Equal arguments give equal scores. A label-only baseline is never given the expression.

        Parameters
        ----------
        num_genes : among which positions are, for label-only baselines; the dataset's by default.
        """
        assert self.name in BASELINES, f"{self.name} is made by prepare_model"
        module = import_module(f"gpdht.models.baselines.{self.name}")
        made = getattr(module, "".join(_capital(word) for word in self.name.split("_")))
        if self.kind == "label":
            return made(pairs, train, num_genes=num_genes or dataset.num_genes, seed=seed)
        return made(dataset, pairs, train, seed=seed)


MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        Model("gpdht", "gpdht", "GP-DHT"),
        Model("gpdht_cumulative", "variant", "GP-DHT, cumulative"),
        Model("gpdht_published", "variant", "GP-DHT, published"),
        Model("gpdht_published_cumulative", "variant", "GP-DHT, published cumulative"),
        Model("genelink", "peer", "GENELink"),
        Model("gmfgrn", "peer", "GMFGRN"),
        Model("igegrns", "peer", "IGEGRNS"),
        Model("gatcl", "peer", "GATCL"),
        Model("hgatlink", "peer", "HGATLink"),
        Model("tf_rate", "label", "TF rate"),
        Model("target_rate", "label", "target rate"),
        Model("one_hot_logistic", "label", "one-hot logistic"),
        Model("matrix_factorisation", "label", "matrix factorisation"),
        Model("boosted_label_rows", "label", "boosted label rows"),
        Model("correlation", "expression", "correlation", probabilities=False),
        Model("mutual_information", "expression", "mutual information", probabilities=False),
        Model("tree_importance", "expression", "tree importance", probabilities=False),
        Model("boosted_expression", "expression", "boosted expression"),
        Model("prior_link", "prior", "prior edge", probabilities=False),
        Model("prior_degree", "prior", "target's degree in priors", probabilities=False),
        Model("prior_logistic", "prior", "logistic on labels and priors"),
        Model("boosted_priors", "prior", "boosted expression and priors"),
        Model("gpdht_random_embedding", "control", "GP-DHT, random embedding"),
        Model("gpdht_permuted_labels", "control", "GP-DHT, permuted labels"),
        Model("gpdht_permuted_expression", "control", "GP-DHT, permuted expression"),
        Model("gpdht_permuted_priors", "control", "GP-DHT, permuted priors"),
        Model("gpdht_without_priors", "control", "GP-DHT, without priors"),
    )
}
"""All models, in the order of the tables."""


def names_of(*kinds: Kind) -> tuple[str, ...]:
    """The models of some kinds, in the order of the tables."""
    return tuple(name for name, model in MODELS.items() if model.kind in kinds)


BASELINES = names_of("label", "expression", "prior")
"""What any model must beat."""

NEEDS_PRIORS = (*names_of("prior"), "gpdht_permuted_priors", "gpdht_without_priors")
"""Models that only data with priors have."""

LABEL_ONLY = ("tf_rate", "target_rate", "one_hot_logistic", "matrix_factorisation")
"""What a trial is held against: four of the five baselines that see no expression.

`boosted_label_rows` is in comparisons only. It takes five times as long as all of these together
(mESC500, three folds: 28 s on one core; matrix factorisation 4.8 s, the others 0.4 s), and its
average precision is at most 0.007 above the best of theirs (eight benchmark sets, edge split).
"""

WITHOUT_EXPRESSION = ("prior_link", "prior_degree", "prior_logistic")
"""Baselines that see priors and labels; with priors, a trial is held against these too."""

LEARN_FROM_OTHERS = ("boosted_priors",)
"""Baselines that learn from the pairs of other sets beside a set's own, where there are any."""

SUPERVISED = (*names_of("label"), "prior_logistic", "boosted_expression", "boosted_priors")
"""Baselines that learn from labels."""

GROUPS: dict[str, tuple[str, ...]] = {
    "all": tuple(MODELS),
    "label": names_of("label"),
    "expression": names_of("expression"),
    "priors": NEEDS_PRIORS,
    "baselines": BASELINES,
    "controls": names_of("control"),
    "peers": names_of("peer"),
    "variants": names_of("variant"),
}
"""Names that stand for several models of a comparison."""


def label_only(dataset: Dataset) -> tuple[str, ...]:
    """The baselines that a trial on these data is held against: none sees the expression."""
    return (*LABEL_ONLY, *WITHOUT_EXPRESSION) if dataset.priors else LABEL_ONLY


def title_of(model: str | Config) -> str:
    """A model's name as people write it; of a config, its model's."""
    name = model.model.name if isinstance(model, Config) else model
    return MODELS[name].title if name in MODELS else name


def titles_of(models: Sequence[str]) -> str:
    """Several models' names in a sentence: "TF rate or target rate"."""
    return " or ".join(map(title_of, models))


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


def _capital(word: str) -> str:
    return "TF" if word == "tf" else word.capitalize()
