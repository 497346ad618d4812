"""The two kinds of the Prometheus operator as its API reference has them, in the parts used here.

What is not listed is refused: whoever uses another field writes it here first.
"""

from collections.abc import Mapping
from typing import Any

import jsonschema

DURATION = {
    "type": "string",
    "pattern": "^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?"
    "(([0-9]+)ms)?)$",
}
TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
TEXT = {"type": "string", "minLength": 1}


def _object(required: list[str], **properties: object) -> dict[str, object]:
    return {
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": False,
    }


RULE = _object(
    ["expr"],
    alert=TEXT,
    record={"type": "string", "pattern": "^[a-zA-Z_:][a-zA-Z0-9_:]*$"},
    expr=TEXT,
    keep_firing_for={**DURATION, "minLength": 1},
    labels=TEXTS,
    annotations=TEXTS,
    **{"for": DURATION},
) | {"oneOf": [{"required": ["alert"]}, {"required": ["record"]}]}

GROUP = _object(
    ["name"],
    name=TEXT,
    interval=DURATION,
    query_offset=DURATION,
    limit={"type": "integer"},
    labels=TEXTS,
    rules={"type": "array", "items": RULE},
)

ENDPOINT = _object(
    ["port"],
    port=TEXT,
    path=TEXT,
    interval=DURATION,
    scrapeTimeout=DURATION,
    scheme={"enum": ["http", "https"]},
    honorLabels={"type": "boolean"},
    relabelings={
        "type": "array",
        "items": _object([], sourceLabels={"type": "array", "items": TEXT}, targetLabel=TEXT),
    },
)

SPECS: Mapping[str, Mapping[str, object]] = {
    "PrometheusRule": _object([], groups={"type": "array", "items": GROUP}),
    "ServiceMonitor": _object(
        ["endpoints", "selector"],
        jobLabel=TEXT,
        selector=_object([], matchLabels=TEXTS),
        endpoints={"type": "array", "items": ENDPOINT},
    ),
}


def faults_of(resource: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a resource of the operator, each with its place."""
    metadata = {"type": "object", "required": ["name"]}
    schema = _object(
        ["apiVersion", "kind", "metadata", "spec"],
        apiVersion={"const": "monitoring.coreos.com/v1"},
        kind={"const": resource["kind"]},
        metadata=metadata,
        spec=SPECS[resource["kind"]],
    )
    found = jsonschema.Draft202012Validator(schema).iter_errors(resource)
    return [f"{error.json_path}: {error.message}" for error in found]
