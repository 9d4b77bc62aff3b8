"""A study's winner: what identifies it, what its score means, and what its card says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.data.together import each_alone, joint_name
from gpdht.errors import StudyError
from gpdht.metrics.names import score_of
from gpdht.registry.card import make_card
from gpdht.registry.promotion import Standing
from gpdht.registry.replication import Replication
from gpdht.search.replicates import fresh_seeds
from gpdht.search.study import Study
from gpdht.search.verdict import Verdict
from gpdht.tracking.provenance import versions
from gpdht.training.cross_validation import candidate_pairs


@dataclass(frozen=True, eq=False)
class Winner:
    """The trial of a study that is registered: its best complete one, or its reference.

    Parameters
    ----------
    data : those of the study: one set, or several that stand together.
    set_name : of the set that the model is of, where there are several; else empty.
    best : number of the best complete trial by the selection score.
    metric, score : what the search selected by, e.g. ``val/auprc``, and what this trial has there.
    epochs : its best number of epochs, on this set.
    """

    study: Study
    data: Dataset
    set_name: str
    config: Config
    number: int
    best: int
    metric: str
    score: float
    epochs: int

    @classmethod
    def of(
        cls, study: Study, data: Dataset, number: int | None = None, *, set_name: str | None = None
    ) -> Winner:
        """A trial of a study; the best one by the selection score if none is named.

        Parameters
        ----------
        data : those of the study.
        set_name : one of the study's sets; None for the first.

        Raises
        ------
        StudyError
            If the data are not the study's, it has no such set, or no trial is complete.
        """
        there = study.record["dataset"]
        if there["fingerprint"] != data.fingerprint:
            raise StudyError(
                f'study "{study.name}" was made on "{there["name"]}" (fingerprint '
                f'{there["fingerprint"][:12]}), but these data are "{joint_name(data)}" '
                f"({data.fingerprint[:12]}): values, names or edges differ. Give the study's "
                "data (--data), unchanged."
            )
        set_name = _set_of(study, set_name)
        _, row = study.winner()
        best = int(row["number"])
        if number is not None:
            row = study.trials().set_index("number", drop=False).loc[number]
        epochs = study.result(int(row["number"])).of_set(set_name).best_epoch
        assert epochs is not None, "a complete trial has a best epoch"
        return cls(
            study=study,
            data=data,
            set_name=set_name,
            config=study.config(int(row["number"])),
            number=int(row["number"]),
            best=best,
            metric=study.space.objective.metric,
            score=float(row["objective"]),
            epochs=epochs,
        )

    @property
    def dataset(self) -> Dataset:
        """The set that the model is of."""
        names = self.study.sets
        return each_alone(self.data)[names.index(self.set_name) if names else 0]

    @property
    def test_metric(self) -> str:
        """The objective's twin on the test parts, e.g. ``test/auprc``.

        Also of a gain: under one protocol gains differ by what the scores do, so a winner by gain
        can be compared with one by the score itself.
        """
        return f"test/{score_of(self.metric)}"

    @property
    def selection_metric(self) -> str:
        """What a tracker calls the biased score, e.g. ``selection/auprc``."""
        return f"selection/{self.metric.partition('/')[2]}"

    def protocol(self, replicates: int) -> dict[str, Any]:
        """What a replicated score means; equal protocols have the same folds."""
        settings = self.config.applied()
        shared = {path: v for path, v in settings.items() if path.startswith(("cv.", "pairs."))}
        del shared["cv.seed"]
        seeds = list(fresh_seeds(self.config, replicates))
        return {"fingerprint": self.dataset.fingerprint, **shared, "seeds": seeds}

    def key(self, replicates: int) -> dict[str, str]:
        """Tags by which the same registration is known again."""
        return {
            "dataset": self.dataset.name,
            "dataset_fingerprint": self.dataset.fingerprint,
            "config_hash": self.config.hash,
            "study": self.study.name,
            "study_id": str(self.study.record.get("id", "")),
            "winner": str(self.number),
            "best": str(self.best),
            "epochs": str(self.epochs),
            "protocol": json.dumps(self.protocol(replicates), sort_keys=True),
        }

    def standing(self, name: str, replication: Replication) -> Standing:
        """What it is compared with a champion by."""
        score = replication.figures[self.test_metric].pooled
        protocol = json.loads(json.dumps(self.protocol(len(replication.seeds))))
        return Standing(name, protocol, self.test_metric, score)

    def card(
        self, replication: Replication, cost: Mapping[str, float], verdict: Verdict | None
    ) -> dict[str, Any]:
        """The model card as plain data."""
        dataset, trials = self.dataset, self.study.trials()
        return make_card(
            data={
                "name": dataset.name,
                "fingerprint": dataset.fingerprint,
                "cells": dataset.num_cells,
                "genes": dataset.num_genes,
                "tfs": len(dataset.known_tfs),
                "edges": len(dataset.net),
                "priors": {p.name: [len(p.edges), p.fingerprint] for p in dataset.priors},
                "others": {o.name: [len(o.net), o.fingerprint] for o in dataset.others},
            },
            study={
                "name": self.study.name,
                "winner": self.number,
                "best": self.best,
                "trials": len(trials),
                "complete": int((trials["state"] == "complete").sum()),
                "best_epoch": self.epochs,
                "settings": self.study.values(self.number),
            },
            selection={
                "metric": self.metric,
                "score": self.score,
                "sets": self.study.sets,
            },
            verdict=verdict,
            config=self.config,
            universe=candidate_pairs(self.config, dataset).universe,
            replication=replication,
            cost={"search": float(trials["seconds"].astype(float).sum()), **cost},
            versions=versions(),
        )


def _set_of(study: Study, asked: str | None) -> str:
    names = study.sets
    if asked and asked not in names:
        found = ", ".join(names) if names else f"one alone, {study.record['dataset']['name']}"
        raise StudyError(f'study "{study.name}" has no set "{asked}" (it has {found}).')
    return asked or (names[0] if names else "")
