"""Whether a BMC has got another firmware, with which all that was learnt may be wrong."""

from datetime import datetime, timedelta

from agent.clock import Clock
from collectors.ipmi.failures import Completion
from collectors.ipmi.session import APP, GET_DEVICE_ID, Session

EVERY = timedelta(hours=1)

_IDENTITY = 15
_MAJOR = 2
_BUSY = 0x80


class Firmware:
    """Asks the BMC who it is: hourly, and after it has been silent."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._identity: bytes | None = None
        self._due: datetime | None = None

    def doubt(self) -> None:
        """Ask again at the next occasion: an update restarts a BMC, and so it is silent."""
        self._due = None

    async def has_changed(self, session: Session) -> bool:
        """Whether it is another one than when it was last asked."""
        if self._due is not None and self._clock.now() < self._due:
            return False
        try:
            said = await session.command(APP, GET_DEVICE_ID)
        except Completion:
            # One that does not say it is not new for that.
            return False
        before, self._identity = self._identity, _identity_of(said)
        self._due = self._clock.now() + EVERY
        return before is not None and before != self._identity


def _identity_of(said: bytes) -> bytes:
    """Return device, firmware, maker and product (IPMI 2.0 table 20-2)."""
    identity = bytearray(said[:_IDENTITY])
    if len(identity) > _MAJOR:
        # It says there as well whether it is being updated.
        identity[_MAJOR] &= ~_BUSY
    return bytes(identity)
