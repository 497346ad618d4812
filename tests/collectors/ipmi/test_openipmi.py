"""Our client against OpenIPMI's simulator, which shares no line with it.

It has suite 3 alone and refuses 17 in two bytes, has no DCMI, and lets a USER read nothing.
"""

import asyncio
import shutil
import socket
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.demo.bmc_sensors import AIR_INLET, CELSIUS, OtherRecord, Sensor
from agent.errors import Unavailable
from agent.model import Reading
from agent.units import Watts
from collectors.ipmi import Ipmi, IpmiSettings
from config import Secret
from tests.collectors.ipmi.conftest import eventually, power_of, powers_of

pytestmark = pytest.mark.skipif(
    shutil.which("ipmi_sim") is None, reason="ipmi_sim is not installed (Debian: openipmi)"
)

LAN = """name "simulated"
startlan 1
 addr 127.0.0.1 {port}
 priv_limit admin
 allowed_auths_user none md2 md5 straight
 allowed_auths_operator none md2 md5 straight
 allowed_auths_admin none md2 md5 straight
 guid a123456789abcdefa123456789abcd01
endlan
user 2 true "admin" "secret" admin 10
"""
BOARD = """mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
{sensors}
mc_enable 0x20
"""
SENSOR = """sensor_add 0x20 0 {number} 0x0b 0x01
sensor_set_event_support 0x20 0 {number} enable scanning per-state {none} {none} {none} {none}
sensor_set_value 0x20 0 {number} {raw} 0
main_sdr_add 0x20 {record}
"""


def sensor(number: int, name: str, entity: tuple[int, int], raw: int, **options: Any) -> str:  # noqa: ANN401 a sensor's fields
    made = Sensor(number=number, name=name, value=lambda: 0.0, entity=entity, **options)
    record = " ".join(f"{byte:#04x}" for byte in made.record(number))
    return SENSOR.format(number=number, none="0" * 15, raw=raw, record=record)


def other(kind: int, name: str) -> str:
    record = " ".join(f"{byte:#04x}" for byte in OtherRecord(name=name, kind=kind).record(1))
    return f"main_sdr_add 0x20 {record}\n"


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def simulated(folder: Path, sensors: str) -> AsyncIterator[int]:
    """Run the simulator with these sensors, and yield its port."""
    port = free_port()
    (folder / "lan").write_text(LAN.format(port=port))
    (folder / "board").write_text(BOARD.format(sensors=sensors))
    (folder / "state").mkdir()
    command = ("ipmi_sim", "-n", "-c", "lan", "-f", "board", "-s", "state")
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        await eventually(lambda: is_open(port))
        yield port
    finally:
        process.kill()
        await process.wait()


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[int]:
    sensors = sensor(1, "Pwr Consumption", (7, 1), 55) + sensor(2, "PSU1 PIN", (10, 1), 30)
    async with simulated(tmp_path, sensors) as port:
        yield port


def is_open(port: int) -> bool:
    """Whether somebody has the port; trying to take it would keep the simulator from it."""
    return f":{port:04X} " in Path("/proc/net/udp").read_text()


def settings_of(port: int, **options: Any) -> IpmiSettings:  # noqa: ANN401 as people write them
    given: dict[str, Any] = {
        "name": "server-1",
        "type": "ipmi",
        "address": "127.0.0.1",
        "port": port,
        "user": "admin",
        "password": Secret("secret"),
        "privilege": "administrator",
    }
    return IpmiSettings(**given | options)


@pytest.mark.parametrize("session", ["fresh", "kept"])
async def test_its_system_power_is_read_by_the_sensors(ipmi: Ipmi, port: int, session: str) -> None:
    collector = ipmi.collector(settings_of(port, session=session))
    for _ in range(8):
        reading = await power_of(collector)
        assert (reading.power, reading.source) == (Watts(220), "sdr")
    await collector.close()
    assert ipmi.dropped == {}


async def test_its_supply_is_read_by_name(ipmi: Ipmi, port: int) -> None:
    collector = ipmi.collector(settings_of(port, source="sdr", sensor="PSU1 PIN"))
    assert (await power_of(collector)).power == Watts(120)


async def test_it_reads_nothing_to_a_user_and_says_so(ipmi: Ipmi, port: int) -> None:
    collector = ipmi.collector(settings_of(port, privilege="user"))
    with pytest.raises(Unavailable, match="the privilege is too low, set a higher `privilege`"):
        await collector.collect()


async def test_dcmi_for_administrators_alone_leaves_an_operator_the_sensors(
    ipmi: Ipmi, port: int
) -> None:
    collector = ipmi.collector(settings_of(port, privilege="operator"))
    with pytest.raises(Unavailable, match="D4h"):
        await collector.collect()
    assert (await power_of(collector)).source == "sdr"


async def test_it_does_not_have_suite_17(ipmi: Ipmi, port: int) -> None:
    with pytest.raises(Unavailable, match="it does not have cipher suite 17"):
        await ipmi.collector(settings_of(port, suite=17)).collect()


@pytest.mark.parametrize(
    ("options", "message"),
    [({"password": Secret("wrong")}, "password is wrong"), ({"user": "nobody"}, "know the user")],
)
async def test_it_refuses_a_wrong_login(
    ipmi: Ipmi, port: int, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(Unavailable, match=message):
        await ipmi.collector(settings_of(port, **options)).collect()


async def test_a_wrong_password_does_not_use_up_its_sessions(ipmi: Ipmi, port: int) -> None:
    for _ in range(40):
        with pytest.raises(Unavailable, match="password is wrong"):
            await ipmi.collector(settings_of(port, password=Secret("wrong"))).collect()
    assert (await power_of(ipmi.collector(settings_of(port)))).power == Watts(220)


SUPPLIES = (
    other(0x02, "PS1 Status")
    + sensor(1, "PS1 Input Power", (10, 1), 40)
    + sensor(2, "PS1 Output Power", (10, 1), 35)
    + other(0x03, "Events")
    + sensor(3, "PS2 Power In", (10, 0xE2), 0)
    + sensor(4, "CPU Power", (7, 1), 20)
    + other(0x11, "FRU")
    + sensor(5, "Inlet Temp", (AIR_INLET, 1), 0xFB, unit=CELSIUS, m=1, units1=0x80)
    + other(0x12, "BMC")
)


async def test_its_supplies_are_summed_and_are_meters_of_their_own(
    ipmi: Ipmi, tmp_path: Path
) -> None:
    async with simulated(tmp_path, SUPPLIES) as port:
        options = {"read": ["total", "psu-input", "psu-output"], "temperature": "inlet"}
        collector = ipmi.collector(settings_of(port, **options))
        for _ in range(2):
            assert await powers_of(collector) == {
                "server-1": 160,
                "server-1/psu-input/1": 160,
                "server-1/psu-input/2": 0,
                "server-1/psu-output/1": 140,
            }
        reading = (await collector.collect())[0]
        assert isinstance(reading, Reading)
        assert (reading.source, reading.flags) == ("sdr", ())
        assert reading.conditions == {"temperature_celsius": -5.0}


@pytest.mark.parametrize(
    ("raw", "options", "watts"),
    [
        (0xFE, {"units1": 0x40, "m": 4, "b": 10, "b_exponent": 1}, 96),
        (0xFE, {"units1": 0x80, "m": 4, "b": 10, "b_exponent": 1}, 92),
        (20, {"m": 511, "b": -512, "b_exponent": 1, "r_exponent": -1}, 510),
        (12, {"m": 1, "linearization": 8}, 144),
    ],
)
async def test_its_readings_are_converted(
    ipmi: Ipmi, tmp_path: Path, raw: int, options: dict[str, int], watts: float
) -> None:
    async with simulated(tmp_path, sensor(1, "Sys Power", (7, 1), raw, **options)) as port:
        reading = await power_of(ipmi.collector(settings_of(port)))
        assert reading.power == pytest.approx(watts)
