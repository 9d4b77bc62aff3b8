"""What is kept in a file has no secret in it."""

from __future__ import annotations

import pytest

from gpdht.redaction import hide_secrets


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at https://ann:hunter2@host:5000/x", "at https://ann:…@host:5000/x"),
        ("postgresql://u:p@ss@db/mlflow", "postgresql://u:…@db/mlflow"),
        ("redis://:hunter2@host", "redis://:…@host"),
        ("http://host:5000/a@b", "http://host:5000/a@b"),
        ("GET /x?token=abc123&page=2", "GET /x?token=…&page=2"),
        ('{"api_key": "abc123", "page": 2}', '{"api_key": "…", "page": 2}'),
        ("AWS_SECRET_ACCESS_KEY=abc/123+x failed", "AWS_SECRET_ACCESS_KEY=… failed"),
        ("Authorization: Bearer eyJhbGciOi.J9", "Authorization: Bearer …"),
        ("trial 3 lost its process", "trial 3 lost its process"),
        ("37 tokens of each gene: a basic set", "37 tokens of each gene: a basic set"),
    ],
)
def test_passwords_and_tokens_are_hidden_and_nothing_else(text, expected):
    assert hide_secrets(text) == expected


def test_the_value_of_a_secret_variable_is_hidden_wherever_it_stands(monkeypatch):
    monkeypatch.setenv("MY_SERVICE_TOKEN", "correct-horse")
    monkeypatch.setenv("SHORT_PASSWORD", "abc")
    assert hide_secrets("header correct-horse refused abc") == "header … refused abc"
