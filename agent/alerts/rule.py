"""What a rule is: when somebody is told, and in what words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Literal

from config.alerts import AlertName

_NAME = re.compile(r"carbond_[a-z0-9_]+")


class Severity(StrEnum):
    """How grave it is, and so who is told when."""

    CRITICAL = "critical"
    """Somebody is woken: what is measured, carried or promised is lost within hours."""

    WARNING = "warning"
    """Somebody looks in working hours."""

    INFO = "info"
    """Nothing is wrong; something can be done better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Samples of one metric that are above, or below, a threshold."""

    metric: str
    threshold: float
    sign: Literal[">", "<"] = ">"
    matchers: Mapping[str, str] = field(default_factory=dict)
    """Labels and the values that they must have."""

    def __post_init__(self) -> None:
        if _NAME.fullmatch(self.metric) is None:
            raise ValueError(f"{self.metric!r} is no metric of carbond")

    def holds(self, value: float) -> bool:
        """Tell whether a value is on the far side of the threshold."""
        return value > self.threshold if self.sign == ">" else value < self.threshold

    def fits(self, labels: Mapping[str, str]) -> bool:
        """Tell whether a sample has the labels."""
        return all(labels.get(name, "") == value for name, value in self.matchers.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """An alert of one severity: it fires for each sample of the first comparison that holds.

    It does so where all others hold of some sample that is equal in the labels `on`.
    """

    name: AlertName
    severity: Severity
    when: tuple[Comparison, ...]
    on: tuple[str, ...] = ()
    hold: timedelta
    """How long it must be so before it fires: `for` in Prometheus."""

    keep: timedelta = timedelta()
    """How long it must be otherwise before it ends: `keep_firing_for` in Prometheus."""

    summary: str
    """A sentence with `{label}`, `{value:FORM}` and `{threshold:FORM}` in it; see `wording`."""

    def __post_init__(self) -> None:
        if not self.when or (len(self.when) > 1 and not self.on):
            raise ValueError(f"{self.name}: several comparisons need the labels that join them")

    @property
    def threshold(self) -> float:
        """That of the first comparison."""
        return self.when[0].threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideRule:
    """An alert that only Prometheus can raise: of an agent that cannot speak for itself."""

    name: AlertName
    severity: Severity
    expression: str
    """In PromQL."""

    hold: timedelta
    keep: timedelta = timedelta()
    summary: str
    threshold: float = 0.0
