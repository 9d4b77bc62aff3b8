"""What a reproduced table or figure consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from gpdht.text_tables import Block


@dataclass(frozen=True, eq=False)
class Drawn:
    """Tables in print, the same as one tidy table, and a chart for each set."""

    blocks: tuple[Block, ...]
    table: pd.DataFrame
    charts: Mapping[str, Any] = field(default_factory=dict)
