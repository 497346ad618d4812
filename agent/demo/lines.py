"""The way of packets to a simulated device under a plan."""

import random
from collections.abc import Callable

from agent.demo.faults import Condition, Faults


class Line:
    """Tells of each packet to one device whether it is heard."""

    def __init__(self, device: str, faults: Faults, seconds: Callable[[], float]) -> None:
        """`seconds` returns those since the site's midnight."""
        self.condition = Condition(faults.of(device))
        self._loss = faults.loss
        self._dice = random.Random(f"{faults.seed} {device}")
        self._seconds = seconds
        self._boots = 0

    def carries(self, restarted: Callable[[], None]) -> bool:
        """Tell whether the packet that comes now is heard.

        `restarted` is called before, if the device has been restarted since the last packet.
        """
        now = self._seconds()
        if self.condition.silent(now):
            return False
        boots = self.condition.boots(now)
        if boots != self._boots:
            self._boots = boots
            restarted()
        return self._dice.random() >= self._loss
