"""A dataset as plain arrays, and back.

Ray's object store shares plain arrays between trials without a copy, and hands them out read-only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from gpdht.data.priors import prior_arrays, priors_of

_OTHER = "other{}."


def arrays_of(fields: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """A `Dataset` as arrays, from its fields; of `others` come mappings of theirs."""
    expression, net = fields["expression"], fields["net"]
    position = {gene: i for i, gene in enumerate(fields["genes"].tolist())}
    arrays = {
        "data": expression.data.astype(np.float32, copy=False),
        "indices": expression.indices.astype(np.int32, copy=False),
        "indptr": expression.indptr.astype(np.int64, copy=False),
        "cells": fields["cells"].astype(str),
        "genes": fields["genes"].astype(str),
        "tfs": fields["tfs"].astype(str),
        "source": net["source"].map(position).to_numpy(np.int32),
        "target": net["target"].map(position).to_numpy(np.int32),
        "name": np.array(fields["name"]),
        "species": np.array(fields["species"] or ""),
    }
    if "weight" in net:
        arrays["weight"] = net["weight"].to_numpy(np.float64)
    arrays |= prior_arrays(fields["priors"])
    for i, other in enumerate(fields["others"]):
        arrays |= {f"{_OTHER.format(i)}{key}": array for key, array in arrays_of(other).items()}
    return arrays


def fields_of(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """The arguments of `Dataset` but for `others`, without copying the matrix."""
    genes, cells = arrays["genes"], arrays["cells"]
    expression = sparse.csr_matrix((len(cells), len(genes)), dtype=np.float32)
    expression.data, expression.indices = arrays["data"], arrays["indices"]
    expression.indptr = arrays["indptr"]
    net: dict[str, Any] = {
        "source": genes[arrays["source"]].astype(object),
        "target": genes[arrays["target"]].astype(object),
    }
    if "weight" in arrays:
        net["weight"] = arrays["weight"]
    return {
        "expression": expression,
        "cells": cells,
        "genes": genes,
        "net": pd.DataFrame(net),
        "tfs": arrays["tfs"],
        "name": str(arrays["name"]),
        "species": str(arrays["species"]) or None,
        "priors": priors_of(arrays),
    }


def arrays_of_others(arrays: dict[str, np.ndarray]) -> list[dict[str, np.ndarray]]:
    """The arrays of each of the other sets."""
    number = sum(bool(re.fullmatch(r"other\d+\.cells", key)) for key in arrays)
    return [
        {key.removeprefix(prefix): array for key, array in arrays.items() if key.startswith(prefix)}
        for prefix in map(_OTHER.format, range(number))
    ]
