"""Devices that nobody has recorded for us are read as their MIBs say, from small agents."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from agent.model import Scope
from collectors.snmp.probing.entry import QUANTITIES, entry_of
from collectors.snmp.probing.recorded import RecordedWalk
from collectors.snmp.reading.pattern import Row
from collectors.snmp.reading.plan import Values
from collectors.snmp.reading.rows import look_up, unit_of
from collectors.snmp.reading.sources import sources_of
from config.profiles import MeterBlock, profiles
from tests.collectors.snmp.unrecorded import UNRECORDED
from tests.collectors.snmp.unrecorded.device import probed, recorded

NAMED = [name for name, device in UNRECORDED.items() if device.names or device.states]


@pytest.mark.parametrize("name", UNRECORDED)
async def test_a_device_is_read_as_its_mib_says(tmp_path: Path, name: str) -> None:
    device = UNRECORDED[name]
    found = await probed(tmp_path, device)
    entry = entry_of(found)
    assert found.profile.name == device.profile
    assert {title: entry[title] for title in QUANTITIES if title in entry} == device.meant
    if device.facts is not None:
        assert (entry["vendor"], entry["model"]) == device.facts


@pytest.mark.parametrize("name", NAMED)
async def test_a_device_says_what_its_outlets_are_called_and_which_are_on(
    tmp_path: Path, name: str
) -> None:
    device = UNRECORDED[name]
    shown = (await probed(tmp_path, device)).shown
    outlets = {one.meter.label: one for one in shown if one.meter.scope is Scope.OUTLET}
    states = {key: one.said.conditions.get("state") for key, one in outlets.items()}
    names = {key: one.meter.name for key, one in outlets.items()}
    assert {key: state for key, state in states.items() if state is not None} == device.states
    assert {key: text for key, text in names.items() if text} == device.names


def ids(block: MeterBlock, rows: Sequence[Row], found: Values) -> Mapping[str, str]:
    """Return the ends of the ids of a block's meters, by their rows."""
    return {one.rows: one.suffix for one in sources_of(block, rows, found, 1)}


CHAINS = [
    "an APC chain of rPDU2 with a switched outlet each",
    "a chain of two Raritans",
    "two strapped Eatons",
    "a chain of two CyberPower ePDU2",
    "a chain of two HPE pdu2",
    "a chain of two Chatsworths",
    "a Rittal with two PDUs",
]


@pytest.mark.parametrize("name", CHAINS)
async def test_the_id_of_an_outlet_does_not_depend_on_how_many_units_there_are(
    tmp_path: Path, name: str
) -> None:
    device = UNRECORDED[name]
    blocks = [one for one in profiles()[device.profile].meters if one.sum_of is None]
    chosen, found = await look_up(RecordedWalk(recorded(tmp_path, device)), blocks)
    several = 0
    for block, rows in chosen:
        units = {unit_of(block, row, found) for row in rows if block.rows == "each"}
        several += len(units) > 1
        for unit in units:
            alone = [row for row in rows if unit_of(block, row, found) == unit]
            assert ids(block, alone, found).items() <= ids(block, rows, found).items()
    assert several
