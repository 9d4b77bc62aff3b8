"""Each bad input: one error that says what was found, one example, and what to do."""

from __future__ import annotations

import re

import pytest
from bad_inputs import CASES
from typer.testing import CliRunner

from gpdht.cli.app import app
from gpdht.data.source import open_dataset
from gpdht.errors import DataError


@pytest.mark.parametrize("name", CASES)
def test_a_bad_input_is_one_error_with_an_example_and_a_remedy(tmp_path, small, frame, name):
    prepare, message = CASES[name]
    with pytest.raises(DataError) as error:
        open_dataset(**prepare(tmp_path, small, frame))
    assert re.search(message, str(error.value)), str(error.value)
    assert "\n" not in str(error.value).strip()
    assert not re.search(
        r"(?<!of )\b1 ([a-z]+ )?[a-z]+s (are|were|have|occur|look)", str(error.value)
    )


@pytest.mark.parametrize("name", CASES)
def test_the_command_line_ends_with_the_same_error(tmp_path, small, frame, name):
    prepare, message = CASES[name]
    arguments = prepare(tmp_path, small, frame)
    options = [
        text for key in arguments if key != "data" for text in (f"--{key}", str(arguments[key]))
    ]
    result = CliRunner().invoke(app, ["inspect", str(arguments["data"]), *options])
    assert result.exit_code != 0
    assert result.stdout == ""
    assert isinstance(result.exception, DataError)
    assert re.search(message, str(result.exception))
