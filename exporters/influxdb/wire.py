"""What the write paths share: an answer, the encoding of a body, and silence."""

from collections.abc import Mapping
from dataclasses import dataclass

from agent.errors import Unavailable
from exporters.influxdb.settings import InfluxSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said to one request."""

    status: int
    text: str
    retry_after: str | None = None


def encoding_of(settings: InfluxSettings) -> Mapping[str, str]:
    """Return the headers that say how a body is encoded."""
    return {"Content-Encoding": "gzip"} if settings.gzip else {}


def silence(settings: InfluxSettings, error: Exception) -> Unavailable:
    """Return what to raise of a request that had no answer."""
    start = f"{settings.name}: no answer from {settings.url}"
    if isinstance(error, TimeoutError):
        return Unavailable(f"{start} within {settings.timeout.total_seconds():g} s")
    reason = str(error) or type(error).__name__
    if "CERTIFICATE_VERIFY_FAILED" in reason:
        return Unavailable(f"{start}: {reason}: name the certificates it has in `ca_file`")
    return Unavailable(f"{start}: {reason}")
