"""Why a device gave no answer, or none that could be used."""


class Failure(Exception):
    """The device cannot be read now. The message has no name of the device in it."""


class NoLine(Failure):
    """There is no connection, so none of the devices behind it can be asked."""


class Lost(NoLine):
    """The connection ended under a request."""


class Silent(Failure):
    """The unit did not answer; others on the same connection may."""


class Refused(Failure):
    """The unit answered with an exception."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


ILLEGAL_FUNCTION = 1
ILLEGAL_ADDRESS = 2
ILLEGAL_VALUE = 3
ACKNOWLEDGED = 5
BUSY = 6
NO_PATH = 10
NO_ANSWER = 11

HOLE = frozenset({ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE})
"""What a device says to a question for what it does not have; all others may pass."""

# MODBUS Application Protocol V1.1b3, section 7.
_WORDS = {
    ILLEGAL_FUNCTION: "it does not know {what}",
    ILLEGAL_ADDRESS: "it does not have {what}",
    ILLEGAL_VALUE: "it does not give {what} in one answer",
    4: "it failed inside at {what}",
    ACKNOWLEDGED: "it takes long over {what}",
    BUSY: "it is busy",
    8: "its memory is damaged at {what}",
    NO_PATH: "the gateway has no path to unit {unit}: look at the unit and the gateway's table",
    NO_ANSWER: "unit {unit} does not answer the gateway",
}


def in_words(code: int, *, unit: int, what: str) -> str:
    """Return what an exception code means for a request."""
    words = _WORDS.get(code, "it refuses {what}")
    return f"{words.format(unit=unit, what=what)} (exception {code})"
