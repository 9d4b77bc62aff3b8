"""Which trial is registered: the best one, or the reference where that is better on fresh folds."""

from __future__ import annotations

import pytest
from registry_makers import result

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("on_fresh_folds", "registered"), [(0.7, 1), (0.6, 1), (0.5, 0)])
def test_the_reference_is_registered_where_the_best_trial_is_worse_on_fresh_folds(
    registry, scores, monkeypatch, on_fresh_folds, registered
):
    """The reference, trial 0 with 4 levels, scores .6 there."""
    ran = []

    def run_trial(config, *_, **__):
        ran.append((config.graph.levels, config.cv.seed))
        return result(0.6 if config.graph.levels == 4 else on_fresh_folds)

    monkeypatch.setattr("gpdht.registry.replication.run_trial", run_trial)
    study = registry.make_study(others=[(6, 0.8)])
    version = registry.register(study, replicates=2)
    assert ran == [(6, 1000), (6, 1001), (4, 1000), (4, 1001)]
    assert version.card["study"]["winner"] == registered
    assert version.card["study"]["best"] == 1
    assert version.card["study"]["settings"] == {"graph.levels": (4, 6)[registered]}
    assert ("it is the reference (trial 0)" in version.reason) is (registered == 0)
    score = registry.runs()[0].data.metrics["reference/replicated/auprc"]
    assert score == pytest.approx(0.6)
    again = registry.register(study, replicates=2)
    assert (again.version, again.reason, len(ran)) == (1, "registered already", 4)


def test_what_the_search_has_replicated_is_not_run_again(registry, scores, monkeypatch):
    study = registry.make_study(others=[(6, 0.8)])
    registry.register(study, name="first", replicates=2)
    ran = []
    monkeypatch.setattr(
        "gpdht.registry.replication.run_trial",
        lambda config, *_, **__: (ran.append(config.cv.seed), result(0.6))[1],
    )
    registry.register(study, name="second", replicates=3)
    assert ran == [1002, 1002]
