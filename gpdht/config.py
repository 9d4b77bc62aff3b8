"""Every setting of a trial: one frozen tree with dotted paths."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from gpdht.errors import ConfigError
from gpdht.metrics.names import Monitor
from gpdht.setting_messages import bad_value, unknown_path
from gpdht.unread import applied, settings_hash, unread

Features = Literal["one-hot", "statistics", "loadings"]
Training = Literal["reconstruct", "joint", "reconstruct+finetune", "random"]
ModelName = Literal["gpdht", "genelink", "gmfgrn", "igegrns", "gatcl", "hgatlink"]

IGEGRNS_LEAST = 15  # (((15 − 1) / 2 − 1) / 2 − 1) / 2 = 1


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class GraphConfig(_Section):
    """How expression becomes levels (paper, Eqs. 1–6)."""

    levels: int = Field(15, ge=1, le=64, description="bin count K")
    encoding: Literal["uniform", "cumulative"] = Field(
        "uniform", description="one level per value, or all levels up to it"
    )
    max_cells: int | None = Field(
        None, ge=2, description="read a random sample of this many cells alone"
    )


class EncoderConfig(_Section):
    """Multi-relational gated encoder of the gene–cell graph (Eqs. 8–14)."""

    dim: int = Field(64, ge=4, le=2048, description="embedding size D")
    features: Features = Field(
        "one-hot", description="what a node starts from; all but one-hot can read other data"
    )
    heads: int = Field(4, ge=1, description="heads of the gate; divides dim")
    tau: float = Field(0.25, gt=0, le=100, description="attention temperature τ (Eq. 12)")
    rescale: bool = Field(True, description="same functions, gradients that are not throttled")
    start: Literal["singular", "random"] = Field(
        "singular", description="reconstruction starts at the expression's singular vectors"
    )
    shrinkage: float = Field(
        1.0, gt=0, le=10, description="of that start's singular values: larger fits less noise"
    )
    training: Training = Field(
        "reconstruct", description="how embeddings are learned; random: not at all, as a control"
    )
    iterations: int = Field(25, ge=0, description="full-batch steps of reconstruction")
    lr: float = Field(0.001, gt=0, le=1, description="Adam step size of reconstruction")
    clip: float = Field(1.0, gt=0, description="gradient-norm limit of reconstruction")


class PairsConfig(_Section):
    """Which pairs are candidates: the universe of every score."""

    negatives: Literal["all", "cooccurrence"] = Field("all", description="rule for negatives")
    ratio: float = Field(5.0, gt=0, description="negatives per positive (cooccurrence only)")
    cooccurrence: float = Field(
        0.05, ge=0, le=1, description="drop a negative if jointly high in this share of cells"
    )


class AugmentConfig(_Section):
    """Gaussian noise on the pair's tokens (Eq. 17)."""

    noise: float = Field(0.1, ge=0, le=10, description="in units of the embedding's sd")


class ModelConfig(_Section):
    """Which model; and GP-DHT's pair Transformer with its two heads (Eqs. 15–19)."""

    name: ModelName = Field("gpdht", description="GP-DHT, or a model that its paper compares with")
    layers: int = Field(1, ge=1, le=24, description="Transformer layers")
    heads: int = Field(4, ge=1, description="attention heads; divides encoder.dim")
    feedforward: int = Field(128, ge=1, description="width of the feed-forward part")
    dropout: float = Field(0.3, ge=0, lt=1, description="inside the Transformer")
    hidden: int = Field(128, ge=1, description="width after flattening the tokens")
    projection: int = Field(128, ge=1, description="width of the contrastive head")
    context: Literal["none", "cells"] = Field(
        "none", description="add the mean embedding of each gene's cells as tokens"
    )
    statistics: bool = Field(
        True, description="tokens carry mean, detection rate and sd of the gene's expression"
    )
    scale: Literal["common", "channel"] = Field(
        "common", description="tokens are standardised together or each channel by itself"
    )
    effects: Literal["none", "rates", "factors"] = Field(
        "factors", description="effects of single genes learned from labels; factors: of pairs too"
    )
    effects_rank: int = Field(8, ge=1, le=256, description="length of the factors")
    effects_penalty: float = Field(4.0, gt=0, le=1000, description="shrinks the factors")
    hidden_tfs: float = Field(
        0.1, ge=0, lt=1, description="share of training pairs whose TF is hidden, as new TFs are"
    )


class PriorConfig(_Section):
    """What GP-DHT sees of prior networks, where the data have any."""

    links: bool = Field(True, description="whether the pair, or its reverse, is a prior edge")
    neighbours: bool = Field(True, description="how much the pair's prior neighbourhoods overlap")
    degrees: bool = Field(True, description="how many prior edges lead to the target")
    embedding: int = Field(0, ge=0, le=256, description="rank of a spectral embedding; 0: none")
    relation: bool = Field(False, description="a token: the mean embedding of a gene's regulators")
    companions: bool = Field(True, description="baselines that see priors too score along")
    hidden: int = Field(64, ge=1, description="width of what combines features")
    dropout: float = Field(0.1, ge=0, lt=1, description="share hidden from a training pair")


class PeerConfig(_Section):
    """What only the published models have, each a part; oddities of their code are off."""

    hidden: int = Field(128, ge=1, description="width of the hidden layer, of each head")
    output: int = Field(64, ge=1, description="width of a gene's embedding")
    channel: int = Field(32, ge=2, description="width of the TF and target channels, then half")
    heads: int = Field(3, ge=1, description="attention heads over the graph of genes")
    dropout: float = Field(0.5, ge=0, lt=1, description="of attention, or between layers")
    self_loops: bool = Field(False, description="each gene attends to itself too")
    isolated: Literal["self", "all"] = Field("self", description="whom a gene without edges sees")
    batch_decay: float = Field(1.0, gt=0, le=1, description="of train.lr, at every mini-batch")
    epoch_decay: float = Field(1.0, gt=0, le=1, description="of train.lr, every decay_epochs")
    decay_epochs: int = Field(5, ge=1, description="epochs between those decays")
    attends_across_batch: bool = Field(
        False, description="HGATLink: scores depend on the batch, as published"
    )
    double_sigmoid: bool = Field(False, description="IGEGRNS: the loss takes sigmoids as logits")


class LossConfig(_Section):
    """BCE + λ · supervised contrastive loss (Eqs. 20–22)."""

    contrast_weight: float = Field(0.1, ge=0, le=100, description="λ (Eq. 22)")
    temperature: float = Field(0.2, gt=0, le=100, description="contrastive τ_c (Eq. 21)")
    positives_only: bool = Field(False, description="anchors are known edges only")


class TrainConfig(_Section):
    """Optimisation of the pair model."""

    optimizer: Literal["adam", "sgd"] = Field("adam", description="of the pair model")
    lr: float = Field(1e-3, gt=0, le=10, description="step size of the pair model")
    momentum: float = Field(0.9, ge=0, lt=1, description="sgd only")
    weight_decay: float = Field(0.0, ge=0, description="L2 penalty")
    batch_size: int = Field(512, ge=2, description="pairs per step")
    epoch_pairs: int = Field(
        70_000, ge=2, description="training pairs of an epoch, at most; each draws its own"
    )
    others: float = Field(1.0, ge=0, description="training pairs of other sets, per own pair")
    epochs: int = Field(200, ge=1, description="at most")
    patience: int = Field(8, ge=1, description="epochs without a better validation score")
    refit: bool = Field(
        True, description="train again with the validation part before the test part is scored"
    )
    monitor: Monitor = Field("auprc", description="chooses the best epoch")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="of matrix products; auto: bfloat16 on a GPU, else float32"
    )
    seed: int = Field(0, ge=0, description="weights, batches, noise")


class CVConfig(_Section):
    """Cross-validation: what a score means. Shared by all trials of a study."""

    folds: int = Field(3, ge=2, le=50, description="outer folds")
    split: Literal["edge", "target", "tf", "both", "set"] = Field(
        "edge", description="what a test pair has that training had not"
    )
    validation: float = Field(0.2, gt=0, lt=1, description="share of each training part")
    seed: int = Field(0, ge=0, description="draw of folds and sampled negatives")


class Config(_Section):
    """Everything one trial does; equal ones on equal data give equal scores on a CPU."""

    graph: GraphConfig = GraphConfig()
    encoder: EncoderConfig = EncoderConfig()
    pairs: PairsConfig = PairsConfig()
    augment: AugmentConfig = AugmentConfig()
    model: ModelConfig = ModelConfig()
    prior: PriorConfig = PriorConfig()
    peer: PeerConfig = PeerConfig()
    loss: LossConfig = LossConfig()
    train: TrainConfig = TrainConfig()
    cv: CVConfig = CVConfig()

    @model_validator(mode="after")
    def _nodes_have_features(self) -> Config:
        if self.encoder.features == "statistics" and not self.model.statistics:
            raise ValueError("encoder.features=statistics needs model.statistics=true")
        return self

    @model_validator(mode="after")
    def _peer_widths_fit(self) -> Config:
        peer, name = self.peer, self.model.name
        if name == "igegrns" and peer.output < IGEGRNS_LEAST:
            raise ValueError(
                f"peer.output={peer.output}: IGEGRNS halves it three times; it takes at least "
                f"{IGEGRNS_LEAST}"
            )
        if name == "gatcl" and peer.output > peer.hidden:
            raise ValueError(
                f"peer.output={peer.output} is above peer.hidden={peer.hidden}: GATCL's filter "
                "makes it shorter"
            )
        return self

    @model_validator(mode="after")
    def _heads_divide_dim(self) -> Config:
        for path, heads in (("encoder", self.encoder.heads), ("model", self.model.heads)):
            if self.encoder.dim % heads:
                raise ValueError(
                    f"encoder.dim={self.encoder.dim} is not a multiple of {path}.heads={heads}"
                )
        return self

    @classmethod
    def from_flat(cls, values: dict[str, Any]) -> Config:
        """A config from dotted paths, e.g. ``{"graph.levels": 15}``; the rest are defaults.

        Raises
        ------
        ConfigError
            Naming every unknown path (with the nearest valid one) and every bad value at once.
        """
        known = field_paths()
        errors = [unknown_path(path, known) for path in values if path not in known]
        tree: dict[str, dict[str, Any]] = {}
        for path, value in values.items():
            if path in known:
                section, _, name = path.partition(".")
                tree.setdefault(section, {})[name] = value
        try:
            config = cls.model_validate(tree)
        except ValidationError as error:
            errors += [bad_value(item) for item in error.errors()]
        if errors:
            raise ConfigError("\n".join(errors))
        return config

    def flat(self) -> dict[str, Any]:
        """All settings under their dotted paths, in the order of the tree."""
        return {
            f"{section}.{name}": value
            for section, fields in self.model_dump().items()
            for name, value in fields.items()
        }

    def replace(self, values: dict[str, Any]) -> Config:
        """A copy with some dotted paths changed."""
        return Config.from_flat({**self.flat(), **values})

    def applied(self) -> dict[str, Any]:
        """The settings that this configuration reads; see `gpdht.unread`."""
        return applied(self.flat())

    def ignored(self, paths: Iterable[str]) -> list[str]:
        """A sentence for each of these settings that this configuration does not read."""
        values = self.flat()
        ignored = unread(values)
        return [
            f"{path}={values[path]} changes nothing here: it is {ignored[path]}."
            for path in paths
            if path in ignored
        ]

    @property
    def hash(self) -> str:
        """sha256 of the settings that are read, 16 hex digits."""
        return settings_hash(self.applied())


def field_paths() -> dict[str, Any]:
    """Every dotted path of the config with its pydantic field."""
    return {
        f"{section}.{name}": field
        for section, part in Config.model_fields.items()
        for name, field in part.annotation.model_fields.items()  # type: ignore[union-attr]
    }


def field_default(path: str) -> Any:
    """A setting's default."""
    return field_paths()[path].default
