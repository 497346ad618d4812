"""Whether a machine is switched on (IPMI 2.0 section 28.2)."""

from collectors.ipmi.failures import PRIVILEGE, Completion
from collectors.ipmi.session import Session

_CHASSIS, _STATUS, _ON = 0x00, 0x01, 0x01


async def is_off(session: Session) -> bool:
    """Whether the BMC says that the machine is off. One that does not say it is taken for on."""
    try:
        status = await session.command(_CHASSIS, _STATUS)
    except Completion as failure:
        if failure.code == PRIVILEGE:
            raise
        return False
    return bool(status) and not status[0] & _ON
