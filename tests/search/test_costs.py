"""Costs as further objectives, and limits that a winner keeps."""

from __future__ import annotations

import numpy as np
import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_inputs import SPACE
from study_makers import StudyMaker

from gpdht.errors import SpaceError, StudyError
from gpdht.search.costs import broken, excess, losses, pareto_front
from gpdht.search.leaderboard import pareto_table, say_broken
from gpdht.search.samplers import view_with_costs
from gpdht.search.space import load_space
from gpdht.search.study_tables import StudyTables
from gpdht.search.verdict import judge_search


@pytest.mark.parametrize(
    ("limit", "value", "expected"),
    [
        ("<= 4000", 4001, 1),
        ("<=4e3", 3999, -1),
        (">= .5", 0.4, 0.1),
        (">= 0.5", 0.5, 0),
        ("<= -1", 0, 1),
    ],
)
def test_a_limit_is_exceeded_by_the_difference(limit, value, expected):
    assert excess(limit, value) == pytest.approx(expected)


def test_broken_constraints_are_said_and_unknown_values_break_none():
    limits = {"seconds": "<= 60", "val/auprc": ">= 0.5", "peak_memory_mb": "<= 100"}
    assert broken(limits, {"seconds": 61.0, "val/auprc": 0.5}) == ["seconds 61, not <= 60"]


@given(st.lists(st.tuples(*[st.integers(0, 4)] * 3), min_size=1, max_size=12))
def test_the_front_is_what_no_other_row_beats(rows):
    loss_NK = np.array(rows, float)
    expected = []
    for one in rows:
        beaten = False
        for other in rows:
            as_good = all(a <= b for a, b in zip(other, one, strict=True))
            beaten |= as_good and other != one
        expected.append(not beaten)
    assert pareto_front(loss_NK).tolist() == expected


def test_losses_are_lower_for_better():
    assert losses([0.5], "max", [[3.0]]).tolist() == [[-0.5, 3.0]]
    assert losses([0.5], "min", [[3.0]]).tolist() == [[0.5, 3.0]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"costs": ["second"]}, 'did you mean "seconds"'),
        ({"costs": ["seconds", "seconds"]}, "costs: seconds appears twice"),
        ({"costs": ["seconds"], "sampler": {"name": "cmaes"}}, "knows one objective alone"),
        ({"constraints": {"seconds": "60"}}, 'expected "<= NUMBER" or ">= NUMBER"'),
        ({"constraints": {"test/auprc": ">= 0.5"}}, "expected one of seconds"),
        ({"constraints": ["seconds"]}, "constraints=['seconds']"),
    ],
)
def test_what_is_no_cost_or_no_limit_is_refused(changes, message):
    with pytest.raises(SpaceError) as caught:
        load_space({**SPACE, **changes})
    assert message in str(caught.value)


def test_a_space_without_costs_has_the_hash_it_had_and_one_with_them_reads_back():
    plain, with_costs = (
        load_space({**SPACE, **changes})
        for changes in ({}, {"costs": ["seconds"], "constraints": {"seconds": "<= 60"}})
    )
    assert not {"costs", "constraints"} & plain.content().keys()
    assert plain.hash != with_costs.hash
    assert load_space(with_costs.content()) == with_costs


COSTLY = {"costs": ["seconds", "peak_memory_mb"], "constraints": {"peak_memory_mb": "<= 200"}}


@pytest.fixture
def maker(tmp_path):
    """Selection, seconds and memory of five trials; the third breaks the limit."""
    maker = StudyMaker(tmp_path, trials=8, **COSTLY)
    for selection, seconds, memory in (
        (0.5, 10.0, 100.0),
        (0.6, 20.0, 100.0),
        (0.9, 20.0, 300.0),
        (0.5, 20.0, 100.0),
        (0.4, 10.0, 50.0),
    ):
        maker.complete(selection, seconds=seconds, peak_memory_mb=memory)
    return maker


def test_a_trial_that_breaks_a_constraint_neither_wins_nor_stands_on_the_front(maker):
    tables = StudyTables(maker.done())
    assert tables.winner == 1
    assert list(tables.ranked["number"]) == [1, 0, 3, 4]
    assert list(tables.pareto_front["trial"]) == [1, 0, 4]
    assert judge_search(tables.study).trials == 4
    assert say_broken(tables) == (
        "Excluded by the constraints: trial 2: peak_memory_mb 300, not <= 200."
    )
    rows = pareto_table(tables).rows
    assert [row[:4] for row in rows] == [
        ("trial 1 (winner)", "0.600", "20 s", "100 MiB"),
        ("trial 0", "0.500", "10 s", "100 MiB"),
        ("trial 4", "0.400", "10 s", "50 MiB"),
    ]
    told = tables.study.optuna.get_trials(deepcopy=False)
    assert [trial.system_attrs["constraints:peak_memory_mb"] for trial in told] == [
        -100.0,
        -100.0,
        100.0,
        -100.0,
        -150.0,
    ]


def test_where_no_trial_keeps_the_constraints_that_is_said(tmp_path):
    maker = StudyMaker(tmp_path, **COSTLY)
    maker.complete(0.5, peak_memory_mb=300.0)
    study = maker.done()
    with pytest.raises(StudyError, match=r"keeps the constraints \(peak_memory_mb <= 200\)"):
        study.winner()
    assert StudyTables(study).winner is None
    assert judge_search(study) is None


def test_proposals_see_all_objectives_and_what_was_given_up_as_infeasible(maker):
    maker.end("pruned")
    maker.run()
    study = maker.study.optuna
    seen = view_with_costs(study, maker.space).get_trials()
    assert [trial.values for trial in seen[:2]] == [[0.5, 10.0, 100.0], [0.6, 20.0, 100.0]]
    given_up, running = seen[5], seen[6]
    assert given_up.system_attrs["constraints:given up"] == 1.0
    assert running.state is optuna.trial.TrialState.RUNNING
    assert running.params == study.get_trials()[6].params


@pytest.mark.parametrize("sampler", ["tpe", "gp", "random"])
def test_the_queue_asks_for_proposals_that_the_study_then_holds(tmp_path, sampler):
    maker = StudyMaker(tmp_path, sampler={"name": sampler}, trials=6, **COSTLY)
    for selection in (0.3, 0.5, 0.4, 0.6):
        maker.complete(selection, seconds=selection, peak_memory_mb=50.0)
    number, values = maker.queue.ask()
    assert number == 4
    assert maker.study.values(4) == values
    assert maker.space.config(values).graph.levels == values["graph.levels"]
