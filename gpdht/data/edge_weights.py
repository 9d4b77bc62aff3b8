"""What the weights, signs and labels of an edge list say."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gpdht.data.problems import Problem
from gpdht.data.tables import exact_numbers
from gpdht.errors import DataError
from gpdht.presentation import count

PLUS = {
    *("+", "->", "-->", "activation", "activator", "activates", "activating", "activate"),
    *("stimulation", "stimulates", "positive", "up", "upregulation", "upregulates", "induction"),
    *("induces", "increase", "increases"),
}
MINUS = {
    *("-", "-|", "--|", "repression", "repressor", "represses", "repressing", "repress"),
    *("inhibition", "inhibitor", "inhibits", "inhibiting", "inhibit", "negative", "down"),
    *("downregulation", "downregulates", "suppression", "suppresses", "decrease", "decreases"),
}
WITH_COMMA, WITH_POINT = r"[+-]?[\d.]*,[\d.,]*(?:e[+-]?\d+)?", r"[+-]?\d*\.\d+(?:e[+-]?\d+)?"
DECIMAL_COMMA = r"[+-]?\d*,\d+(?:e[+-]?\d+)?"
THOUSANDS = r"[+-]?[1-9]\d{0,2}(?:,\d{3})+"
WRITE_SIGNS = "Signs are written + or -, activation or repression."


def edge_weights(
    weight: pd.Series | None, sign: pd.Series | None, where: str
) -> tuple[pd.Series | None, list[Problem]]:
    """The weights, with the sign that a column of signs gives them, and what was doubtful.

    Weights that have signs of their own keep them; without weights the signs are the weights, 1
    and −1. NaN for what is neither a number nor a sign; None if there are no weights.

    Raises
    ------
    DataError
        As `read_weights`.
    """
    numbers = None if weight is None else read_weights(weight, where)
    if sign is None or (numbers is not None and (numbers < 0).any()):
        return numbers, []
    signs = read_weights(sign, where)
    unknown = signs.isna()
    if unknown.all():
        found = (
            f'{where}: 0 of {len(sign)} values of "{sign.name}" are signs, e.g. "{sign.iloc[0]}"'
        )
        return numbers, [Problem("warning", found, f"It was not read. {WRITE_SIGNS}")]
    signs = signs.fillna(1)
    both = signs if numbers is None else numbers.where(signs >= 0, -numbers)
    if not unknown.any():
        return both, []
    signless = count(unknown.sum(), "edge has", "edges have")
    found = f'{where}: {signless} no sign, e.g. "{sign[unknown].iloc[0]}"'
    return both, [Problem("warning", found, f"They count as activating. {WRITE_SIGNS}")]


def read_weights(text: pd.Series, where: str) -> pd.Series:
    """float64 of each number or word: 1 for activation, −1 for repression, NaN for others.

    Numbers have a decimal point or, where that is clear, a decimal comma.

    Raises
    ------
    DataError
        If commas may stand for thousands or for decimals.
    """
    words = text.str.lower().str.replace("−", "-")
    comma = words.str.fullmatch(WITH_COMMA)
    if comma.any():
        decimal = words[comma].str.fullmatch(DECIMAL_COMMA).all()
        point = words.str.fullmatch(WITH_POINT).any()
        if not decimal or point or words[comma].str.fullmatch(THOUSANDS).all():
            raise DataError(
                f'{where}: {comma.sum()} weights have a comma, e.g. "{text[comma].iloc[0]}", which '
                "may stand for thousands or for decimals. Write them with a decimal point."
            )
        words = words.where(~comma, words.str.replace(",", ".", regex=False))
    numbers = pd.Series(exact_numbers(words), index=text.index)
    numbers[words.isin(PLUS)], numbers[words.isin(MINUS)] = 1.0, -1.0
    return numbers.where(np.isfinite(numbers))
