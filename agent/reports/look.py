"""What needs a look, in the words in which all say it: the console, the reports, the terminal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from agent.model import Oddity

ENOUGH = 0.95
"""Share of an energy, or of a meter's time, of which nobody need be told that the rest is missing.
"""


class Trouble(StrEnum):
    """What something is wrong with, the worst first."""

    LEDGER = "ledger"
    DEVICE = "device"
    GRID = "grid"
    EXPORTER = "exporter"
    NODE = "node"
    COVERAGE = "coverage"
    METER = "meter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One thing that needs a look."""

    kind: Trouble
    name: str
    since: datetime | None = None
    """None where it is not known, or where it is only of a period."""

    what: str
    way_out: str

    @property
    def key(self) -> str:
        """Its place in a list: the worst kind first."""
        return f"{list(Trouble).index(self.kind)}/{self.name}"


ODD: Mapping[Oddity, str] = {
    Oddity.RESET: "its register was reset: what was used before it is not known",
    Oddity.REPLACED: "its register leapt, or another meter stands in its place",
    Oddity.STUCK: "its register stands still while power flows",
    Oddity.GLITCH: "its register showed one absurd count, which is left out",
}
"""What registers do that somebody should look at."""

OF_A_NODE = "one of its meters is wrong, or an `upstream` in the settings is"
OF_A_REGISTER = (
    "`carbond ledger findings` says what was booked, `carbond ledger repair` books what is known "
    "otherwise"
)
OF_A_DEVICE = (
    "look at its power, its cable and its address, then ask it now; if it is gone, take it out of "
    "the settings"
)
