"""Text without the secrets that it may hold, for what is kept in files."""

from __future__ import annotations

import os
import re

HIDDEN = "…"
_NAMES = re.compile(r"(?i)token|secret|password|passwd|api_?key|access_?key|credential")
_SHORTEST = 6  # a shorter value would stand in words that have nothing to do with it
_IN_TEXT = (
    re.compile(r"(?<=://)(?P<before>[^\s/:@]*:)[^\s/]+(?=@)"),  # scheme://user:password@host
    re.compile(
        r"(?P<before>\b[\w-]*(?:token|secret|password|passwd|api_?key|access_?key)[\w-]*"
        r"[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;]+",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<before>\b(?:bearer|basic)\s+)[\w.+/=~-]{8,}", re.IGNORECASE),
)


def hide_secrets(text: str) -> str:
    """The text without passwords in URLs, named tokens, and the values of secret variables.

    A variable is secret if its name says so: ``AWS_SECRET_ACCESS_KEY``, ``RAY_AUTH_TOKEN``.
    """
    values = {value for name, value in os.environ.items() if _NAMES.search(name)}
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= _SHORTEST:
            text = text.replace(value, HIDDEN)
    for pattern in _IN_TEXT:
        text = pattern.sub(rf"\g<before>{HIDDEN}", text)
    return text
