"""The losses of GP-DHT (paper, Eqs. 20–22) and of its reconstruction."""

from __future__ import annotations

import torch
from torch.nn import functional as F


def supervised_contrastive(
    projection_PD: torch.Tensor,
    label_P: torch.Tensor,
    *,
    temperature: float,
    positives_only: bool = False,
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
    """
    unit_PD = F.normalize(projection_PD, dim=-1)
    similarity_PP = unit_PD @ unit_PD.T / temperature
    self_PP = torch.eye(len(label_P), dtype=torch.bool, device=label_P.device)
    log_PP = similarity_PP - similarity_PP.masked_fill(self_PP, -torch.inf).logsumexp(
        dim=1, keepdim=True
    )
    same_PP = (label_P[:, None] == label_P[None, :]) & ~self_PP
    count_P = same_PP.sum(dim=1)
    loss_P = -(log_PP * same_PP).sum(dim=1) / count_P.clamp(min=1)
    anchor_P = count_P > 0
    if positives_only:
        anchor_P = anchor_P & (label_P == 1)
    return (loss_P * anchor_P).sum() / anchor_P.sum().clamp(min=1)


def pair_loss(
    logit_VP: torch.Tensor,
    projection_VPD: torch.Tensor,
    label_P: torch.Tensor,
    *,
    contrast_weight: float,
    temperature: float,
    positives_only: bool = False,
) -> torch.Tensor:
    """BCE + λ · SupCon, each averaged over the V views (clean, noised) of a batch (Eq. 22)."""
    target_VP = label_P.to(logit_VP.dtype).expand_as(logit_VP)
    loss = F.binary_cross_entropy_with_logits(logit_VP, target_VP)
    if contrast_weight:
        contrast = [
            supervised_contrastive(
                view_PD, label_P, temperature=temperature, positives_only=positives_only
            )
            for view_PD in projection_VPD
        ]
        loss = loss + contrast_weight * torch.stack(contrast).mean()
    return loss


def reconstruction(
    x_GD: torch.Tensor, x_CD: torch.Tensor, z_GC: torch.Tensor, mask_GC: torch.Tensor
) -> torch.Tensor:
    """Mean squared error of x_g · x_c against the z-score, over the non-zero expression.

    1 for embeddings of zero. The dense product costs less than gathering 2 · nnz rows as long
    as expression is not very sparse.
    """
    error_GC = (x_GD @ x_CD.T - z_GC) * mask_GC
    return error_GC.square().sum() / mask_GC.sum()
