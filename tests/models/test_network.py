"""The pair network: tokens and effects put together by hand, and TFs that are hidden."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gpdht.config import Config
from gpdht.data.toy import toy
from gpdht.models.gpdht.gene_effects import GeneEffects
from gpdht.models.gpdht.model import make_fold_models
from gpdht.models.gpdht.network import PairNetwork
from gpdht.models.gpdht.tokens import pair_tokens
from gpdht.models.gpdht.transformer import PairTransformer
from gpdht.models.threaded import ThreadedTrainer
from gpdht.pairs.candidates import make_pairs

GENES, DIM, STATISTICS = 10, 8, 5
KNOWN = torch.tensor([0, 1, 2, 3])
UNSEEN = torch.tensor([4, 5])

every_kind = pytest.mark.parametrize(
    ("statistics", "rank", "context"),
    list(itertools.product([0, STATISTICS], [None, 0, 3], [1, 2])),
)


def network(*, statistics=STATISTICS, rank: int | None = 3, context=1, hides=True) -> PairNetwork:
    """A network whose weights and effects are all something; `KNOWN` were trained on."""
    torch.manual_seed(0)
    transformer = PairTransformer(
        tokens=2 * context,
        dim=DIM,
        layers=2,
        heads=2,
        feedforward=12,
        dropout=0.3,
        hidden=10,
        projection=6,
    )
    effects = None if rank is None else GeneEffects(genes=GENES, rank=rank, penalty=4.0)
    made = PairNetwork(
        transformer, dim=DIM, genes=GENES, statistics=statistics, effects=effects, hides=hides
    )
    if effects is not None:
        for weight in effects.parameters():
            torch.nn.init.normal_(weight, std=0.05)
    made.train_on(KNOWN)
    return made.eval()


def table(*, statistics=STATISTICS, context=1, seed=1) -> torch.Tensor:
    seeded = torch.Generator().manual_seed(seed)
    return torch.randn(GENES, context, DIM + statistics, generator=seeded)


def some_pairs() -> tuple[torch.Tensor, torch.Tensor]:
    """Known and unseen TFs with every target."""
    tf_P, target_P = np.indices((6, GENES)).reshape(2, -1)
    return torch.from_numpy(tf_P), torch.from_numpy(target_P)


def logit_by_hand(made: PairNetwork, table_GSX: torch.Tensor, tf: int, target: int) -> float:
    """One pair: zeros for a hidden TF, statistics added by a linear map, effects added at last."""
    hidden = made.hides and tf not in KNOWN
    tokens = []
    for gene_SX, is_hidden in ((table_GSX[tf], hidden), (table_GSX[target], False)):
        for token_X in gene_SX * (not is_hidden):
            token_D = token_X[:DIM]
            if made.embed is not None:
                token_D = token_D + made.embed.weight @ token_X[DIM:] + made.embed.bias
            tokens.append(token_D)
    logit = float(made.transformer(torch.stack(tokens)[None])[0])
    effects = made.effects
    if effects is None:
        return logit
    of_tf = effects.gain * effects.tf_G[tf]
    of_tf = of_tf + effects.gain**2 * effects.tf_GR[tf] @ effects.target_GR[target]
    return logit + float(of_tf) * (not hidden) + float(effects.gain * effects.target_G[target])


@every_kind
@pytest.mark.parametrize("hides", [True, False])
@torch.no_grad()
def test_logits_equal_forward_and_the_parts_added_by_hand(statistics, rank, context, hides):
    made = network(statistics=statistics, rank=rank, context=context, hides=hides)
    table_GSX = table(statistics=statistics, context=context)
    tf_P, target_P = some_pairs()
    shown_P = torch.isin(tf_P, KNOWN).float() if hides else torch.ones(len(tf_P))
    logit_P = made.logits(table_GSX, tf_P, target_P)
    output = made(pair_tokens(table_GSX, tf_P, target_P), tf_P, target_P, shown_P)
    torch.testing.assert_close(logit_P, output.logit_P, atol=1e-5, rtol=1e-5)
    by_hand = [logit_by_hand(made, table_GSX, *pair) for pair in zip(tf_P, target_P, strict=True)]
    np.testing.assert_allclose(logit_P, by_hand, atol=1e-5, rtol=1e-5)
    assert float(output.penalty) == (0 if rank is None else float(made.effects.penalty()))


@every_kind
@torch.no_grad()
def test_unseen_tfs_score_a_target_alike_if_training_hid_tfs(statistics, rank, context):
    kind = {"statistics": statistics, "rank": rank, "context": context}
    table_GSX, target_P = table(statistics=statistics, context=context), torch.arange(GENES)
    for hides in (True, False):
        made = network(hides=hides, **kind)
        one, other = (made.logits(table_GSX, tf.expand(GENES), target_P) for tf in UNSEEN)
        assert torch.equal(one, other) == hides
        assert len(one.unique()) == GENES


@torch.no_grad()
def test_nothing_of_a_hidden_tf_matters():
    made, table_GSX = network(), table()
    tf_P, target_P = torch.full((4,), int(UNSEEN[0])), torch.tensor([0, 6, 7, 8])
    before_P = made.logits(table_GSX, tf_P, target_P)
    token_PSX, hidden_P = pair_tokens(table_GSX, tf_P, target_P), torch.zeros(4)
    before = made(token_PSX, tf_P, target_P, hidden_P)
    table_GSX[UNSEEN] += 3
    made.effects.tf_G[UNSEEN] += 1
    made.effects.tf_GR[UNSEEN] -= 1
    assert torch.equal(made.logits(table_GSX, tf_P, target_P), before_P)
    token_PSX = pair_tokens(table_GSX, tf_P, target_P)
    after = made(token_PSX, tf_P, target_P, hidden_P)
    assert torch.equal(after.logit_P, before.logit_P)
    assert torch.equal(after.projection_PD, before.projection_PD)
    shown = made(token_PSX, tf_P, target_P, torch.ones(4))
    assert (shown.logit_P != before.logit_P).all()


@torch.no_grad()
def test_a_hidden_tf_that_is_the_target_elsewhere_is_itself_there():
    made, table_GSX = network(), table()
    tf_P, target_P = torch.tensor([0]), UNSEEN[:1]
    before_P = made.logits(table_GSX, tf_P, target_P)
    table_GSX[UNSEEN[0]] += 3
    assert (made.logits(table_GSX, tf_P, target_P) != before_P).all()


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(60)), size=st.integers(1, 60))
def test_a_pairs_score_does_not_depend_on_its_batch(order, size):
    made, table_GSX = network(context=2), table(context=2)
    tf_P, target_P = some_pairs()
    at = torch.tensor(order[:size])
    with torch.no_grad():
        whole_P = made.logits(table_GSX, tf_P, target_P)
        part_P = made.logits(table_GSX, tf_P[at], target_P[at])
    torch.testing.assert_close(part_P, whole_P[at], atol=1e-5, rtol=1e-5)


def test_weights_that_come_back_know_the_same_tfs():
    made, other = network(), network()
    other.train_on(UNSEEN)
    other.load_state_dict(made.state_dict())
    assert torch.equal(other.known_tf_G.nonzero().squeeze(1), KNOWN)
    tf_P, target_P = some_pairs()
    with torch.no_grad():
        expected = made.logits(table(), tf_P, target_P)
        assert torch.equal(other.logits(table(), tf_P, target_P), expected)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.6])
def test_training_hides_the_share_of_tfs_that_is_asked_for(share):
    config = Config.from_flat(
        {
            "graph.levels": 2,
            "encoder.dim": 8,
            "encoder.training": "random",
            "model.feedforward": 8,
            "model.hidden": 8,
            "model.hidden_tfs": share,
        }
    )
    dataset = toy(genes=60, tfs=10, cells=30, seed=0)
    pairs = make_pairs(dataset)
    (model,) = make_fold_models(config, dataset, pairs, [np.arange(len(pairs))])
    seen = []
    model.network.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[3]))
    for epoch in range(1, 6):
        ThreadedTrainer([model]).train_epoch(epoch)
    shown = torch.cat(seen)
    assert len(shown) == 5 * 2 * len(pairs)  # the clean and the noised view are hidden apart
    assert set(shown.tolist()) <= {0.0, 1.0}
    sd = (share * (1 - share) / len(shown)) ** 0.5
    assert float(1 - shown.mean()) == pytest.approx(share, abs=4 * sd + 1e-6)
