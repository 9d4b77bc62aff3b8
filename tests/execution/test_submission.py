"""What makes a search fit to be submitted again."""

from __future__ import annotations

import pytest

from gpdht.execution.submission import resumable


@pytest.mark.parametrize(
    ("given", "added"),
    [
        (["toy", "--space", "quick"], ["--resume", "--address", "auto"]),
        (["toy", "--resume"], ["--address", "auto"]),
        (["toy", "--address=head:6379"], ["--resume"]),
        (["toy", "--resume", "--address", "head:6379"], []),
    ],
)
def test_a_search_is_resumed_on_the_cluster_around_it_unless_told_otherwise(given, added):
    assert resumable(given) == [*given, *added]
