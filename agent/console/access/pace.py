"""How often one address may ask: a bucket that fills at a steady rate (token bucket)."""

import time
from collections import OrderedDict
from dataclasses import dataclass

RATE = 50.0
"""Requests a second that one address may send for ever: a page that is open sends two."""

BURST = 200.0
"""Requests at once: some pages that are opened side by side."""

MOST = 10_000
"""Addresses that are remembered; the one that has been quiet longest is forgotten."""


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Pace:
    """Counts what each address sends."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait_of(self, address: str) -> float:
        """Count a request, and return the seconds until it may be sent: 0 if it may be now."""
        now = time.monotonic()
        bucket = self._buckets.pop(address, None) or _Bucket(BURST, now)
        self._buckets[address] = bucket
        bucket.left = min(bucket.left + (now - bucket.at) * RATE, BURST)
        bucket.at = now
        if len(self._buckets) > MOST:
            self._buckets.popitem(last=False)
        if bucket.left < 1:
            return (1 - bucket.left) / RATE
        bucket.left -= 1
        return 0.0
