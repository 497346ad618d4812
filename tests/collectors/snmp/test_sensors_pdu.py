"""The temperature and humidity probes of rack PDUs are read, and nothing else is taken for one."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from agent.model import Scope
from collectors.snmp.probing.probe import Probed, Shown, probe_walk
from config.profiles import profiles
from tests.collectors.snmp.conftest import DEVICES
from tests.collectors.snmp.unrecorded.probes import PROBES, Agent, Said

RECORDED: Mapping[str, Said] = {
    "apc_ap8959eu3": {},
    "apc_apdu9959eu3": {},
    "snmpsimdata_apc-8641": {},
    "apc-epdu_epdu1132m": {},
    "raritan-pdu": {"2": (None, 0.39), "3": (20.5, None), "cpu": (36.0, None)},
    "raritan-pdu_px2-temp": {
        "1": (22.9, None),
        "2": (None, 0.15),
        "3": (22.6, None),
        "4": (23.7, None),
    },
    "raritan-pdu_px2": {},
    "sentry4": {},
    "sentry4_switched8i": {"5.1": (23.9, 0.37), "5.2": (27.1, 0.31)},
    "vertiv-pdu_mg02e4w1": {},
    "rittal-cmc-iii-pu_pdu-controller": {},
    "hpe-mapdu_pdu3": {},
    "panduit_2": {},
    "cyberpower": {"ambient": (None, 0.56)},
    "digipower": {},
    "iboot_pdu8-2n15": {},
    "ipoman": {},
    "schleifenbauer": {},
    "schleifenbauer_dpm27e": {},
    "atenpdu": {},
    "gude-epc_1202": {},
    "rnx-updu_rn3214": {},
}
"""What the probes of recorded devices say; most have none, and say so in their maker's way."""


async def probed(folder: Path, agent: Agent) -> Probed:
    """Read an agent as it would be read from a recording of it."""
    objects = {agent.root + name: value for name, value in agent.sent.items()}
    names = sorted(objects, key=lambda name: [int(arc) for arc in name.split(".")])
    kinds = {name: 2 if isinstance(objects[name], int) else 4 for name in names}
    walk = folder / "device.snmprec"
    walk.write_text("".join(f"{name}|{kinds[name]}|{objects[name]}\n" for name in names))
    return await probe_walk(walk, profiles()[agent.profile])


def key_of(one: Shown) -> str:
    return one.meter.plan.suffix.removeprefix("/sensor/")


def said(found: Probed) -> Said:
    """Return what the sensors say, by their keys."""
    sensors = {
        key_of(one): one.said.conditions for one in found.shown if one.meter.scope is Scope.SENSOR
    }
    assert all(one.keys() <= {"temperature_celsius", "humidity_ratio"} for one in sensors.values())
    return {
        key: (one.get("temperature_celsius"), one.get("humidity_ratio"))
        for key, one in sensors.items()
        if one
    }


@pytest.mark.parametrize("name", sorted(RECORDED))
async def test_the_probes_of_a_recorded_pdu_say_what_they_truly_say(name: str) -> None:
    if not DEVICES.exists():
        pytest.skip(f"the recording {name} is missing (set CARBOND_SHARED)")
    assert said(await probe_walk(DEVICES / f"{name}.snmprec")) == RECORDED[name]


@pytest.mark.parametrize("name", PROBES)
async def test_the_probes_of_a_pdu_are_read_as_its_mib_says(tmp_path: Path, name: str) -> None:
    agent = PROBES[name]
    assert said(await probed(tmp_path, agent)) == agent.meant


@pytest.mark.parametrize("name", [name for name, agent in PROBES.items() if agent.names])
async def test_a_probe_is_called_what_people_call_it(tmp_path: Path, name: str) -> None:
    agent = PROBES[name]
    found = await probed(tmp_path, agent)
    names = {key_of(one): one.meter.name for one in found.shown if one.meter.name}
    assert {key: names.get(key) for key in agent.names} == agent.names
