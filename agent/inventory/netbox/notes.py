"""What a person has to know of an import."""

from dataclasses import dataclass, field
from typing import NamedTuple


class Unmapped(NamedTuple):
    """Something that belongs into the settings and could not be brought there."""

    thing: str
    cause: str
    way_out: str

    def __str__(self) -> str:
        return f"{self.thing}: {self.cause}: {self.way_out}"


@dataclass(slots=True)
class Notes:
    """Gathers them; what is said of many devices is kept once."""

    unmapped: dict[Unmapped, None] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)
    """What was changed or concluded, for a person to look at."""

    def miss(self, thing: str, cause: str, way_out: str) -> None:
        self.unmapped[Unmapped(thing, cause, way_out)] = None

    def note(self, text: str) -> None:
        self.notes[text] = None
