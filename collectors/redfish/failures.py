"""What can go wrong with a Redfish service, each with what it means for the next poll.

Failure
├── Silent       no answer, or no TLS           what is left of the poll is not asked
├── Malformed    an answer nobody can read      the others are read all the same
├── Status       a refusal of one resource      the same
│   └── Missing  the resource is not there      the same, and the tree is learnt again
├── Refused      the login is wrong             rests for longer each time
├── Full         it has no free session         the same, where Basic is not allowed
└── Unsuited     it has nothing to read         a short rest: learning takes many requests
"""

from http import HTTPStatus

SERVER_ERROR = 500
BUSY = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS})

NOWHERE = frozenset(
    {
        HTTPStatus.NOT_FOUND,
        HTTPStatus.GONE,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.NOT_IMPLEMENTED,
    }
)
"""What a service answers that has no such resource; 400 is of a page of a list it keeps no more."""


class Failure(Exception):
    """A service could not be read; the message says why, without the device's name."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        """`retry_after` is in seconds, where the service has said one."""
        super().__init__(message)
        self.retry_after = retry_after


class Silent(Failure):
    """It did not answer."""


class Malformed(Failure):
    """What it sent cannot be read, or should not have been sent."""


class Status(Failure):
    """It refused one resource."""


class Missing(Status):
    """A resource is not there, or not any more."""


class Refused(Failure):
    """The user or the password is wrong. To repeat it locks accounts."""


class Full(Failure):
    """It has no free session."""


class Unsuited(Failure):
    """It answers, but has nothing that can be read, or more than one thing that may be meant."""


def status_of(code: int, path: str, said: str, retry_after: float | None = None) -> Status:
    """Return the failure of a resource that was answered with a status that is none of success."""
    words = f": {said}" if said else ""
    if code in NOWHERE or (code == HTTPStatus.BAD_REQUEST and "?" in path):
        return Missing(f"{path} is not there ({code}){words}")
    if code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Status(f"the user may not read {path} ({code}){words}: give it the role ReadOnly")
    if code in BUSY:
        return Status(f"the service is busy ({code}){words}", retry_after=retry_after)
    if code >= SERVER_ERROR:
        return Status(f"the service failed at {path} ({code}){words}")
    return Status(f"{path} was answered with status {code}{words}")
