"""What can go wrong with a BMC, each with what it means for the next poll.

Silent       no answer                      asked again at the next poll
Malformed    an answer nobody can read      the same
Status       a refusal while logging in     another suite, a rest, or the next poll
Refused      the login is wrong             never again with these settings
Completion   a refusal of one command       see `dcmi` and `sensors`
Untrusted    an answer that is no power     the sensors are asked in its place
"""

from collections.abc import Mapping

BUSY = 0xC0
UNKNOWN_COMMAND = 0xC1
RESERVATION_LOST = 0xC5
TOO_LONG = 0xC8
RANGE_TOO_LONG = 0xCA
NO_SUCH_THING = 0xCB
PRIVILEGE = 0xD4

NOT_NOW = frozenset({BUSY, 0xC3, 0xCE, 0xD5})
"""After these the same request may succeed within seconds."""

TOO_MANY_BYTES = frozenset({TOO_LONG, RANGE_TOO_LONG})
"""After these a smaller part of a record may be given."""

# IPMI 2.0 table 5-2.
COMPLETION: Mapping[int, str] = {
    0x80: "a refusal of its own kind",
    BUSY: "busy",
    UNKNOWN_COMMAND: "it does not know the command",
    0xC2: "it does not know the command there",
    0xC3: "it timed out inside",
    0xC4: "out of space",
    RESERVATION_LOST: "the reservation was lost",
    0xC7: "wrong length",
    TOO_LONG: "longer than it takes",
    0xC9: "out of range",
    RANGE_TOO_LONG: "too many bytes asked for",
    NO_SUCH_THING: "no such sensor or record",
    0xCC: "a wrong field",
    0xCE: "it cannot answer now",
    0xD3: "what it would ask is not reachable",
    PRIVILEGE: "the privilege is too low, set a higher `privilege`",
    0xD5: "not in its present state",
    0xD6: "the function is switched off",
    0xFF: "an unspecified error",
}

FULL = frozenset({0x01, 0x0B})
NO_SUCH_SUITE = frozenset({0x04, 0x05, 0x06, 0x07, 0x10, 0x11})
WRONG_LOGIN = frozenset({0x0D, 0x0F})

# IPMI 2.0 table 13-15.
STATUS: Mapping[int, str] = {
    0x01: "it has no free session",
    0x02: "it does not know the session any more",
    0x03: "it does not know the payload",
    0x04: "it does not have the authentication algorithm",
    0x05: "it does not have the integrity algorithm",
    0x06: "it has no such authentication payload",
    0x07: "it has no such integrity payload",
    0x08: "the session is not active",
    0x09: "it does not know the role",
    0x0A: "the user may not have this privilege",
    0x0B: "it has no free session of this privilege",
    0x0C: "the user name has a wrong length",
    0x0D: "it does not know the user",
    0x0E: "it does not accept its own GUID",
    0x0F: "the password is wrong",
    0x10: "it does not have the confidentiality algorithm",
    0x11: "it does not have the cipher suite",
    0x12: "a parameter is not allowed",
}


class Failure(Exception):
    """A BMC could not be read; the message says why, without its name."""


class Silent(Failure):
    """It did not answer."""


class Stalled(Silent):
    """It opened a session and fell silent while proving who is who."""


class Malformed(Failure):
    """What it sent cannot be read."""


class Refused(Failure):
    """The login is wrong. To repeat it locks accounts, so it is not repeated."""


class Untrusted(Failure):
    """It gave a number that is no measurement."""


class Status(Failure):
    """It refused to set a session up (RMCP+ status)."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"login refused: {STATUS.get(code, 'unknown reason')} ({code:02X}h)")


class Completion(Failure):
    """It refused a command (completion code)."""

    def __init__(self, netfn: int, command: int, code: int) -> None:
        self.code = code
        meaning = COMPLETION.get(code, "unknown reason")
        super().__init__(f"command {netfn:02X}h/{command:02X}h refused: {meaning} ({code:02X}h)")
