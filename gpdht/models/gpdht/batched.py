"""All folds as one computation, for a GPU: weights with a leading fold dimension.

Shape letters: F folds · N weights of all folds · M training pairs · B batch · V views · S tokens of
a pair · X channels with statistics · K features of priors.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Sequence
from typing import NamedTuple

import torch
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
    """Trains folds over one frozen token table as one batched computation; meets `FoldTrainer`.

    The folds' weights move into one tensor, of which each fold's network keeps views, so
    scoring, snapshots and the fitted model work as before. A batch is padded to
    `batch_size` and masked, and a fold without batches left stands still, so each fold computes
    what it would alone. On a GPU the step is captured once as a CUDA graph and replayed.
    """

    def __init__(self, models: Sequence[GPDHTFold]) -> None:
        first = models[0]
        assert not first.trains_encoder
        self.models, self.config, self.device = models, first.config, first.device
        self.table_RSX = first.token_table()
        self.template = copy.deepcopy(first.network).train()
        self.template.transformer.fused = False
        self.weights, flat = self._stack_weights()
        self.tf_FM = pad_sequence([m.tf_P for m in models], batch_first=True)
        self.target_FM = pad_sequence([m.target_P for m in models], batch_first=True)
        self.label_FM = pad_sequence([m.label_P for m in models], batch_first=True)
        self.num_pairs_F = torch.tensor([len(m.label_P) for m in models], device=self.device)
        shape = (len(models), self.config.train.batch_size)
        self.index_FB = torch.zeros(shape, dtype=torch.int64, device=self.device)
        self.real_FB = torch.ones(shape, dtype=torch.bool, device=self.device)
        self.total_F = torch.zeros(len(models), device=self.device)
        self.optimizer = make_stacked_optimizer(self.config.train, flat, len(models))
        self._graph: torch.cuda.CUDAGraph | None = None

    def train_epoch(self, epoch: int) -> list[float]:
        """One pass of each fold over its training pairs; the mean loss of each fold."""
        index_TFB, real_TFB = self._batches(epoch)
        if self.device.type == "cuda" and self._graph is None:
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
        steps_F = [model.num_steps for model in self.models]
        return [total / n for total, n in zip(self.total_F.tolist(), steps_F, strict=True)]

    def _stack_weights(self) -> tuple[dict[str, torch.Tensor], FlatWeights]:
        """The folds' weights by name, (F, …), as views of flat ones, which the folds share."""
        names = [name for name, _ in self.template.named_parameters()]
        rows = [[m.network.get_parameter(n).detach() for m in self.models] for n in names]
        stacked = [torch.stack(row) for row in rows]
        flat = FlatWeights.of(stacked)
        weights = {}
        for name, weight, grad in zip(names, *flat.views(stacked), strict=True):
            weights[name] = weight.requires_grad_()
            weights[name].grad = grad
            for model, own in zip(self.models, weight.detach(), strict=True):
                model.network.get_parameter(name).data = own
        return weights, flat

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
        self.optimizer.flat.grad_N.zero_()
        loss_F = self._losses()
        loss_F.sum().backward()
        self.optimizer.step(self.real_FB.any(dim=1))
        self.total_F += loss_F.detach()

    def _losses(self) -> torch.Tensor:
        tf_FB, target_FB, label_FB = (
            part.gather(1, self.index_FB) for part in (self.tf_FM, self.target_FM, self.label_FM)
        )
        clean = torch.cat([self.table_RSX[tf_FB], self.table_RSX[target_FB]], dim=2)
        noise = self.config.augment.noise
        noised = [clean + noise * torch.randn_like(clean)] if noise else []
        token_FVBSX = torch.stack([clean, *noised], dim=1)
        drawn_FVB = torch.rand(token_FVBSX.shape[:3], device=self.device)
        shown_FVB = (drawn_FVB >= self.config.model.hidden_tfs).to(clean)
        return vmap(self._fold_loss, randomness="different")(
            self.weights,
            token_FVBSX,
            shown_FVB,
            self._prior_features(tf_FB, target_FB, token_FVBSX.shape[1]),
            _Batch(tf_FB, target_FB, label_FB, self.real_FB, self.num_pairs_F),
        )

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


@functools.cache
def side_stream(device: torch.device) -> torch.cuda.Stream:
    """The one stream of this process and GPU on which steps are captured."""
    return torch.cuda.Stream(device)
