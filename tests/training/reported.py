"""A trial run for its result and its reports."""

from __future__ import annotations

from gpdht.trial import TrialResult, run_trial


def run_reported(config, dataset, **options) -> tuple[TrialResult, dict[int, dict[str, float]]]:
    """A complete trial's result, and its reports by epoch."""
    seen: dict[int, dict[str, float]] = {}
    result = run_trial(
        config, dataset, report=lambda epoch, metrics: seen.update({epoch: metrics}), **options
    )
    assert result.state == "complete", result.error
    return result, seen
