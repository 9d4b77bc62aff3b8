"""The loss and gradient of a logistic matrix factorisation, in one pass over its table."""

from __future__ import annotations

import numpy as np

from gpdht.kernels.elementary import exp64, kernel, log1p64


@kernel
def log_loss(positives_TG, pairs_TG, b_T, c_G, u_TR, v_RG, gb_T, gc_G, gu_TR, gv_RG):
    """Summed log-loss of logit(t, g) = b_t + c_g + u_t·v_g; its gradient is written, not added.

    Parameters
    ----------
    positives_TG, pairs_TG : how many positives and how many pairs each cell of the table has.
    gb_T, gc_G, gu_TR, gv_RG : take the gradient.
    """
    targets, rank = len(c_G), u_TR.shape[1]
    logit_G, slope_G = np.empty(targets), np.empty(targets)
    gc_G[:] = 0
    gv_RG[:] = 0
    loss = 0.0
    for t in range(len(b_T)):
        pairs_G, positives_G = pairs_TG[t], positives_TG[t]
        for g in range(targets):
            logit_G[g] = b_T[t] + c_G[g]
        for r in range(rank):
            u, v_G = u_TR[t, r], v_RG[r]
            for g in range(targets):
                logit_G[g] += u * v_G[g]
        of_row = total = 0.0
        for g in range(targets):
            logit = logit_G[g]
            tail = exp64(-abs(logit))
            rate = (1.0 if logit > 0 else tail) / (1 + tail)
            slope = pairs_G[g] * rate - positives_G[g]
            of_row += pairs_G[g] * (max(logit, 0.0) + log1p64(tail)) - positives_G[g] * logit
            total += slope
            slope_G[g] = slope
            gc_G[g] += slope
        loss += of_row
        gb_T[t] = total
        for r in range(rank):
            u, v_G, gv_G = u_TR[t, r], v_RG[r], gv_RG[r]
            along = 0.0
            for g in range(targets):
                along += slope_G[g] * v_G[g]
                gv_G[g] += u * slope_G[g]
            gu_TR[t, r] = along
    return loss
