"""The house's docstrings as griffe reads numpydoc.

Ours write `name : meaning` in one paragraph, since the type stands in the signature; numpydoc has
the type behind the colon and the meaning below it.
"""

from __future__ import annotations

import re
from typing import Any

from griffe import Extension, Object


def numpydoc(text: str) -> str:
    """A docstring with each parameter's meaning on lines of its own, under its name."""
    lines, section, underlined = [], "", False
    for line, following in zip(*(iter_ := text.splitlines(), [*iter_[1:], ""]), strict=True):
        if re.fullmatch("-{3,}", following):
            section, underlined = line.strip(), True
        elif underlined:
            underlined = False
        elif section == "Parameters" and (found := re.match(r"(\w[\w, *]*) : (.*)", line)):
            lines += [found[1], f"    {found[2]}"]
            continue
        lines.append(line)
    return "\n".join(lines)


class HouseStyle(Extension):
    """Rewrites every docstring on its way to the pages."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        if obj.docstring is None:
            return
        text = numpydoc(obj.docstring.value)
        if obj.is_class and "BaseModel" in map(str, obj.bases):  # its fields, of no signature
            text = text.replace("Parameters\n---", "Attributes\n---")
        obj.docstring.value = text
