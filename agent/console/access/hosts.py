"""The Host header: a page from elsewhere must not reach the console through a name of its own
(DNS rebinding). It needs a name for that; an address cannot be bound anew.
"""

import socket
from collections.abc import Collection
from ipaddress import ip_address

LOCAL = frozenset({"localhost"})


def names_of_machine() -> frozenset[str]:
    """Return the names that this machine calls itself."""
    name = socket.gethostname().lower()
    return frozenset({name, name.partition(".")[0]})


def host_in(header: str) -> str:
    """Return the host of a Host header, without port and brackets, in lower case."""
    host = header.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if ":" in host else host


def is_own(header: str, names: Collection[str]) -> bool:
    """Return whether a Host header is an address, or one of our names."""
    host = host_in(header).rstrip(".")
    return host in LOCAL or host in names or is_address(host)


def is_address(host: str) -> bool:
    """Return whether it is an IP address and no name."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
