"""All folds as one computation, for a GPU: weights with a leading fold dimension.

Shape letters: F folds · M training pairs · B batch · V views · R rows · S tokens of a pair ·
X channels with statistics · K features of priors.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import cache, partial
from typing import NamedTuple

import torch
from torch import nn
from torch.func import functional_call, vmap
from torch.nn.utils.rnn import pad_sequence

from gpdht.models.gpdht.batched_optimizer import FlatWeights, make_stacked_optimizer
from gpdht.models.gpdht.fold import GPDHTFold
from gpdht.models.gpdht.losses import pair_loss
from gpdht.models.gpdht.prior_head import hide_features

WARM_UP = 3  # steps before a CUDA graph is captured, so that libraries have allocated


class _Batch(NamedTuple):
    """One batch of each fold, (F, B), and the number of training pairs, (F,)."""

    tf: torch.Tensor
    target: torch.Tensor
    label: torch.Tensor
    real: torch.Tensor
    num_pairs: torch.Tensor


class BatchedTrainer:
    """Trains folds as one batched computation; meets `FoldTrainer`.

    The folds' weights move into one tensor, of which each fold's network and encoder keep views,
    so scoring, snapshots and the fitted model work as before. A batch is padded to `batch_size`
    and masked, and a fold without batches left stands still, so each fold computes what it would
    alone. Over a frozen token table the step is captured once on a GPU as a CUDA graph and
    replayed; encoders that are trained along run one after the other within a step.
    """

    def __init__(self, models: Sequence[GPDHTFold]) -> None:
        first = models[0]
        self.models, self.config, self.device = models, first.config, first.device
        self.trains_encoder = first.trains_encoder
        self.template = copy.deepcopy(first.network).train()
        self.template.transformer.fused = False
        self.weights = FlatWeights.of([trained_modules(model) for model in models])
        self.tf_FM = pad_sequence([m.tf_P for m in models], batch_first=True)
        self.target_FM = pad_sequence([m.target_P for m in models], batch_first=True)
        self.label_FM = pad_sequence([m.label_P for m in models], batch_first=True)
        self.fold_F1 = torch.arange(len(models), device=self.device)[:, None]
        self.num_pairs_F = torch.tensor([len(m.label_P) for m in models], device=self.device)
        shape = (len(models), self.config.train.batch_size)
        self.index_FB = torch.zeros(shape, dtype=torch.int64, device=self.device)
        self.real_FB = torch.ones(shape, dtype=torch.bool, device=self.device)
        self.total_F = torch.zeros(len(models), device=self.device)
        self.optimizer = make_stacked_optimizer(self.config.train, self.weights)
        self._graph: torch.cuda.CUDAGraph | None = None

    def train_epoch(self, epoch: int) -> list[float]:
        """One epoch of each fold; the mean loss of each."""
        index_TFB, real_TFB = self._batches(epoch)
        if self.device.type == "cuda" and self._graph is None and not self.trains_encoder:
            self._capture()
        torch.manual_seed(self.models[0].seed * 1_000_003 + epoch)
        self.total_F.zero_()
        for index_FB, real_FB in zip(index_TFB, real_TFB, strict=True):
            self.index_FB.copy_(index_FB)
            self.real_FB.copy_(real_FB)
            if self._graph is None:
                self._step()
            else:
                self._graph.replay()
        for model in self.models:
            model.forget_tokens()
        steps_F = [model.num_steps for model in self.models]
        return [total / n for total, n in zip(self.total_F.tolist(), steps_F, strict=True)]

    def _batches(self, epoch: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Positions of an epoch's batches, (steps, F, B), and which of them are no padding."""
        size = self.config.train.batch_size
        steps = max(model.num_steps for model in self.models)
        index = torch.zeros(len(self.models), steps * size, dtype=torch.int64, device=self.device)
        real = torch.zeros_like(index, dtype=torch.bool)
        for f, model in enumerate(self.models):
            order = model.order(model.epoch_random(epoch))
            index[f, : len(order)], real[f, : len(order)] = order, True
        index_TFB, real_TFB = (x.unflatten(1, (steps, size)).transpose(0, 1) for x in (index, real))
        return index_TFB, real_TFB

    def _step(self) -> None:
        loss_F = self._losses(self.weights.views())
        (grad_FN,) = torch.autograd.grad(loss_F.sum(), self.weights.weight_FN)
        self.optimizer.step(grad_FN, self.real_FB.any(dim=1))
        self.total_F += loss_F.detach()

    def _losses(self, weights: dict[str, torch.Tensor]) -> torch.Tensor:
        """(F,), from weights as `FlatWeights.views` gives them."""
        tf_FB, target_FB, label_FB = (
            part.gather(1, self.index_FB) for part in (self.tf_FM, self.target_FM, self.label_FM)
        )
        table_FRSX, fold_F1 = self._token_tables(weights), self.fold_F1
        clean = torch.cat([table_FRSX[fold_F1, tf_FB], table_FRSX[fold_F1, target_FB]], dim=2)
        noise = self.config.augment.noise
        noised = [clean + noise * torch.randn_like(clean)] if noise else []
        token_FVBSX = torch.stack([clean, *noised], dim=1)
        drawn_FVB = torch.rand(token_FVBSX.shape[:3], device=self.device)
        shown_FVB = (drawn_FVB >= self.config.model.hidden_tfs).to(clean)
        return vmap(self._fold_loss, randomness="different")(
            part_of(weights, "network"),
            token_FVBSX,
            shown_FVB,
            self._prior_features(tf_FB, target_FB, token_FVBSX.shape[1]),
            _Batch(tf_FB, target_FB, label_FB, self.real_FB, self.num_pairs_F),
        )

    def _token_tables(self, weights: dict[str, torch.Tensor]) -> torch.Tensor:
        """(F, R, S, X): the same for all folds if it is frozen."""
        if not self.trains_encoder:
            return self.models[0].token_table().expand(len(self.models), -1, -1, -1)
        tables, of_encoder = [], part_of(weights, "encoder")
        for fold, model in enumerate(self.models):
            own = {name: weight[fold] for name, weight in of_encoder.items()}
            tables.append(model.tokens_from(partial(functional_call, model.encoder, own)))
        return torch.stack(tables)

    def _prior_features(
        self, tf_FB: torch.Tensor, target_FB: torch.Tensor, views: int
    ) -> torch.Tensor:
        """(F, V, B, K), each view with other features hidden."""
        priors = self.models[0].priors
        if priors is None:
            return torch.empty(len(tf_FB), views, tf_FB.shape[1], 0, device=self.device)
        prior_FVBK = priors(tf_FB, target_FB)[:, None].expand(-1, views, -1, -1)
        drawn_FVBK = torch.rand(prior_FVBK.shape, device=self.device)
        return hide_features(prior_FVBK, drawn_FVBK, self.config.prior.dropout)

    def _fold_loss(
        self,
        weights: dict[str, torch.Tensor],
        token_VBSX: torch.Tensor,
        shown_VB: torch.Tensor,
        prior_VBK: torch.Tensor,
        batch: _Batch,
    ) -> torch.Tensor:
        views = len(token_VBSX)
        inputs = token_VBSX.flatten(0, 1), batch.tf.repeat(views), batch.target.repeat(views)
        given = {"prior_PK": prior_VBK.flatten(0, 1)}
        output = functional_call(self.template, weights, (*inputs, shown_VB.flatten()), given)
        loss = self.config.loss
        of_pairs = pair_loss(
            output.logit_P.view(views, -1),
            output.projection_PD.unflatten(0, (views, -1)),
            batch.label,
            contrast_weight=loss.contrast_weight,
            temperature=loss.temperature,
            positives_only=loss.positives_only,
            real_P=batch.real,
        )
        return of_pairs + batch.real.any() * output.penalty / batch.num_pairs

    def _capture(self) -> None:
        """Record one step; the steps run to warm up are undone.

        Both happen on the same stream, because cuBLAS keeps a workspace for each stream that it
        has seen: those of a new stream at each capture would never be freed.
        """
        state = self.optimizer.state()
        kept = [tensor.clone() for tensor in state]
        aside = side_stream(self.device)
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(WARM_UP):
                self._step()
        torch.cuda.current_stream().wait_stream(aside)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph, stream=aside):
            self._step()
        for tensor, before in zip(state, kept, strict=True):
            tensor.copy_(before)


def trained_modules(model: GPDHTFold) -> nn.ModuleDict:
    """What a fold trains, by name."""
    modules: dict[str, nn.Module] = {"network": model.network}
    return nn.ModuleDict(modules | ({"encoder": model.encoder} if model.trains_encoder else {}))


def part_of(weights: dict[str, torch.Tensor], name: str) -> dict[str, torch.Tensor]:
    """The weights of one of the `trained_modules`, by their names in it."""
    prefix = f"{name}."
    return {k.removeprefix(prefix): w for k, w in weights.items() if k.startswith(prefix)}


@cache
def side_stream(device: torch.device) -> torch.cuda.Stream:
    """The one stream of this process and GPU on which steps are captured."""
    return torch.cuda.Stream(device)
