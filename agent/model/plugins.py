"""What plug-ins owe and may rely on: collectors, exporters and views."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol, runtime_checkable

from agent.model.hours import Entry, Refused
from agent.model.intensities import Intensity
from agent.model.meters import MeterId
from agent.model.present import Now
from agent.model.readings import Reading

Seen = Sequence[Reading] | Sequence[Intensity]
"""What one collector returns from one poll."""


class Collector(Protocol):
    """Reads one device, or one grid. One task polls it; calls never overlap.

    It does not retry past its own protocol, does not schedule and does not log what it raises. The
    first call opens what it needs.
    """

    @property
    def name(self) -> str:
        """The device's or grid's name in the settings."""

    @property
    def every(self) -> timedelta:
        """How often to poll it."""

    async def collect(self) -> Seen:
        """Return what was read: what could be, if only some of it could.

        Raises Unavailable if nothing could be read. It is cancelled when it takes longer than
        `every`.
        """

    async def close(self) -> None:
        """Give back what the other side holds for us."""


@runtime_checkable
class Named(Protocol):
    """A collector that knows what people call the parts of its device."""

    @property
    def names(self) -> Mapping[MeterId, str]:
        """The names by meter, once the device has been read."""


@runtime_checkable
class Patient(Protocol):
    """A collector whose first poll takes its time, for a reason of its own."""

    @property
    def first(self) -> str:
        """Why, and for how long: `waits up to 48 s for a first value`. Empty if it does not."""


class Exporter(Protocol):
    """Takes the ledger's entries to one place in the world, in order, from a durable cursor."""

    @property
    def name(self) -> str:
        """Its name in the settings, and of its cursor in the ledger."""

    async def export(self, entries: Sequence[Entry]) -> Sequence[Refused]:
        """Take all of the batch, and return the lines that the server will never take.

        The same entries may come again after a crash: write by key, so that twice is once. Raises
        Unavailable if the batch must be sent again later.
        """

    async def close(self) -> None:
        """Close the connection."""


@runtime_checkable
class View(Protocol):
    """Shows the present: it is handed what is now, once a cycle, and never asks."""

    @property
    def name(self) -> str:
        """Its name in the settings."""

    async def show(self, now: Now) -> None:
        """Replace what is shown. What takes long runs in a thread."""
