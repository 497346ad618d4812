"""Each tree, served over HTTPS, gives what it says, and costs what it says."""

from decimal import Decimal
from typing import Any

import pytest

from agent.model import Reading
from agent.units import JOULES_PER_KWH
from collectors.redfish import Redfish
from tests.clocks import HandClock
from tests.collectors.redfish.conftest import TREES, reading, recording
from tests.collectors.redfish.service import Certificate, Service

NAMES = sorted(path.stem for path in TREES.glob("*.json"))


def told(seen: Reading, names: dict[str, str]) -> dict[str, Any]:
    """A reading in the words of the trees; what is nothing is left out."""
    steps = seen.register.step / JOULES_PER_KWH
    said = {
        "power": seen.power,
        "energy_kwh": None if seen.energy is None else float(Decimal(seen.energy) / JOULES_PER_KWH),
        "step_kwh": None if steps == 1 else steps,
        "source": seen.source,
        "conditions": {name: round(value, 6) for name, value in seen.conditions.items()} or None,
        "flags": list(seen.flags) or None,
        "name": names.get(seen.meter),
    }
    return {key: value for key, value in said.items() if value is not None}


@pytest.mark.parametrize("name", NAMES)
async def test_each_tree_gives_its_meters_and_costs_its_requests(
    name: str, certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    case = recording(name)
    async with (
        Service(case["tree"], certificate) as service,
        reading(redfish, service, read=case["read"]) as collector,
    ):
        first = await collector.collect()
        names: Any = collector.names
        assert {one.meter.removeprefix("server-1"): told(one, names) for one in first} == case[
            "meters"
        ]
        learning = service.gets()
        assert len(learning) == len(set(learning)), "nothing is asked for twice"
        clock.move(minutes=1)
        if "server-report" in name:
            advance(service.tree)
        again = await collector.collect()
        assert [(one.meter, one.power, one.energy, one.source) for one in again] == [
            (one.meter, one.power, one.energy, one.source) for one in first
        ]
        assert len(service.gets(root=True)) == case["requests"]


def advance(tree: dict[str, Any]) -> None:
    """The service makes its next report."""
    report = tree["/redfish/v1/TelemetryService/MetricReports/Power"]
    report["ReportSequence"] = str(int(report["ReportSequence"]) + 1)
