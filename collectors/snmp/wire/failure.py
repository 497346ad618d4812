"""Why a datagram is dropped, and why a device could not be read.

Malformed   a datagram is dropped and counted, and the wait goes on
Refusal     the same, but it says why no better one will come: the tries end
Failure     what is left to say when a request has failed; the device turns it to Unavailable
"""


class Malformed(Exception):
    """A datagram that cannot be, or must not be, what was asked for. Says what is wrong with it."""


class Refusal(Malformed):
    """An answer that says no. It is not signed, so it is believed only if nothing else comes."""


class Failure(Exception):
    """A request that failed. Says why, without the device's name."""


class Silent(Failure):
    """No usable answer in time."""


class Unheard(Silent):
    """No datagram at all in time."""


class Refused(Failure):
    """The device answers, and says no."""


class Looping(Failure):
    """A walk that does not come to an end."""


class Unknown(Failure):
    """A device that no profile is for. Names the closest one, and the way out."""
