"""What the labels alone say about single genes: an effect of each TF, each target, each pair.

Shape letters: G genes · P pairs · R rank.
"""

from __future__ import annotations

import torch
from torch import nn

SPEED = 30.0
"""How much faster effects move than weights: those move by units, these by hundredths.

A parameter is its effect over a gain, so that one step size serves both: a step of Adam is as
long whatever the gradient, so the gain is the speed; a step of SGD grows with the gradient, so the
gain is its root.
"""

BIAS_PENALTY = 1.0  # as of the logistic regression on TF and target
START_SD = 0.3  # of the TFs' factors; the targets' start at zero, so an unseen target has no effect


class GeneEffects(nn.Module):
    """b_t + c_g + u_t·v_g, shrunk towards zero: random effects beside what expression explains.

    A gene without training pairs keeps b = c = 0 and v = 0, so that its pairs are scored by
    expression and the effects of the other end alone.

    Parameters
    ----------
    rank : length of u and v; 0 for b and c alone.
    penalty : on u and v, in units of one training pair's log-loss (see `penalty`).
    optimizer : what will train it.
    """

    def __init__(self, *, genes: int, rank: int, penalty: float, optimizer: str = "adam") -> None:
        super().__init__()
        self.factor_penalty = penalty
        self.gain = SPEED if optimizer == "adam" else SPEED**0.5
        self.tf_G = nn.Parameter(torch.zeros(genes))
        self.target_G = nn.Parameter(torch.zeros(genes))
        self.tf_GR = nn.Parameter(torch.randn(genes, rank) * (START_SD / self.gain))
        self.target_GR = nn.Parameter(torch.zeros(genes, rank))

    def forward(self, tf_P: torch.Tensor, target_P: torch.Tensor) -> torch.Tensor:
        """(P, 2): the part of the logit that names the TF, and c_g, which does not."""
        product_P = (self.tf_GR[tf_P] * self.target_GR[target_P]).sum(dim=-1)
        of_tf_P = self.gain * self.tf_G[tf_P] + self.gain**2 * product_P
        return torch.stack([of_tf_P, self.gain * self.target_G[target_P]], dim=-1)

    def penalty(self) -> torch.Tensor:
        """½ (β (|b|² + |c|²) + penalty · (|u|² + |v|²)), to stand beside a sum over pairs."""
        biases = self.tf_G.square().sum() + self.target_G.square().sum()
        factors = self.tf_GR.square().sum() + self.target_GR.square().sum()
        return self.gain**2 / 2 * (BIAS_PENALTY * biases + self.factor_penalty * factors)

    def keep(self, row_G: torch.Tensor) -> None:
        """Forget all but some genes, in a new order; −1 is a gene that no label spoke of."""
        for parameter in self.parameters():
            kept = parameter.data[row_G.clamp(min=0)]
            kept[row_G < 0] = 0
            parameter.data = kept
