"""Every panel's query is run against a real Prometheus that has scraped the real daemon."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from tests.deploy.boards import PROMETHEUS, Asked, asked_of
from tests.deploy.filled import filled
from tests.servers import needs

pytestmark = needs("prometheus", "prometheus")

ASKED = {path.stem: list(asked_of(path)) for path in PROMETHEUS}

EMPTY = {
    "carbond_site_pue_past_ratio": "a past has at least 7 days",
    "carbond_dropped_packets_total": "on loopback no packet is malformed or late",
}
"""What has no data in three hours of a healthy data centre, and why."""


def is_empty(asked: Asked) -> bool:
    return any(name in asked.text for name in EMPTY)


def is_alternative(asked: Asked) -> bool:
    """Intensities are told apart by what they stand on: each time one of them has data."""
    return "_estimated{" in asked.text or "_fallback{" in asked.text


def all_that_must_have_data() -> Iterator[Asked]:
    """Yield the queries; those that are alternatives of each other as one of each panel."""
    asked = [one for several in ASKED.values() for one in several if not is_empty(one)]
    yield from (one for one in asked if not is_alternative(one))
    panels: dict[tuple[str, str], list[Asked]] = {}
    for one in filter(is_alternative, asked):
        panels.setdefault((one.board, one.panel), []).append(one)
    for several in panels.values():
        text = " or ".join(f"({one.text})" for one in several)
        yield replace(several[0], text=text)


MUST = list(all_that_must_have_data())


@pytest.fixture(scope="module")
def missing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sequence[Asked]]:
    with filled(tmp_path_factory.mktemp("dashboards"), MUST) as missing:
        yield missing


@pytest.mark.parametrize("board", ASKED)
def test_every_query_of_the_dashboard_has_data(board: str, missing: Sequence[Asked]) -> None:
    found = [str(one) for one in missing if one.board == board]
    assert not found, "no data: " + "; ".join(found)


def test_what_may_be_empty_is_asked_for() -> None:
    texts = [one.text for asked in ASKED.values() for one in asked]
    assert all(any(name in text for text in texts) for name in EMPTY)
