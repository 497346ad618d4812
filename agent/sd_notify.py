"""What the daemon tells systemd about itself (sd_notify(3), sd_watchdog_enabled(3)).

Nothing happens where the environment names no socket, and a message that cannot be sent is logged
once: no measurement is lost for want of a listener.
"""

import logging
import os
import socket
import time
from collections.abc import Mapping

_MICROSECONDS = 1_000_000

log = logging.getLogger("carbond.sd_notify")


class Notifier:
    """Speaks to the socket that NOTIFY_SOCKET names, if it names one."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = _address(environment.get("NOTIFY_SOCKET", ""))
        self._watchdog = _watchdog(environment)
        self._failed = False

    @property
    def watchdog_every(self) -> float | None:
        """Seconds between two calls of `watchdog`: half of what systemd waits for. None: never."""
        return None if self._watchdog is None else self._watchdog / 2

    def ready(self, status: str = "") -> None:
        """Say that the start, or a reload, is over."""
        self._send("READY=1", status)

    def reloading(self) -> None:
        """Say that the settings are being read again; `ready` ends it (Type=notify-reload)."""
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send(f"RELOADING=1\nMONOTONIC_USEC={now}")

    def stopping(self, status: str = "") -> None:
        """Say that the end has begun."""
        self._send("STOPPING=1", status)

    def status(self, text: str) -> None:
        """Show a line in `systemctl status`."""
        self._send("", text)

    def watchdog(self) -> None:
        """Say that the daemon is alive."""
        self._send("WATCHDOG=1")

    def _send(self, state: str, status: str = "") -> None:
        if self._address is None:
            return
        lines = [state] if state else []
        if status:
            lines.append(f"STATUS={' '.join(status.split())}")
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
                sock.settimeout(0)
                sock.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            self._note(error)
        else:
            self._failed = False

    def _note(self, error: OSError) -> None:
        if not self._failed:
            log.warning("systemd: cannot send our state: %s", error)
        self._failed = True


def _address(name: str) -> str | None:
    """Return the socket's address; a leading `@` is the abstract name space of Linux."""
    if name.startswith("@"):
        return "\0" + name[1:]
    return name if name.startswith("/") else None


def _watchdog(environment: Mapping[str, str]) -> float | None:
    """Return the seconds within which systemd wants a sign of life of this process."""
    microseconds = environment.get("WATCHDOG_USEC", "")
    process = environment.get("WATCHDOG_PID", "")
    if not microseconds.isdecimal() or int(microseconds) == 0:
        return None
    if process and process != str(os.getpid()):
        return None
    return int(microseconds) / _MICROSECONDS
