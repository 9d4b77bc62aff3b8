"""A study's ledger beside tables worked by hand."""

from __future__ import annotations

import json

import pytest
from fake_trials import fake_trial
from small_inputs import SPACE, tiny_dataset
from study_makers import StudyMaker

from gpdht.search.ledger import cost_cell, ledger_of, ledger_table, say_cost
from gpdht.search.run import run_search
from gpdht.search.study import Study, open_study
from gpdht.trial import TrialResult, lost

METRIC = "val/auprc"


def used(cpu: float, gpu: float, price: float | None = None) -> dict:
    energy = cpu * 12 / 3600 + gpu * 300 / 3600
    return {
        "cpu_seconds": cpu,
        "gpu_seconds": gpu,
        "energy_wh": energy,
        "price": price,
        "node": "n1",
    }


def end(maker: StudyMaker, state: str, seconds: float, usage: dict, error: str | None = None):
    number, _ = maker.queue.ask()
    metrics = {METRIC: 0.5} if state == "complete" else {}
    maker.queue.close(
        number, TrialResult(state, metrics, seconds=seconds, error=error, usage=usage)
    )


@pytest.fixture
def study(tmp_path) -> Study:
    """Two complete trials, a pruned one, one out of memory, one that cannot be; a lost attempt."""
    maker = StudyMaker(tmp_path)
    end(maker, "complete", 100, used(180, 50, 0.4))
    end(maker, "complete", 60, used(100, 30, 0.2))
    end(maker, "pruned", 20, used(30, 10, 0.1))
    end(maker, "out_of_memory", 10, used(5, 5, 0.05), "MemoryError: no")
    number, _ = maker.queue.ask()
    maker.queue.close(number, TrialResult("infeasible", error="ConfigError: no"))
    number, _ = maker.queue.ask()
    maker.queue.observe(number, 1, {METRIC: 0.1}, seconds=40, usage=used(60, 20, 0.25))
    maker.queue.interrupt()
    folder = maker.study.folder / "replicates"
    folder.mkdir()
    account = TrialResult("complete", seconds=50, usage=used(90, 25, 0.3)).account()
    (folder / "trial-00000-seed-1000.json").write_text(json.dumps({"account": account}))
    return maker.done()


def test_the_sums_are_those_of_the_table_by_hand(study):
    ledger = ledger_of(study)
    assert {state: (s.trials, s.seconds) for state, s in ledger.by_state.items()} == {
        "complete": (2, 160),
        "pruned": (1, 20),
        "out_of_memory": (1, 10),
        "infeasible": (1, 0),
    }
    assert ledger.by_state["complete"].cpu_seconds == 280
    assert (ledger.lost.trials, ledger.lost.seconds, ledger.lost.price) == (1, 40, 0.25)
    total = ledger.total
    assert (total.cpu_seconds, total.gpu_seconds) == (375, 115)
    assert total.price == pytest.approx(1.0)
    assert total.energy_wh == pytest.approx((375 * 12 + 115 * 300) / 3600)
    assert total.unknown == {}
    assert (ledger.replicates.trials, ledger.replicates.price) == (1, 0.3)


def test_shares_are_of_the_price_where_it_is_known(study):
    ledger = ledger_of(study)
    assert ledger.total.measure == "price"
    assert ledger.shares() == pytest.approx({"pruned": 0.1, "failed": 0.05, "lost": 0.25})
    metrics = ledger.metrics()
    assert metrics["trials/gpu_seconds"] == 115
    assert metrics["replicates/cpu_seconds"] == 90
    assert metrics["trials/share_pruned"] == pytest.approx(0.1)


def test_the_line_and_the_table_say_the_same(study):
    ledger = ledger_of(study)
    assert say_cost(ledger) == (
        "Cost: GPU 1.9 min, CPU 6.2 min, about 11 Wh, price 1.00; of it 10% pruned, 5% failed, "
        "25% lost. 1 replicate besides: GPU 25 s, CPU 1.5 min, about 2.4 Wh, price 0.30."
    )
    table = ledger_table(ledger)
    assert table.header == ("end", "trials", "time", "CPU time", "GPU time", "energy", "price")
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["pruned"] == ("1", "20 s", "30 s", "10 s", "0.93 Wh", "0.10")
    assert rows["lost attempts"][-1] == "0.25"
    assert rows["all"][-1] == "1.00"
    assert rows["replicates"][-1] == "0.30"


def test_a_study_of_before_costs_an_unknown_amount_not_nothing(tmp_path):
    maker = StudyMaker(tmp_path)
    maker.add([0.5, 0.6])  # without the entry, as trials were kept then
    ledger = ledger_of(maker.done())
    assert (ledger.total.seconds, ledger.total.cpu_seconds, ledger.total.price) == (2, None, None)
    assert say_cost(ledger).startswith("Cost: not known")
    assert cost_cell(ledger.total) == "–"
    assert "trials/cpu_seconds" not in ledger.metrics()


def test_a_price_that_some_trials_lack_is_a_lower_bound(tmp_path):
    maker = StudyMaker(tmp_path)
    end(maker, "complete", 100, used(100, 0, 0.5))
    end(maker, "complete", 100, used(100, 0))
    total = ledger_of(maker.done()).total
    assert (total.price, total.unknown, total.measure) == (0.5, {"price": 1}, "cpu_seconds")
    assert cost_cell(total) == "≥ 0.50"
    assert "price at least 0.50" in say_cost(ledger_of(maker.done()))


def test_a_lost_trial_costs_what_it_used_up_to_its_last_report(tmp_path):
    maker = StudyMaker(tmp_path)
    number, _ = maker.queue.ask()
    maker.queue.observe(number, 1, {METRIC: 0.1}, seconds=40, usage=used(60, 20))
    maker.queue.close(number, lost("its process died"))
    spent = ledger_of(maker.done()).by_state["failed"]
    assert (spent.seconds, spent.cpu_seconds, spent.gpu_seconds) == (40, 60, 20)


@pytest.mark.slow
@pytest.mark.usefixtures("small_ray")
def test_a_search_keeps_what_each_trial_used_and_its_part_of_the_price(tmp_path):
    run_search(
        tiny_dataset(),
        {**SPACE, "scheduler": {"name": "asha", "grace_epochs": 2}, "trials": 5},
        name="s",
        studies=tmp_path,
        progress=False,
        price_per_hour=7200.0,  # of a node with two CPUs, so that a trial's second costs 1
        trial=fake_trial(sleep_s=0.05),
    )
    study = open_study("s", tmp_path)
    table = study.trials()
    assert {"complete", "pruned"} == set(table["state"])
    assert (table["cpu_seconds"] >= 0).all()
    assert (table["gpu_seconds"] == 0).all()
    assert table["node"].nunique() == 1
    assert (table["price"] >= 0.05).all()
    ledger = ledger_of(study)
    assert ledger.total.price == pytest.approx(table["price"].sum())
    assert ledger.replicates.trials == 6
    assert ledger.replicates.price > 0
