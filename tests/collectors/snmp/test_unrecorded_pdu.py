"""Rack PDUs that nobody has recorded for us are read as their MIBs say, from small agents."""

from pathlib import Path

import pytest

from agent.model import Scope
from collectors.snmp.probing.entry import QUANTITIES, entry_of
from collectors.snmp.probing.probe import Probed, probe_walk
from tests.collectors.snmp.pdus import PDUS
from tests.collectors.snmp.pdus.pdu import Pdu


async def probed(folder: Path, pdu: Pdu) -> Probed:
    """Read a PDU as it would be read from a recording of it."""
    rows = {"1.3.6.1.2.1.1.2.0": f"6|{pdu.object_id}"}
    for name, value in pdu.sent.items():
        rows[pdu.root + name] = f"{2 if isinstance(value, int) else 4}|{value}"
    names = sorted(rows, key=lambda name: [int(arc) for arc in name.split(".")])
    walk = folder / "device.snmprec"
    walk.write_text("".join(f"{name}|{rows[name]}\n" for name in names))
    return await probe_walk(walk)


@pytest.mark.parametrize("name", PDUS)
async def test_a_pdu_is_read_as_its_mib_says(tmp_path: Path, name: str) -> None:
    pdu = PDUS[name]
    found = await probed(tmp_path, pdu)
    entry = entry_of(found)
    assert found.profile.name == pdu.profile
    assert {title: entry[title] for title in QUANTITIES if title in entry} == pdu.meant


@pytest.mark.parametrize("name", [name for name, pdu in PDUS.items() if pdu.names or pdu.states])
async def test_a_pdu_says_what_its_outlets_are_called_and_which_are_on(
    tmp_path: Path, name: str
) -> None:
    pdu = PDUS[name]
    shown = (await probed(tmp_path, pdu)).shown
    outlets = {one.meter.label: one for one in shown if one.meter.scope is Scope.OUTLET}
    states = {key: one.said.conditions.get("state") for key, one in outlets.items()}
    names = {key: one.meter.name for key, one in outlets.items()}
    assert {key: state for key, state in states.items() if state is not None} == pdu.states
    assert {key: text for key, text in names.items() if text} == pdu.names
