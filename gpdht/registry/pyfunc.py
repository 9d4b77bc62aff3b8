"""The model as MLflow serves it: a file of code beside the model's folder ("models from code").

MLflow runs this file when it loads the model; the package does not import it. So the registry
holds this source, a JSON index and safetensors, and no pickle.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from gpdht.errors import ModelError
from gpdht.registry.folder import load_model


class NetworkModel(PythonModel):
    """`source, target` in; the same with `weight` out: the probability of the edge."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the folder that was logged as the artifact `model`."""
        self.model = load_model(context.artifacts["model"])
        self.position = {gene: i for i, gene in enumerate(self.model.genes.tolist())}

    def predict(
        self,
        context: PythonModelContext,  # noqa: ARG002  # MLflow's signature
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> pd.DataFrame:
        """`source, target, weight` in the order of the input.

        Raises
        ------
        ModelError
            When a name is no gene of the model.
        """
        tf_P, target_P = (self._positions(model_input[end]) for end in ("source", "target"))
        weight_P = self.model.score_positions(tf_P, target_P)
        return model_input[["source", "target"]].assign(weight=weight_P.astype(np.float64))

    def _positions(self, names: pd.Series) -> np.ndarray:
        unknown = [name for name in names if name not in self.position]
        if unknown:
            raise ModelError(
                f"{len(unknown)} of {len(names)} names are no genes of the model "
                f'(e.g. "{unknown[0]}"; it has "{self.model.genes[0]}").'
            )
        return np.array([self.position[name] for name in names], dtype=np.int64)


set_model(NetworkModel())
