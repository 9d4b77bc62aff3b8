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

FURTHER_SETS = {"others": "other", "together": "together"}
"""The fields of a `Dataset` that hold further sets, and what their arrays' keys begin with."""


def arrays_of(fields: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """A `Dataset` as arrays, from its fields; further sets come as mappings of theirs."""
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
    for name, begin in FURTHER_SETS.items():
        for i, one in enumerate(fields[name]):
            arrays |= {f"{begin}{i}.{key}": array for key, array in arrays_of(one).items()}
    return arrays


def fields_of(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """The arguments of `Dataset` but for further sets, without copying the matrix."""
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


def arrays_of_sets(arrays: dict[str, np.ndarray], field: str) -> list[dict[str, np.ndarray]]:
    """The arrays of each of the further sets in a field."""
    begin = FURTHER_SETS[field]
    number = sum(bool(re.fullmatch(rf"{begin}\d+\.cells", key)) for key in arrays)
    return [
        {key.removeprefix(prefix): array for key, array in arrays.items() if key.startswith(prefix)}
        for prefix in (f"{begin}{i}." for i in range(number))
    ]
