"""Advice that holds for the data themselves, told of a prior or another set.

The options of the edge list and of the matrix are those of DATA and its ``--net``. A prior and a
set of ``--with`` come as places alone, so where a reader's advice is such an option, what helps is
to write their file in a form that needs none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from gpdht.data.problems import Problem
from gpdht.errors import DataError

OPTIONS = re.compile(
    r"--(net|columns|label-column|min-weight|tfs|only-tfs|layer|use-raw|gene-names|cells"
    r"|orientation)\b"
)
PRIOR = (
    "These options are of --net alone: write the prior's file with the first line "
    "source,target,weight, and only the rows that are edges."
)
SET = (
    "These options are of DATA alone: put the set into a folder of its own, ExpressionData.csv "
    "(genes × cells) and GroundTruthNetwork.csv (with the first line Gene1,Gene2)."
)


@contextmanager
def advising(instead: str) -> Iterator[None]:
    """A `DataError` that advises an option of data gets a sentence that helps instead."""
    try:
        yield
    except DataError as error:
        raise DataError(_with(str(error), instead)) from error


def advise(problems: Iterable[Problem], instead: str) -> list[Problem]:
    """The problems, each that advises such an option with that sentence."""
    return [replace(one, remedy=_with(one.remedy, instead)) for one in problems]


def _with(text: str, instead: str) -> str:
    return f"{text} {instead}" if OPTIONS.search(text) and instead not in text else text
