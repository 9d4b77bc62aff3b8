"""An epoch of the pair Transformer over all folds: ours against the plain loop.

The plain loop is what one writes first: per fold, one after the other, `nn.TransformerEncoder`,
autograd, Adam; both views in one pass. Same sizes, batches, folds and number of threads. It sees
embeddings alone, so statistics, memory and hidden TFs are off in both.

usage: python benchmarks/pairs.py [DATA] [--dims 64 128 256] [--threads N] [--epochs 1]
"""

from __future__ import annotations

import argparse

import torch
from measuring import Row, seconds
from torch import nn

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.data.source import open_dataset
from gpdht.models.gpdht.fold import GPDHTFold
from gpdht.models.gpdht.losses import plain_contrast
from gpdht.models.gpdht.model import fold_trainer, make_fold_models
from gpdht.training.cross_validation import draw_folds

EMBEDDINGS_ALONE = {"model.statistics": False, "model.effects": "none", "model.hidden_tfs": 0.0}
PUBLISHED = {"model.layers": 3, "model.hidden": 256, "model.dropout": 0.1}


class PlainPairTransformer(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        dim, model = config.encoder.dim, config.model
        layer = nn.TransformerEncoderLayer(
            dim, model.heads, model.feedforward, model.dropout, activation="gelu", batch_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, model.layers, enable_nested_tensor=False)
        self.trunk = nn.Sequential(
            nn.Flatten(), nn.Linear(2 * dim, model.hidden), nn.GELU(), nn.LayerNorm(model.hidden)
        )
        self.classify = nn.Linear(model.hidden, 1)
        self.project = nn.Sequential(
            nn.Linear(model.hidden, model.hidden),
            nn.GELU(),
            nn.Linear(model.hidden, model.projection),
        )

    def forward(self, token_PSD: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        hidden_PD = self.trunk(self.encoder(token_PSD))
        return self.classify(hidden_PD).squeeze(-1), self.project(hidden_PD)


def plain_epoch(model: PlainPairTransformer, adam: torch.optim.Adam, fold: GPDHTFold) -> None:
    config, table_GSD = fold.config, fold.token_table()
    for batch in torch.randperm(len(fold.label_P)).split(config.train.batch_size):
        adam.zero_grad()
        label_P = fold.label_P[batch]
        clean = torch.cat([table_GSD[fold.tf_P[batch]], table_GSD[fold.target_P[batch]]], dim=1)
        noised = clean + config.augment.noise * torch.randn_like(clean)
        logit_P, projection_PD = model(torch.cat([clean, noised]))
        loss = nn.functional.binary_cross_entropy_with_logits(logit_P, label_P.repeat(2))
        for view_PD in projection_PD.chunk(2):
            unit_PD = nn.functional.normalize(view_PD, dim=-1)
            similarity_PP = unit_PD @ unit_PD.T / config.loss.temperature
            contrast = plain_contrast(similarity_PP, label_P, False, None)
            loss = loss + config.loss.contrast_weight / 2 * contrast
        loss.backward()
        adam.step()


def rows(dataset: Dataset, *, dims: list[int], epochs: int) -> list[Row]:
    """What, ours, against what, and how many times faster ours is."""
    out = []
    for dim in dims:
        sizes = {"encoder.dim": dim, "model.feedforward": 2 * dim, "encoder.iterations": 1}
        config = Config.from_flat({**EMBEDDINGS_ALONE, **PUBLISHED, **sizes})
        pairs, folds = draw_folds(config, dataset)
        models = make_fold_models(config, dataset, pairs, [fold.train for fold in folds])
        plain = [PlainPairTransformer(config).to(model.device) for model in models]
        adams = [torch.optim.Adam(model.parameters(), lr=config.train.lr) for model in plain]

        folds_of_plain = list(zip(plain, adams, models, strict=True))
        against = seconds(
            lambda parts=folds_of_plain: [plain_epoch(*part) for part in parts], epochs
        )
        for precision in ("float32", "bfloat16"):
            config = config.replace({"train.precision": precision})
            models = make_fold_models(config, dataset, pairs, [fold.train for fold in folds])
            trainer = fold_trainer(models)
            ours = seconds(lambda trainer=trainer: trainer.train_epoch(1), epochs)
            out.append(
                (
                    f"epoch, {len(models)} folds, D = {dim}, {precision}",
                    f"{ours:.2f} s",
                    f"plain loop {against:.2f} s",
                    against / ours,
                )
            )
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", default="toy:genes=400,tfs=10,cells=200")
    parser.add_argument("--dims", type=int, nargs="+", default=[64, 128, 256])
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    for row in rows(open_dataset(options.data), dims=options.dims, epochs=options.epochs):
        print("{}: {}, {}: {:.1f} ×".format(*row), flush=True)


if __name__ == "__main__":
    main()
