"""The simulated SNMP agents, asked by net-snmp's own commands."""

import asyncio
import shutil
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from agent.clock import Clock
from agent.demo.addresses import Access
from agent.demo.agents import Agents
from agent.demo.faults import Fault, Faults, Trouble
from agent.demo.site import Site

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        shutil.which("snmpbulkwalk") is None, reason="snmpget is not installed (Debian: snmp)"
    ),
]

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
SITE = Site(start=START, seed=1)
SECRETS = ("auth-secret", "priv-secret")
ACCESS = Access(
    community="a-community", user="a-user", auth_password=SECRETS[0], priv_password=SECRETS[1]
)
V2C = ("-v2c", "-c", ACCESS.community)
V3 = ("-v3", "-u", "a-user", "-l", "authPriv", "-a", "SHA-256", "-x", "AES")
PASSWORDS = ("-A", "auth-secret", "-X", "priv-secret")
POWERNET = "1.3.6.1.4.1.318.1.1"
PDU2 = "1.3.6.1.4.1.13742.6"
METER = "1.3.6.1.4.1.34278"
UPS = "1.3.6.1.2.1.33.1"
KWH = 3_600_000


class Standing(Clock):
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        super().__init__()
        self.at = START

    def now(self) -> datetime:
        return self.at


CLOCK = Standing()


@pytest.fixture
def clock() -> Iterator[Standing]:
    yield CLOCK
    CLOCK.at = START


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def agents() -> AsyncIterator[Agents]:
    agents = Agents(SITE, CLOCK, ACCESS)
    agents.start()
    yield agents
    agents.close()


async def run(command: str, *arguments: str, errors: int = DEVNULL) -> str:
    process = await asyncio.create_subprocess_exec(
        command, *arguments, stdout=PIPE, stderr=errors, env={"MIBS": "", "PATH": "/usr/bin:/bin"}
    )
    said, _ = await process.communicate()
    return said.decode().strip()


async def ask(agents: Agents, name: str, *oids: str) -> list[str]:
    """Return the values of a device, in the way its version takes."""
    device = next(device for device in agents.devices if device.name == name)
    access = V2C if device.version == "v2c" else (*V3, *PASSWORDS)
    said = await run("snmpget", *access, "-Oqv", f"127.0.0.1:{agents.ports[name]}", *oids)
    return said.splitlines()


def truth(name: str) -> float:
    return SITE.power(name, START)


async def test_a_pdu_of_the_first_family_tells_the_truth_in_its_own_units(agents: Agents) -> None:
    pdu = SITE.pdus[0]
    power, energy, phase, outlet = await ask(
        agents,
        pdu.name,
        f"{POWERNET}.26.4.3.1.5.1",
        f"{POWERNET}.26.4.3.1.9.1",
        f"{POWERNET}.26.6.3.1.7.2",
        f"{POWERNET}.26.9.4.3.1.7.3",
    )
    register = pdu.register + SITE.energy(pdu.name, SITE.midnight, START)
    assert int(power) == round(truth(pdu.name) / 10)
    assert int(energy) == register // (KWH // 10)
    assert int(phase) == round(truth(f"{pdu.name}/phase/2") / 10)
    assert int(outlet) == round(truth(f"{pdu.name}/outlet/3"))


@pytest.mark.parametrize("name", ["rack-07-a", "rack-07-b"])
async def test_a_pdu_of_the_second_family_tells_the_truth_over_v2c_and_v3(
    agents: Agents, name: str
) -> None:
    pdu = next(pdu for pdu in SITE.pdus if pdu.name == name)
    power, energy, digits, outlet = await ask(
        agents,
        name,
        f"{PDU2}.5.2.3.1.4.1.1.5",
        f"{PDU2}.5.2.3.1.4.1.1.8",
        f"{PDU2}.3.3.4.1.7.1.1.5",
        f"{PDU2}.5.4.3.1.4.1.24.8",
    )
    assert int(power) == round(truth(name))
    assert int(energy) == (pdu.register + SITE.energy(name, SITE.midnight, START)) // 3600
    assert int(digits) == 0
    behind = pdu.outlet_registers[23] + SITE.energy(f"{name}/outlet/24", SITE.midnight, START)
    assert int(outlet) == behind // 3600


async def test_a_ups_tells_power_of_its_lines_in_and_out(agents: Agents) -> None:
    given = await ask(agents, "ups-a", *[f"{UPS}.4.4.1.4.{line}" for line in (1, 2, 3)])
    drawn = await ask(agents, "ups-a", *[f"{UPS}.3.3.1.5.{line}" for line in (1, 2, 3)])
    assert sum(map(int, given)) == pytest.approx(truth("ups-a"), abs=2)
    assert sum(map(int, drawn)) == pytest.approx(truth("ups-a/input"), abs=2)
    load, charge = await ask(agents, "ups-a", f"{UPS}.4.4.1.5.1", f"{UPS}.2.4.0")
    assert 30 < int(load) < 60
    assert int(charge) == 100


async def test_the_utility_meter_counts_tenths_of_kilowatt_hours(
    agents: Agents, clock: Standing
) -> None:
    oids = (f"{METER}.2.1.0", f"{METER}.4.1.0")
    power, before = await ask(agents, "utility", *oids)
    clock.at += timedelta(hours=3)
    _, after = await ask(agents, "utility", *oids)
    assert int(power) == round(truth("utility"))
    true = SITE.energy("utility", START, clock.at) / (KWH // 10)
    assert int(after) - int(before) == pytest.approx(true, abs=1)


@pytest.mark.parametrize("name", ["rack-07-a", "rack-07-b"])
async def test_a_device_that_is_replaced_is_silent_and_then_another_one_over_v2c_and_v3(
    clock: Standing, name: str
) -> None:
    begin = SITE.seconds(START)
    swap = Fault(name=name, trouble=Trouble.REPLACED, start=begin + 60, end=begin + 120)
    agents = Agents(SITE, clock, ACCESS, Faults(faults=(swap,)))
    agents.start()
    serial, uptime, energy = f"{PDU2}.3.2.1.1.4.1", "1.3.6.1.2.1.1.3.0", f"{PDU2}.5.2.3.1.4.1.1.8"
    try:
        first, _, count = await ask(agents, name, serial, uptime, energy)
        clock.at = START + timedelta(seconds=90)
        device = next(device for device in agents.devices if device.name == name)
        access = V2C if device.version == "v2c" else (*V3, *PASSWORDS)
        address = f"127.0.0.1:{agents.ports[name]}"
        said = await run("snmpget", *access, "-r0", "-t0.3", address, uptime, errors=STDOUT)
        assert "Timeout" in said
        clock.at = START + timedelta(seconds=150)
        other, ticks, after = await ask(agents, name, serial, uptime, energy)
    finally:
        agents.close()
    assert other == f'{first[:-1]}-2"'
    assert "0:0:00:30.00" in ticks
    assert int(after) < int(count) or int(after) > int(count) + 1_000


async def test_a_walk_shows_every_object_once_in_order_and_ends(agents: Agents) -> None:
    device = next(device for device in agents.devices if device.name == "rack-01-a")
    walked = []
    for command in ("snmpwalk", "snmpbulkwalk"):
        said = await run(
            command, *V2C, "-On", "-Cc", f"127.0.0.1:{agents.ports[device.name]}", "1.3.6.1.4.1"
        )
        names = [
            line.split(" ")[0].removeprefix(".")
            for line in said.splitlines()
            if "No more" not in line
        ]
        walked.append([name for name in names if name in device.objects])
    assert walked[0] == walked[1]
    order = sorted(device.objects, key=lambda name: [int(arc) for arc in name.split(".")])
    assert walked[0] == order


async def test_what_is_not_there_is_said_in_its_place(agents: Agents) -> None:
    name, missing, power = await ask(
        agents, "ups-a", "1.3.6.1.2.1.1.5.0", "1.3.6.1.4.1.99.1.0", f"{UPS}.4.4.1.4.1"
    )
    assert name.strip('"') == "ups-a"
    assert missing.startswith("No Such Instance")
    assert int(power) > 0


async def test_all_devices_answer_with_their_names(agents: Agents) -> None:
    assert len(agents.devices) == 27
    assert sum(device.version == "v3" for device in agents.devices) == 6
    for device in agents.devices:
        (name,) = await ask(agents, device.name, "1.3.6.1.2.1.1.5.0")
        assert name.strip('"') == device.name


async def test_agents_of_version_3_have_engine_ids_of_their_own(agents: Agents) -> None:
    seen = set()
    for name in ("rack-07-b", "rack-08-b"):
        address = f"127.0.0.1:{agents.ports[name]}"
        said = await run(
            "snmpget", "-Dlcd_set_enginetime", *V3, *PASSWORDS, address, "1.3.6.1", errors=STDOUT
        )
        ids = (line.partition("engineID ")[2] for line in said.splitlines())
        seen |= {engine[:38] for engine in ids if engine.startswith("80 00 1F 88 05")}
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ((*V3, "-A", "wrong-secret", "-X", "priv-secret"), "Authentication failure"),
        (("-v3", "-u", "nobody", "-l", "noAuthNoPriv"), "Unknown user name"),
        (("-v3", "-u", "a-user", "-l", "noAuthNoPriv"), "Unsupported security level"),
    ],
)
async def test_who_may_not_read_is_refused(
    agents: Agents, arguments: tuple[str, ...], answer: str
) -> None:
    address = f"127.0.0.1:{agents.ports['rack-07-b']}"
    said = await run("snmpget", *arguments, address, "1.3.6.1.2.1.1.5.0", errors=STDOUT)
    assert answer in said
    assert "rack-07-b" not in said


@pytest.mark.parametrize(
    "access", [("-v1", "-c", "public"), ("-v2c", "-c", "public"), ("-v1", "-c", ACCESS.community)]
)
async def test_a_wrong_community_or_version_gets_no_answer(
    agents: Agents, access: tuple[str, ...]
) -> None:
    address = f"127.0.0.1:{agents.ports['utility']}"
    said = await run(
        "snmpget", *access, "-r0", "-t0.3", address, "1.3.6.1.2.1.1.5.0", errors=STDOUT
    )
    assert "Timeout" in said
