"""Studies side by side: a row each, and the settings in which their winners agree."""

from __future__ import annotations

import json

import pytest
from study_makers import StudyMaker

from gpdht.errors import StudyError
from gpdht.search.several_studies import agree, settings_table, studies_table, study_rows
from gpdht.search.space import load_space
from gpdht.search.study_tables import StudyTables


def param(path, **content):
    (found,) = load_space({"params": {path: content}}).params
    return found


LEVELS = param("graph.levels", int=[5, 25])
TAU = param("encoder.tau", float=[0.01, 1.0], log=True)
OPTIMIZER = param("train.optimizer", choice=["adam", "sgd"])


@pytest.mark.parametrize(
    ("searched", "values", "expected"),
    [
        (LEVELS, [10, 14], True),
        (LEVELS, [10, 15], False),
        (LEVELS, [10, 12, 14], True),
        (LEVELS, [10], False),
        (TAU, [0.1, 0.24], True),
        (TAU, [0.1, 0.26], False),
        (OPTIMIZER, ["adam", "adam"], True),
        (OPTIMIZER, ["adam", "sgd"], False),
        (OPTIMIZER, [], False),
    ],
)
def test_winners_agree_on_equal_choices_and_on_near_numbers(searched, values, expected):
    assert agree(searched, values) is expected


def test_each_study_has_a_row_with_its_scores_and_its_cost(tmp_path):
    first = StudyMaker(tmp_path / "a")
    first.complete(0.3)
    first.complete(0.5, signal=2.0)
    empty = StudyMaker(tmp_path / "b", name="empty")
    tables = [StudyTables(maker.done()) for maker in (first, empty)]
    found, nothing = json.loads(json.dumps(study_rows(tables)))
    assert (found["study"], found["winner"], found["selection"]) == ("s", 1, 0.5)
    assert (found["complete"], found["trials"], found["seconds"]) == (2, 2, 4.0)
    assert found["verdict"]["selection"] == {
        "winner": 0.5,
        "reference": 0.3,
        "low": None,
        "high": None,
    }
    assert found["settings"] == first.study.values(1)
    assert (nothing["winner"], nothing["verdict"], nothing["settings"]) == (None, None, {})
    rows = studies_table([found, nothing]).rows
    assert rows[0][3:7] == ("2 of 2", "4.0 s", "–", "0.500")
    assert rows[0][-1] == "not replicated"
    assert rows[1][6:] == ("–",) * 7 + ("no reference",)
    assert settings_table(tables) is None


def test_settings_of_winners_stand_side_by_side(tmp_path):
    makers = [StudyMaker(tmp_path / name, name=name) for name in ("a", "b")]
    for maker in makers:
        maker.complete(0.5)
    table = settings_table([StudyTables(maker.done()) for maker in makers])
    assert table.header == ("", "a", "b", "agree")
    assert ("graph.levels", "15", "15", "yes") in table.rows
    assert ("train.momentum", "–", "–", "") in table.rows


def test_a_study_given_twice_is_refused(tmp_path):
    tables = StudyTables(StudyMaker(tmp_path).study)
    with pytest.raises(StudyError, match="s is given twice"):
        study_rows([tables, tables])
