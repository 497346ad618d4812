"""An outage of who is told, in two lines of the log: its beginning and its end."""

import logging

from agent.counts import ALERTS_DROPPED, ALERTS_SENT

log = logging.getLogger("carbond.alerts")


class Outage:
    """Whether one place to which alerts go takes them."""

    def __init__(self, name: str) -> None:
        """`name` is the place's, for the log; its first word for the counters."""
        self.name = name
        self._kind = name.partition(" ")[0]
        self.cause = ""

    def began(self, cause: str) -> None:
        """It does not, and why."""
        if not self.cause:
            log.warning("%s: %s; alerts wait for it", self.name, cause)
        self.cause = cause

    def ended(self, sent: int) -> None:
        """It has taken so many."""
        if self.cause:
            log.info("%s: takes alerts again", self.name)
        self.cause = ""
        ALERTS_SENT.labels(self._kind).inc(sent)

    def dropped(self, count: int, cause: str) -> None:
        """So many are told to nobody there."""
        what = "an alert is" if count == 1 else f"{count} alerts are"
        log.error("%s: %s dropped: %s", self.name, what, cause)
        ALERTS_DROPPED.labels(self._kind).inc(count)
