"""What UPSs, DC plants, cooling units and servers say of what is around them."""

import asyncio
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from agent.cli import main
from agent.clock import Clock
from agent.health import Health
from agent.loops import collect_forever
from agent.model import Role, Scope
from collectors.snmp import Snmp
from collectors.snmp.probing.probe import Probed, probe_walk
from exporters.prometheus import Prometheus, PrometheusSettings
from tests.accounting.places import meter, planted
from tests.collectors.snmp.conftest import DEVICES, Recorded, Start, device, recording
from tests.collectors.snmp.unrecorded.device import probed, recorded
from tests.collectors.snmp.unrecorded.probes import Said
from tests.collectors.snmp.unrecorded.surroundings import AGENTS, COOLING
from tests.ledger.books import open_ledger

RECORDED: Mapping[str, Said] = {
    "apc_powerchute": {},
    "apc_smart1500": {"1.1": (30.0, None), "2.1": (21.0, None)},
    "apc_smtl1000-nmc3": {"1.1": (27.0, 0.32), "2.1": (28.0, None)},
    "apc_smx750": {},
    "apc_sua1500rmi2u": {"1": (26.0, None)},
    "apc_sua750i": {},
    "apc_surt3000xl": {},
    "apc_symmetralx": {},
    "cxc": {},
    "cxc_e3": {},
    "cyberpower_cp1000pfclcd": {},
    # Its temperature is set to Fahrenheit.
    "cyberpower_pr2200rt2uc": {"1": (None, 0.8479)},
    "dell-ome-m_dell-ome-m": {},
    "dell-ups_rack3750w": {},
    "deltaups_mini-snmp": {},
    "drac_c6525": {"Inlet": (17.0, None)},
    "drac_idrac7": {"Inlet": (22.0, None)},
    "drac_m1000e": {},
    "drac_r540": {"Inlet": (23.0, None)},
    "drac_r640": {"Inlet": (25.0, None)},
    # The probe of its card is lost.
    "eaton-mgeups_9pxle": {"ambient": (21.0, None)},
    "eatonups_eaton-connectups": {"ambient": (25.0, None)},
    "fujitsu-irmc_rx300": {
        "Ambient": (23.0, None),
        "PSU1-Inlet": (25.0, None),
        "PSU2-Inlet": (24.0, None),
    },
    "snmpsimdata_huawei-gse200m": {},
    "hpe-ilo_4_with_bat_checks": {},
    "hpe-ilo_5_with_bat_checks": {},
    "liebert": {
        "1.1": (None, 0.142),
        "2.1": (17.5, None),
        "3.1": (20.1, None),
        "4.1": (None, 0.172),
    },
    "netvision-rfc": {},
    "poweralert_ups": {},
    "powerwalker": {},
    "samlex_psr-1200-48": {"dc-ac": (45.0, None), "dc-dc": (34.0, None)},
    "siteboss571_siteboss571": {"3.1": (24.0, 0.32), "200.1": (35.0, None)},
    "siteboss572": {"3.1": (30.0, 0.28), "200.1": (37.0, None)},
    "supermicro-bmc_x11": {},
    "xclarity_sr665": {"Ambient": (22.0, None)},
}
"""What the sensors of recorded devices say; most have none, and say so in their maker's way."""

CONDITIONS: Mapping[str, Mapping[str, Mapping[str, float]]] = {
    "cxc_e3": {"": {"temperature_celsius": 22.084, "battery_ratio": 1.0}},
    "eaton-mgeups_9pxle": {
        "": {"voltage_volts": 230.0, "current_amperes": 1.0},
        "/input": {"voltage_volts": 229.0, "frequency_hertz": 50.0},
    },
    "eaton-sc300": {
        "": {"voltage_volts": 53.63, "current_amperes": 3.0},
        "/input": {"voltage_volts": 230.0},
    },
    "snmpsimdata_huawei-gse200m": {"/input": {"frequency_hertz": 50.0}},
    "huaweiups_ups2000": {
        "": {"voltage_volts": 230.0, "current_amperes": 7.2, "load_ratio": 0.27},
        "/input": {"voltage_volts": 233.0, "frequency_hertz": 50.0},
    },
    "poweralert_ups": {
        "": {"voltage_volts": 210.1, "current_amperes": 1.4, "temperature_celsius": 22.0},
        "/input": {"voltage_volts": 210.9, "frequency_hertz": 60.0},
    },
    "powerwalker": {
        "": {"voltage_volts": 230.0},
        "/input": {"voltage_volts": 238.2, "frequency_hertz": 49.9},
    },
    "samlex_psr-1200-48": {"/input": {"voltage_volts": 54.4}},
}
"""What UPSs of a single phase and DC plants say of their output and input, among other things."""


def conditions(found: Probed) -> Mapping[str, Mapping[str, float]]:
    """Return what a device says besides power and energy, by the ends of its meters' ids."""
    return {one.meter.plan.suffix: one.said.conditions for one in found.shown}


def said(found: Probed) -> Said:
    """Return what the sensors say, by their keys."""
    sensors = {
        suffix.removeprefix("/sensor/"): one
        for suffix, one in conditions(found).items()
        if suffix.startswith("/sensor/")
    }
    assert all(one.keys() <= {"temperature_celsius", "humidity_ratio"} for one in sensors.values())
    return {
        key: (one.get("temperature_celsius"), one.get("humidity_ratio"))
        for key, one in sensors.items()
        if one
    }


async def recorded_device(name: str) -> Probed:
    if not DEVICES.exists():
        pytest.skip(f"the recording {name} is missing (set CARBOND_SHARED)")
    return await probe_walk(DEVICES / f"{name}.snmprec")


@pytest.mark.parametrize("name", RECORDED)
async def test_the_sensors_of_a_recorded_device_say_what_they_truly_say(name: str) -> None:
    assert said(await recorded_device(name)) == RECORDED[name]


@pytest.mark.parametrize("name", CONDITIONS)
async def test_a_recorded_ups_says_how_its_input_and_output_are(name: str) -> None:
    found = conditions(await recorded_device(name))
    for suffix, meant in CONDITIONS[name].items():
        shown = {title: found[suffix].get(title) for title in meant}
        assert shown == pytest.approx(meant)


@pytest.mark.parametrize("name", AGENTS)
async def test_the_sensors_of_a_device_are_read_as_its_mib_says(tmp_path: Path, name: str) -> None:
    found = await probed(tmp_path, AGENTS[name])
    assert found.profile.name == AGENTS[name].profile
    assert said(found) == AGENTS[name].meant


@pytest.mark.parametrize("name", [name for name, one in AGENTS.items() if one.names])
async def test_a_sensor_is_called_what_people_call_it(tmp_path: Path, name: str) -> None:
    shown = (await probed(tmp_path, AGENTS[name])).shown
    sensors = [one.meter for one in shown if one.meter.scope is Scope.SENSOR]
    names = {one.plan.suffix.removeprefix("/sensor/"): one.name for one in sensors}
    assert {key: names.get(key) for key in AGENTS[name].names} == AGENTS[name].names


async def test_the_temperature_of_a_battery_is_of_the_ups_and_no_sensor(tmp_path: Path) -> None:
    found = await probed(tmp_path, AGENTS["LIEBERT-GP-FLEXIBLE-MIB of a UPS"])
    assert conditions(found)[""] == {"temperature_celsius": 25.0}


def test_a_cooling_unit_shows_its_sensors_and_that_there_is_nothing_to_book(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["probe", "--walk", str(recorded(tmp_path, COOLING))]) == 0
    out = capsys.readouterr().out
    assert "nothing to book: it reports temperatures and states, and no electric power" in out
    assert "24.3" in out
    assert "rack 7" in out


async def test_a_cooling_unit_is_up_and_its_sensors_are_on_the_page(
    tmp_path: Path, start: Start, plugin: Snmp
) -> None:
    port = await start(Recorded(recording(recorded(tmp_path, COOLING))))
    collector = device(plugin, port, name="crac-1")
    clock = Clock()
    tree = planted(meter("crac-1", Role.COOLING))
    with closing(open_ledger(tmp_path, clock, tree=tree)) as ledger:
        health = Health(clock, ledger.note)
        async with asyncio.TaskGroup() as tasks:
            polling = tasks.create_task(collect_forever(collector, "snmp", ledger, health, clock))
            async with asyncio.timeout(30):
                while not (now := await ledger.now(health.now())).meters:  # noqa: ASYNC110 the ledger sets no event
                    await asyncio.sleep(0.01)
            polling.cancel()
    page = Prometheus(PrometheusSettings(name="page", type="prometheus"), clock)
    await page.show(now)
    assert [one.up for one in now.devices if one.name == "crac-1"] == [True]
    samples = [
        (sample.name, sample.labels["meter"], sample.value)
        for family in text_string_to_metric_families(page.body.decode())
        for sample in family.samples
        if sample.labels.get("scope") == "sensor"
    ]
    for key, (warm, moist) in COOLING.meant.items():
        name = f"crac-1/sensor/{key}"
        assert ("carbond_meter_temperature_celsius", name, warm) in samples
        if moist is not None:
            assert ("carbond_meter_humidity_ratio", name, moist) in samples
    assert not any(name.startswith("carbond_meter_energy") for name, _, _ in samples)
