"""The losses of the pair model (paper, Eqs. 20–22).

Shape letters: P pairs of a batch · V views (clean, noised) · D channels.
"""

from __future__ import annotations

import torch
from torch.nn import functional as F

from gpdht.kernels.contrast import Contrast


def supervised_contrastive(
    projection_PD: torch.Tensor,
    label_P: torch.Tensor,
    *,
    temperature: float,
    positives_only: bool = False,
    real_P: torch.Tensor | None = None,
) -> torch.Tensor:
    """Supervised contrastive loss on cosine similarity (Eq. 21; Khosla et al. 2020, Eq. 2).

    The mean over anchors i of −1/|P(i)| Σ_{p∈P(i)} log(exp(s_ip) / Σ_{a≠i} exp(s_ia)), with
    s the cosine similarity over `temperature` and P(i) the other pairs of i's class. Anchors
    without such a pair do not count; with none at all the loss is zero.

    Parameters
    ----------
    projection_PD : projections, not normalised.
    label_P : class of each pair.
    positives_only : only known edges are anchors (both classes stay in the denominator).
    real_P : False for pairs that only pad the batch.
    """
    unit_PD = F.normalize(projection_PD, dim=-1)
    cosine_PP = unit_PD @ unit_PD.T
    if real_P is None and cosine_PP.device.type == "cpu" and cosine_PP.dtype == torch.float32:
        positives = int(label_P.sum())
        several = (label_P == 1) * (positives > 1) + (label_P == 0) * (len(label_P) - positives > 1)
        anchor_P = several > 0
        if positives_only:
            anchor_P &= label_P == 1
        return Contrast.apply(cosine_PP, label_P, anchor_P, temperature)
    return plain_contrast(cosine_PP / temperature, label_P, positives_only, real_P)


def plain_contrast(
    similarity_PP: torch.Tensor,
    label_P: torch.Tensor,
    positives_only: bool,
    real_P: torch.Tensor | None,
) -> torch.Tensor:
    """`supervised_contrastive` of similarities over the temperature, in torch's own operators."""
    other_PP = ~torch.eye(len(label_P), dtype=torch.bool, device=label_P.device)
    if real_P is not None:
        other_PP = other_PP & real_P[None, :]
    top_P = similarity_PP.masked_fill(~other_PP, -torch.inf).logsumexp(dim=1, keepdim=True)
    log_PP = (similarity_PP - top_P).masked_fill(~other_PP, 0)
    same_PP = (label_P[:, None] == label_P[None, :]) & other_PP
    count_P = same_PP.sum(dim=1)
    loss_P = -(log_PP * same_PP).sum(dim=1) / count_P.clamp(min=1)
    anchor_P = count_P > 0
    if positives_only:
        anchor_P = anchor_P & (label_P == 1)
    if real_P is not None:
        anchor_P = anchor_P & real_P
    return torch.where(anchor_P, loss_P, 0).sum() / anchor_P.sum().clamp(min=1)


def pair_loss(
    logit_VP: torch.Tensor,
    projection_VPD: torch.Tensor,
    label_P: torch.Tensor,
    *,
    contrast_weight: float,
    temperature: float,
    positives_only: bool = False,
    real_P: torch.Tensor | None = None,
) -> torch.Tensor:
    """BCE + λ · SupCon, each averaged over the V views (clean, noised) of a batch (Eq. 22).

    Parameters
    ----------
    real_P : False for pairs that only pad the batch, which then do not count.
    """
    target_VP = label_P.to(logit_VP.dtype).expand_as(logit_VP)
    bce_VP = F.binary_cross_entropy_with_logits(logit_VP, target_VP, reduction="none")
    loss = bce_VP.mean() if real_P is None else _mean_over(bce_VP, real_P)
    if contrast_weight:
        contrast = [
            supervised_contrastive(
                view_PD,
                label_P,
                temperature=temperature,
                positives_only=positives_only,
                real_P=real_P,
            )
            for view_PD in projection_VPD.unbind()
        ]
        loss = loss + contrast_weight * torch.stack(contrast).mean()
    return loss


def _mean_over(value_VP: torch.Tensor, real_P: torch.Tensor) -> torch.Tensor:
    count = real_P.sum().clamp(min=1) * value_VP.shape[0]
    return torch.where(real_P, value_VP, 0).sum() / count
