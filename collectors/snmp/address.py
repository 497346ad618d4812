"""From the settings of a device to where and how it is asked."""

import asyncio
import ipaddress
import socket

from collectors.snmp.settings import SnmpSettings
from collectors.snmp.wire.failure import Failure
from collectors.snmp.wire.message import V1, V2C, Community
from collectors.snmp.wire.secure import User, UserSecurity
from collectors.snmp.wire.transport import Target
from collectors.snmp.wire.usm import Extension


async def target_of(settings: SnmpSettings) -> Target:
    """Return where a device is asked. Raises Failure for a name that nobody knows."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            settings.address, settings.port, type=socket.SOCK_DGRAM
        )
    except OSError as error:
        reason = error.strerror or str(error)
        raise Failure(f"the address {settings.address!r} is not known: {reason}") from error
    family, _, _, _, address = found[0]
    return Target(
        family=family,
        address=tuple(part for part in address if not isinstance(part, bytes)),
        any_source=settings.any_source,
        timeout=settings.timeout.total_seconds(),
    )


def is_numeric(address: str) -> bool:
    """Return whether an address is one already, and no name."""
    try:
        ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return True


def security_of(settings: SnmpSettings) -> Community | UserSecurity:
    """Return how a device is spoken to."""
    if settings.version != "v3":
        community = settings.community.reveal().encode() if settings.community else b""
        return Community(V1 if settings.version == "v1" else V2C, community)
    auth, priv = settings.auth, settings.priv
    return UserSecurity(
        User(
            name=settings.user or "",
            digest=auth.protocol if auth else None,
            password=auth.password.reveal().encode() if auth else b"",
            privacy=priv.protocol if priv else None,
            privacy_password=priv.password.reveal().encode() if priv else b"",
            extension=priv.extension if priv else Extension.BLUMENTHAL,
            context=settings.context,
        )
    )
