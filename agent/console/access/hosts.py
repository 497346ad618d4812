"""Names and addresses of those who ask, and of whom they ask.

The Host header: a page from elsewhere must not reach the console through a name of its own (DNS
rebinding). It needs a name for that; an address cannot be bound anew.
"""

import re
import socket
from collections.abc import Collection
from ipaddress import IPv6Address, ip_address, ip_network

LOCAL = frozenset({"localhost"})

NETWORK = 64
"""Leading bits of an IPv6 address that one customer has: the others are free to choose."""

_HOST = re.compile(r"(?:\[([0-9a-f:.]+)(?:%[\w.%~-]+)?\]|([a-z0-9._-]+))(?::[0-9]{0,5})?", re.ASCII)


def names_of_machine() -> frozenset[str]:
    """Return the names that this machine calls itself."""
    name = socket.gethostname().lower()
    return frozenset({name, name.partition(".")[0]} - {""})


def host_in(header: str) -> str:
    """Return the host of a Host header, without port and brackets, in lower case; empty if it is
    none (RFC 9110, 7.2): it has no user, no blanks and nothing behind the port.
    """
    found = _HOST.fullmatch(header.strip().lower())
    return (found[1] or found[2]) if found else ""


def is_own(header: str | None, names: Collection[str]) -> bool:
    """Return whether a Host header is an address, or one of our names.

    None may ask, too: a browser always sends one, a probe that speaks HTTP/1.0 does not.
    """
    if header is None:
        return True
    host = host_in(header).rstrip(".")
    return host in LOCAL or host in names or is_address(host)


def is_address(host: str) -> bool:
    """Return whether it is an IP address and no name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def address_of(client: str) -> str:
    """Return by what a client is counted: its address, or the network of an IPv6 one. Empty for
    what is none, such as a word in a proxy's header.
    """
    try:
        found = ip_address(client.partition("%")[0])
    except ValueError:
        return ""
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(found) if found.is_loopback else str(ip_network((int(found), NETWORK), strict=False))


def is_this_machine(address: str) -> bool:
    """Return whether what `address_of` has returned is this machine."""
    return is_address(address) and ip_address(address).is_loopback
