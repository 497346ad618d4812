"""What people write in the settings about the Prometheus page."""

import re
from datetime import timedelta
from typing import Literal

from pydantic import Field, field_validator

from agent.model import Scope
from config import Duration, ExporterSettings

OWN_LABELS = frozenset({"site", "device", "meter", "role", "scope"})


def label_of(tag: str) -> str:
    """Return the label of a tag: what Prometheus does not allow in a name becomes `_`."""
    name = re.sub(r"[^a-zA-Z0-9_]", "_", tag)
    return f"_{name}" if name[:1].isdigit() else name


class PrometheusSettings(ExporterSettings):
    """What the page shows. The address it is served on stands under `http:`."""

    type: Literal["prometheus"]
    """The exporter: `prometheus`."""

    labels: tuple[str, ...] = ("rack", "room", "feed", "tenant")
    """Tags of the meters that become labels."""

    scopes: tuple[Scope, ...] = Field(default=tuple(Scope), min_length=1)
    """Which parts of a device are shown: total, input, inlet, phase, branch, outlet."""

    stale_after: Duration = timedelta(seconds=150)
    """How old a reading may be before its meter has no sample any more."""

    @field_validator("labels")
    @classmethod
    def _are_names(cls, labels: tuple[str, ...]) -> tuple[str, ...]:
        names = [label_of(tag) for tag in labels]
        for tag, name in zip(labels, names, strict=True):
            if not name or name.startswith("__"):
                raise ValueError(f"must be tags that can be labels: {tag!r} cannot")
            if name in OWN_LABELS:
                raise ValueError(f"must not name {tag!r}: every meter has the label {name} already")
            if names.count(name) > 1:
                raise ValueError(f"must not name two tags that become the label {name}")
        return labels
