"""Recorded devices are read as their expected values say."""

from collections.abc import Sequence
from typing import Any

import pytest

from agent.clock import Clock
from agent.errors import Unavailable
from agent.model import Reading
from collectors.snmp import Snmp
from config.profiles import profiles
from tests.collectors.snmp.conftest import Recorded, Start, device, expected, walk

EVERYTHING = ["total", "input", "inlet", "phase", "branch", "outlet"]
SCOPES = {"phases": "phase", "inlets": "inlet", "outlets": "outlet"}
READ = [
    "apc_ap8959eu3",
    "apc_apdu9959eu3",
    "snmpsimdata_apc-8641",
    "raritan-pdu_px2",
    "raritan-pdu_px2-temp",
    "raritan-pdu_px3",
    "eaton-mgeups_93ps",
    "eaton-mgeups_9pxle",
    "generex-ups_cs141",
    "deltaups_mini-snmp",
    "netmanplus_mct20",
    "netvision-rfc",
    "poweralert_ups",
    "snmpsimdata_ingrasys-power-switch",
    "snmpsimdata_phoenixtec-power",
]
UNREADABLE = ["abbups_abbups", "powerwalker-vfi_20kcpgpf133", "snmpsimdata_eastpower-istars-swv053"]


def flat(values: dict[str, Any]) -> dict[str, float]:
    """Return a quantity of expected.json by the end of the meter's id."""
    found = {"": values["total"]} if "total" in values else {}
    for name, scope in SCOPES.items():
        for key, value in values.get(name, {}).items():
            found[f"/{scope}/{key}"] = value
    return found


def by_suffix(readings: Sequence[Reading]) -> dict[str, Reading]:
    return {reading.meter.removeprefix("rack-1"): reading for reading in readings}


@pytest.mark.parametrize("version", ["v1", "v2c"])
@pytest.mark.parametrize("name", READ)
async def test_a_recorded_device_gives_its_expected_power_and_energy(
    plugin: Snmp, start: Start, name: str, version: str
) -> None:
    port = await start(Recorded(walk(f"{name}.snmprec")))
    readings = by_suffix(await device(plugin, port, read=EVERYTHING, version=version).collect())
    wanted = expected(f"{name}.snmprec")
    powers, energies = flat(wanted["active_power_w"]), flat(wanted.get("energy_wh", {}))
    assert {key: readings[key].power for key in powers} == pytest.approx(powers)
    wh = {key: (readings[key].energy or 0) / 3600 for key in energies}
    assert wh == pytest.approx(energies)
    assert all(readings[key].energy is None for key in powers if key not in energies)


@pytest.mark.parametrize("name", UNREADABLE)
async def test_a_ups_that_only_says_zero_watts_gives_no_reading_and_says_so(
    plugin: Snmp, start: Start, name: str
) -> None:
    port = await start(Recorded(walk(f"{name}.snmprec")))
    with pytest.raises(Unavailable, match="rack-1: it answers, but with no power and no energy"):
        await device(plugin, port, read=EVERYTHING).collect()


@pytest.mark.parametrize("name", ["huaweiups_ups2000", "snmpsimdata_huawei-gse200m"])
async def test_a_ups_that_is_known_to_be_wrong_is_not_read_by_the_ups_mib(
    start: Start, name: str
) -> None:
    plugin = Snmp(Clock(), {"ups-mib": profiles()["ups-mib"]})
    port = await start(Recorded(walk(f"{name}.snmprec")))
    with pytest.raises(Unavailable, match="no power and no energy of profile ups-mib"):
        await device(plugin, port).collect()
    await plugin.close()


async def test_a_device_without_a_profile_names_the_closest_one(start: Start) -> None:
    plugin = Snmp(Clock(), {"raritan-pdu2": profiles()["raritan-pdu2"]})
    port = await start(Recorded(walk("raritan-pdu.snmprec")))
    with pytest.raises(Unavailable) as refused:
        await device(plugin, port).collect()
    assert str(refused.value) == (
        "rack-1: no profile for sysObjectID 1.3.6.1.4.1.13742.4 (Raritan Dominion PX - "
        "Firmware Version 010507-11172); closest is raritan-pdu2 (1.3.6.1.4.1.13742.6): write "
        "profile: raritan-pdu2 if it fits, or run `carbond record 127.0.0.1` for a profile of its "
        "own (docs/devices.md)"
    )
    await plugin.close()
