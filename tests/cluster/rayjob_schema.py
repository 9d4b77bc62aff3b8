"""What KubeRay's reference of `ray.io/v1` says of the fields that are used here, strictly."""

from __future__ import annotations

TEXT, YES_OR_NO, COUNT = {"type": "string"}, {"type": "boolean"}, {"type": "integer", "minimum": 0}
TEXTS = {"type": "object", "additionalProperties": TEXT}
ELSEWHERE = {"type": "object"}
"""Kubernetes' own types, which are held against its own schema."""


def only(required: dict, **optional: dict) -> dict:
    """An object with these fields and no others."""
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }


HEAD = only({"rayStartParams": TEXTS, "template": ELSEWHERE}, labels=TEXTS)
WORKERS = only(
    {
        "groupName": TEXT,
        "minReplicas": COUNT,
        "maxReplicas": COUNT,
        "rayStartParams": TEXTS,
        "template": ELSEWHERE,
    },
    replicas=COUNT,
    labels=TEXTS,
)
AUTOSCALER = only(
    {},
    version={"enum": ["v1", "v2"]},
    idleTimeoutSeconds=COUNT,
    upscalingMode={"enum": ["Default", "Aggressive", "Conservative"]},
    securityContext=ELSEWHERE,
)
CLUSTER = only(
    {"rayVersion": TEXT, "headGroupSpec": HEAD},
    workerGroupSpecs={"type": "array", "items": WORKERS},
    authOptions=only({"mode": {"enum": ["disabled", "token"]}}),
    enableInTreeAutoscaling=YES_OR_NO,
    autoscalerOptions=AUTOSCALER,
)
RAYJOB = only(
    {
        "apiVersion": {"const": "ray.io/v1"},
        "kind": {"const": "RayJob"},
        "metadata": only({"name": TEXT}),
        "spec": only(
            {"entrypoint": TEXT, "rayClusterSpec": CLUSTER},
            submissionMode={"enum": ["K8sJobMode", "HTTPMode", "SidecarMode", "InteractiveMode"]},
            backoffLimit=COUNT,
            shutdownAfterJobFinishes=YES_OR_NO,
            ttlSecondsAfterFinished=COUNT,
            submitterPodTemplate=ELSEWHERE,
        ),
    }
)
