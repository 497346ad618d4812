"""The simulated BMC, read by two clients that know nothing of ours."""

import asyncio
import shutil
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.demo.bmc import Bmc
from agent.demo.bmc_session import RMCP

needs_ipmitool = pytest.mark.skipif(
    shutil.which("ipmitool") is None, reason="ipmitool is not installed (Debian: ipmitool)"
)
needs_freeipmi = pytest.mark.skipif(
    shutil.which("ipmi-dcmi") is None, reason="ipmi-dcmi is not installed (Debian: freeipmi-tools)"
)
RIGHT, WRONG = "secret", "wrong"
SUITE_3 = b"\1\2\3\4" + b"".join(bytes([n, 0, 0, 8, 1, 0, 0, 0]) for n in range(3))
SUITES = pytest.mark.parametrize("suite", [17, 3])


@pytest.fixture
async def bmc() -> AsyncIterator[Bmc]:
    async with Bmc(lambda: 312.0) as running:
        yield running


async def run(*command: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, output.decode()


async def ipmitool(bmc: Bmc, suite: int, *command: str, password: str = RIGHT) -> tuple[int, str]:
    where = ("-I", "lanplus", "-C", str(suite), "-H", bmc.host, "-p", str(bmc.port))
    return await run("ipmitool", *where, "-U", "admin", "-P", password, *command)


async def ipmi_dcmi(bmc: Bmc, suite: int, password: str = RIGHT) -> tuple[int, str]:
    where = ("-D", "LAN_2_0", "-I", str(suite), "-h", f"{bmc.host}:{bmc.port}")
    login = ("-u", "admin", "-p", password)
    return await run("ipmi-dcmi", *where, *login, "--get-system-power-statistics")


@needs_ipmitool
@SUITES
async def test_ipmitool_reads_its_power(bmc: Bmc, suite: int) -> None:
    code, output = await ipmitool(bmc, suite, "dcmi", "power", "reading")
    assert code == 0
    assert "Instantaneous power reading:                   312 Watts" in output
    assert "Power reading state is:                   activated" in output


@needs_ipmitool
async def test_ipmitool_finds_the_suite_by_itself(bmc: Bmc) -> None:
    code, output = await run(
        "ipmitool", "-I", "lanplus", "-H", bmc.host, "-p", str(bmc.port),
        "-U", "admin", "-P", "secret", "dcmi", "power", "reading",
    )  # fmt: skip
    assert (code, "312 Watts" in output) == (0, True)


@needs_ipmitool
@SUITES
async def test_ipmitool_lists_its_sensors(bmc: Bmc, suite: int) -> None:
    code, output = await ipmitool(bmc, suite, "sdr", "elist", "all")
    assert code == 0
    sensors = {
        line.split("|")[0].strip(): line.split("|")[-1].strip() for line in output.splitlines()
    }
    assert sensors == {
        "Inlet Temp": "22 degrees C",
        "Pwr Consumption": "312 Watts",
        "PSU1 PIN": "156 Watts",
        "PSU2 PIN": "156 Watts",
    }


@needs_ipmitool
@SUITES
async def test_ipmitool_with_a_wrong_password_is_refused(bmc: Bmc, suite: int) -> None:
    code, output = await ipmitool(bmc, suite, "dcmi", "power", "reading", password=WRONG)
    assert code != 0
    assert "Unable to establish" in output
    assert bmc.seen["power"] == 0


@needs_ipmitool
@SUITES
async def test_ipmitool_logs_in_with_two_keys(suite: int) -> None:
    async with Bmc(lambda: 312.0, kg="the key of the bmc") as bmc:
        code, output = await ipmitool(
            bmc, suite, "-k", "the key of the bmc", "dcmi", "power", "reading"
        )
        assert (code, "312 Watts" in output) == (0, True)
        code, _ = await ipmitool(bmc, suite, "dcmi", "power", "reading")
        assert code != 0


@needs_ipmitool
async def test_ipmitool_sees_that_it_has_no_dcmi(bmc: Bmc) -> None:
    bmc.commands.dcmi_code = 0xC1
    code, output = await ipmitool(bmc, 17, "dcmi", "power", "reading")
    assert code != 0
    assert "DCMI request failed" in output


@needs_ipmitool
async def test_ipmitool_sees_that_it_is_not_measuring(bmc: Bmc) -> None:
    bmc.commands.inactive = True
    _, output = await ipmitool(bmc, 17, "dcmi", "power", "reading")
    assert "deactivated" in output


@needs_freeipmi
@SUITES
async def test_freeipmi_reads_its_power(bmc: Bmc, suite: int) -> None:
    code, output = await ipmi_dcmi(bmc, suite)
    assert code == 0
    assert "Current Power                        : 312 Watts" in output
    assert "Power Measurement                    : Active" in output


@needs_freeipmi
@SUITES
async def test_freeipmi_with_a_wrong_password_is_refused(bmc: Bmc, suite: int) -> None:
    code, output = await ipmi_dcmi(bmc, suite, password=WRONG)
    assert code != 0
    assert "password invalid" in output


@needs_freeipmi
async def test_freeipmi_frees_its_session(bmc: Bmc) -> None:
    await ipmi_dcmi(bmc, 17)
    assert bmc.sessions == 0


@pytest.mark.parametrize(("idle", "status"), [(0.0, 0x00), (60.0, 0x01)])
async def test_a_full_table_refuses_until_a_session_has_been_idle_too_long(
    idle: float, status: int
) -> None:
    slots = Bmc(lambda: 312.0, slots=1, idle=idle).slots
    for expected in (0x00, status):
        _, answer = slots.set_up(0x10, b"\x07\x02\x00\x00" + SUITE_3) or (0, b"")
        assert answer[:2] == bytes([7, expected])


@given(st.binary(max_size=80), st.sampled_from([b"", RMCP, RMCP + b"\x06\x10" + bytes(8)]))
def test_any_datagram_is_answered_or_not_but_breaks_nothing(rest: bytes, head: bytes) -> None:
    bmc = Bmc(lambda: 1.0)
    bmc.datagram_received(head + rest, ("127.0.0.1", 1))
    assert (bmc.seen["packets"], bmc.sessions) == (1, 0)


async def test_each_bmc_has_a_port_of_its_own() -> None:
    async with Bmc(lambda: 1.0) as one, Bmc(lambda: 2.0) as other:
        assert one.port != other.port
