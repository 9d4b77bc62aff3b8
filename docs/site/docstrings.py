"""The house's docstrings as griffe reads numpydoc.

Ours write `name : meaning` in one paragraph, since the type stands in the signature; numpydoc has
the type behind the colon and the meaning below it.
"""

from __future__ import annotations

import re
from typing import Any

from griffe import Extension, Object


def numpydoc(text: str) -> str:
    """A docstring with each parameter on a line of its own, its meaning below it.

    Names that share a meaning get it each, for their types differ.
    """
    head, title, rest = text.partition("Parameters\n----------\n")
    ours, following, others = _until_next_section(rest)
    items = re.findall(r"^(\w[\w, *]*) : (.*(?:\n(?: .*)?)*)", ours, flags=re.MULTILINE)
    if not items:
        return text
    written = [
        f"{name.strip()}\n    {meaning.strip()}"
        for names, meaning in items
        for name in names.split(",")
    ]
    return head + title + "\n".join(written) + "\n\n" + following + others


def _until_next_section(text: str) -> tuple[str, str, str]:
    found = re.search(r"^\w+\n-{3,}\n", text, flags=re.MULTILINE)
    return (
        (text, "", "") if found is None else (text[: found.start()], found[0], text[found.end() :])
    )


class HouseStyle(Extension):
    """Rewrites every docstring on its way to the pages."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        if obj.docstring is None:
            return
        text = numpydoc(obj.docstring.value)
        if obj.is_class and "BaseModel" in map(str, obj.bases):  # its fields, of no signature
            text = text.replace("Parameters\n---", "Attributes\n---")
        obj.docstring.value = text
