"""What is refused is said in the log, seldom, however often it happens."""

import logging

from agent.console.access.sparsely import Sparsely

log = logging.getLogger("carbond.console")


class Refusals:
    """Those of all connections."""

    def __init__(self) -> None:
        self._said = Sparsely()

    def add(self, kind: str, address: str) -> None:
        """Count one from an address, and say it unless one was said lately."""
        said = self._said.add(kind)
        if said is not None:
            log.warning("refused: %s; the last came from %s", said, address or "an unknown address")
