"""A ledger commits at once here, but where a test is about bookings that wait for each other."""

from collections.abc import Iterator

import pytest

from agent.ledger import writer

PAUSES = {name: getattr(writer, name) for name in ("PAUSE", "LONGEST_PAUSE")}


@pytest.fixture(scope="module", autouse=True)
def at_once() -> Iterator[None]:
    """The pauses spare a disk; of days that are booked in seconds they would be the most."""
    with pytest.MonkeyPatch.context() as patch:
        for name in PAUSES:
            patch.setattr(writer, name, 0.0)
        yield


@pytest.fixture
def paused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let bookings wait for each other as they do in the daemon."""
    for name, seconds in PAUSES.items():
        monkeypatch.setattr(writer, name, seconds)
