"""What the simulated BMC has beside plain sensors, read by clients that know nothing of ours."""

from pathlib import Path

from agent.demo.bmc import Bmc
from agent.demo.bmc_sensors import BY_READING, INVERSES, OUTPUT, OtherRecord, Record, Sensor
from tests.demo.test_bmc import ipmitool, run
from tests.servers import needs

ONES, TWOS = 0x40, 0x80
CURVES = range(1, 12)


def constant(number: int, name: str, watts: float, **options: object) -> Sensor:
    return Sensor(number=number, name=name, value=lambda: watts, **options)  # type: ignore[arg-type]  # any of its fields


def records() -> list[Record]:
    return [
        OtherRecord(name="PS1 Status", kind=0x02, number=0xF0),
        OtherRecord(name="Events", kind=0x03, number=0xF1),
        OtherRecord(name="FRU", kind=0x11),
        OtherRecord(name="BMC", kind=0x12),
        constant(1, "Ones", -40, units1=ONES, m=2, b=10, b_exponent=1, tolerance=9, accuracy=999),
        constant(2, "Twos", -40, units1=TWOS, m=2, b=-5),
        constant(3, "Off", 100, scanned=False),
        constant(4, "Lun 2", 100, lun=2),
        constant(5, "PSU1 POUT", 100, entity=(10, 0xE1), direction=OUTPUT),
        constant(6, "By reading", 300, linearization=BY_READING, m=2),
        *(constant(16 + n, f"Curve {n}", 2, linearization=n, r_exponent=-1) for n in CURVES),
    ]


def is_close(curve: int, said: float) -> bool:
    """Whether 2 W are said, after their way through a byte of 0.4 steps before the curve."""
    inverse = INVERSES[curve]
    return abs(inverse(said) - inverse(2)) <= 0.25


@needs("ipmitool", "ipmitool")
async def test_ipmitool_reads_all_kinds_of_records_and_readings() -> None:
    async with Bmc(lambda: 312.0, sensors=records()) as bmc:
        code, output = await ipmitool(bmc, 17, "sdr", "elist", "all")
        lines = [[part.strip() for part in line.split("|")] for line in output.splitlines()]
        said = {name: (entity, value) for name, _, _, entity, value in lines}
        assert code == 0
        for curve in CURVES:
            value = float(said.pop(f"Curve {curve}")[1].removesuffix(" Watts"))
            assert is_close(curve, value), curve
    assert said == {
        "PS1 Status": ("10.1", ""),
        "Events": ("10.1", "Event-Only"),
        "FRU": ("10.1", "Logical FRU @01h"),
        "BMC": ("7.1", "Dynamic MC @ 20h"),
        "Ones": ("7.1", "-40 Watts"),
        "Twos": ("7.1", "-41 Watts"),
        "Off": ("7.1", "Disabled"),
        "Lun 2": ("7.1", "100 Watts"),
        "PSU1 POUT": ("10.97", "100 Watts"),
        "By reading": ("7.1", "300 Watts"),
    }


@needs("ipmi-sensors", "freeipmi-tools")
async def test_freeipmi_reads_all_kinds_of_records(tmp_path: Path) -> None:
    async with Bmc(lambda: 312.0, sensors=records()) as bmc:
        code, output = await run(
            "ipmi-sensors", "-D", "LAN_2_0", "-I", "17", "-h", f"{bmc.host}:{bmc.port}",
            "-u", "admin", "-p", "secret", "--comma-separated-output", "--no-header-output",
            "--quiet-cache", f"--sdr-cache-directory={tmp_path}",
        )  # fmt: skip
    assert code == 0
    lines = [line.split(",") for line in output.splitlines() if line[:1].isdigit()]
    said = {name: value for _, name, _, value, *_ in lines}
    assert said["PS1 Status"] == said["Off"] == "N/A"
    assert (said["Ones"], said["Twos"], said["PSU1 POUT"]) == ("-40.00", "-41.00", "100.00")
    assert "Events" not in said


@needs("ipmitool", "ipmitool")
async def test_ipmitool_reads_the_inlets_temperature() -> None:
    async with Bmc(lambda: 312.0) as bmc:
        for degrees, said in ((22, "+22 C"), (-3, "-3 C")):
            bmc.commands.inlet = degrees
            _, output = await ipmitool(bmc, 17, "dcmi", "get_temp_reading")
            assert f"Inlet air temperature(40h)\t\t1\t\t{said}" in output


@needs("ipmitool", "ipmitool")
async def test_ipmitool_sees_another_firmware() -> None:
    async with Bmc(lambda: 312.0) as bmc:
        bmc.commands.firmware = (3, 0x25)
        _, output = await ipmitool(bmc, 17, "mc", "info")
        assert "Firmware Revision         : 3.25" in output


@needs("ipmitool", "ipmitool")
async def test_ipmitool_is_answered_the_second_time_by_a_bmc_that_hesitates(
    tmp_path: Path,
) -> None:
    (tmp_path / "twice").write_text("raw 0x2c 0x02 0xdc 1 0 0\n" * 2)
    async with Bmc(lambda: 312.0) as bmc:
        bmc.commands.hesitates = 1
        _, output = await ipmitool(bmc, 17, "exec", str(tmp_path / "twice"))
    refused, _, answered = output.partition("\n dc 38 01")
    assert "Unspecified error" in refused
    assert answered


@needs("ipmitool", "ipmitool")
async def test_ipmitool_gets_on_with_small_pieces_and_lost_reservations() -> None:
    async with Bmc(lambda: 312.0) as bmc:
        bmc.commands.largest, bmc.commands.lost = 16, 2
        code, output = await ipmitool(bmc, 17, "sdr", "elist", "all")
        assert code == 0
        assert len(output.splitlines()) == 4
