"""Power from sensors: which of them, the arithmetic, and the walk over their records."""

import asyncio
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.demo.bmc import Bmc
from agent.demo.bmc_sensors import CELSIUS, Sensor
from agent.errors import Unavailable
from agent.units import Watts
from collectors.ipmi import Ipmi
from collectors.ipmi.failures import Malformed
from collectors.ipmi.sdr import Form, sensor_of
from tests.collectors.ipmi.conftest import StillClock, eventually, power_of, settings_of

SYSTEM, PSU_1, PSU_2 = (7, 1), (10, 1), (10, 2)


def sensor(number: int, name: str, watts: float | None, **options: object) -> Sensor:
    return Sensor(number=number, name=name, value=lambda: watts, **options)  # type: ignore[arg-type]  # any of its fields


async def read(
    bmc: Bmc, ipmi: Ipmi, *sensors: Sensor, **options: object
) -> tuple[Watts | None, tuple[str, ...]]:
    bmc.commands.sensors = list(sensors)
    reading = await power_of(ipmi.collector(settings_of(bmc, source="sdr", **options)))
    assert reading.source == "sdr"
    return reading.power, reading.flags


@given(
    m=st.integers(-512, 511).filter(bool),
    b=st.integers(-512, 511),
    b_exponent=st.integers(-8, 7),
    r_exponent=st.integers(-8, 7),
    raw=st.integers(0, 255),
)
def test_a_record_gives_the_value_that_a_raw_reading_was_made_from(
    m: int, b: int, b_exponent: int, r_exponent: int, raw: int
) -> None:
    value = (m * raw + b * 10.0**b_exponent) * 10.0**r_exponent
    made = sensor(1, "Power", value, m=m, b=b, b_exponent=b_exponent, r_exponent=r_exponent)
    read_back = sensor_of(made.record(1))
    assert read_back is not None
    assert read_back.watts(raw) == pytest.approx(value)
    assert (read_back.m, read_back.b) == (m, b)
    assert (read_back.b_exponent, read_back.r_exponent) == (b_exponent, r_exponent)


@pytest.mark.parametrize(
    ("form", "raw", "value"),
    [
        (Form.UNSIGNED, 0xFE, 254),
        (Form.ONES_COMPLEMENT, 0xFE, -1),
        (Form.ONES_COMPLEMENT, 0x7F, 127),
        (Form.ONES_COMPLEMENT, 0xFF, 0),
        (Form.TWOS_COMPLEMENT, 0xFE, -2),
        (Form.TWOS_COMPLEMENT, 0x80, -128),
        (Form.TWOS_COMPLEMENT, 0x7F, 127),
    ],
)
def test_a_raw_reading_may_carry_a_sign(form: Form, raw: int, value: int) -> None:
    read_back = sensor_of(sensor(1, "Power", 0.0, m=1, units1=form << 6).record(1))
    assert read_back is not None
    assert read_back.watts(raw) == value


@pytest.mark.parametrize(
    "options",
    [
        {"unit": CELSIUS},
        {"units1": 0x01},
        {"units1": 0x08},
        {"units1": 0xC0},
        {"modifier": 5},
        {"linearization": 0x70},
        {"owner": 0x2C},
    ],
    ids=[
        "celsius",
        "per cent",
        "by time",
        "not analog",
        "watt hours",
        "not linear",
        "not the BMC's",
    ],
)
def test_what_is_no_plain_reading_in_watts_is_left_out(options: dict[str, int]) -> None:
    assert sensor_of(sensor(1, "Power", 0.0, **options).record(1)) is None


@pytest.mark.parametrize("kind", [0x01, 0x03, 0x08, 0x09, 0x0B])
def test_the_type_of_a_sensor_says_nothing(kind: int) -> None:
    assert sensor_of(sensor(1, "Pwr Consumption", 0.0, kind=kind).record(1)) is not None


def test_a_name_in_six_bits_is_read() -> None:
    record = sensor(1, "", 0.0).record(1)
    packed = record[:47] + bytes([0x83]) + bytes.fromhex("29 dc a6")
    read_back = sensor_of(packed)
    assert read_back is not None
    assert read_back.name == "IPMI"


@given(st.binary(max_size=80))
def test_any_bytes_are_a_sensor_or_none_or_malformed(record: bytes) -> None:
    try:
        found = sensor_of(record)
    except Malformed:
        return
    if found is not None:
        found.watts(0xFF)


async def test_the_systems_total_is_taken_and_supplies_are_never_added(
    bmc: Bmc, ipmi: Ipmi
) -> None:
    assert await read(
        bmc, ipmi,
        sensor(1, "PSU1 PIN", 200, entity=PSU_1),
        sensor(2, "Pwr Consumption", 400, entity=SYSTEM),
        sensor(3, "PSU2 PIN", 200, entity=PSU_2),
    ) == (Watts(400), ())  # fmt: skip


@pytest.mark.parametrize("entity", [7, 19, 21])
async def test_a_total_is_found_under_three_entities(bmc: Bmc, ipmi: Ipmi, entity: int) -> None:
    total = sensor(1, "System Level", 400, entity=(entity, 1))
    assert await read(bmc, ipmi, total) == (Watts(400), ())


async def test_the_inputs_of_supplies_are_summed_and_their_outputs_are_not(
    bmc: Bmc, ipmi: Ipmi
) -> None:
    assert await read(
        bmc, ipmi,
        sensor(1, "PSU1 PIN", 200, entity=PSU_1),
        sensor(2, "PSU1 POUT", 180, entity=PSU_1),
        sensor(3, "PSU2 PIN", 100, entity=PSU_2),
        sensor(4, "PSU2 POUT", 80, entity=PSU_2),
    ) == (Watts(300), ())  # fmt: skip


async def test_a_redundant_supply_may_truly_read_0_w(bmc: Bmc, ipmi: Ipmi) -> None:
    supplies = sensor(1, "PS1 Input", 200, entity=PSU_1), sensor(2, "PS2 Input", 0, entity=PSU_2)
    assert await read(bmc, ipmi, *supplies) == (Watts(200), ())


@pytest.mark.parametrize("gone", [{"code": 0xCB}, {}], ids=["absent", "unavailable"])
async def test_a_supply_that_is_gone_is_left_out_and_flagged(
    bmc: Bmc, ipmi: Ipmi, gone: dict[str, int]
) -> None:
    there = sensor(1, "PS1 Input", 200, entity=PSU_1)
    missing = sensor(2, "PS2 Input", None, entity=PSU_2, **gone)
    assert await read(bmc, ipmi, there, missing) == (Watts(200), ("partial",))


async def test_a_supply_that_fails_leaves_no_sum(bmc: Bmc, ipmi: Ipmi) -> None:
    there = sensor(1, "PS1 Input", 200, entity=PSU_1)
    failing = sensor(2, "PS2 Input", 200, entity=PSU_2, code=0xFF)
    with pytest.raises(Unavailable, match=r"04h/2Dh refused: an unspecified error \(FFh\)"):
        await read(bmc, ipmi, there, failing)


async def test_no_reading_at_all_is_unavailable_and_not_zero(bmc: Bmc, ipmi: Ipmi) -> None:
    with pytest.raises(Unavailable, match="no reading of Pwr Consumption is available"):
        await read(bmc, ipmi, sensor(1, "Pwr Consumption", None))


async def test_several_totals_are_not_guessed_at(bmc: Bmc, ipmi: Ipmi) -> None:
    sensors = sensor(1, "Sys Power", 400), sensor(2, "CPU Power", 200)
    with pytest.raises(Unavailable, match="Sys Power, CPU Power; name one by `sensor`"):
        await read(bmc, ipmi, *sensors)
    assert await read(bmc, ipmi, *sensors, sensor="sys power") == (Watts(400), ())


async def test_a_named_sensor_that_is_not_there_is_unavailable(bmc: Bmc, ipmi: Ipmi) -> None:
    with pytest.raises(Unavailable, match="it has no power sensor Watt; it has Sys Power"):
        await read(bmc, ipmi, sensor(1, "Sys Power", 400), sensor="Watt")


class CutShort(Sensor):
    def record(self, number: int) -> bytes:
        return Sensor.record(self, number)[:9]


async def test_one_record_that_cannot_be_read_does_not_lose_the_others(
    bmc: Bmc, ipmi: Ipmi
) -> None:
    broken = CutShort(number=1, name="Broken", value=lambda: 1.0)
    total = sensor(2, "Pwr Consumption", 400)
    assert await read(bmc, ipmi, broken, total) == (Watts(400), ())
    supply = sensor(2, "PSU1 PIN", 200, entity=PSU_1)
    assert await read(bmc, ipmi, broken, supply) == (Watts(200), ("partial",))


async def test_records_are_read_once_until_they_change(bmc: Bmc, ipmi: Ipmi) -> None:
    collector = ipmi.collector(settings_of(bmc, source="sdr"))
    await power_of(collector)
    before = bmc.seen["commands"]
    await power_of(collector)
    assert bmc.seen["commands"] - before == 3, "state of the records, sensor, close"
    bmc.commands.sensors = [sensor(9, "Power Meter", 77, m=1)]
    bmc.commands.changed += 1
    assert (await power_of(collector)).power == Watts(77)


@pytest.mark.parametrize("largest", [16, 8, 5, 3])
async def test_smaller_pieces_are_asked_for_where_the_bmc_gives_no_larger(
    bmc: Bmc, ipmi: Ipmi, largest: int
) -> None:
    bmc.commands.largest = largest
    assert (await power_of(ipmi.collector(settings_of(bmc, source="sdr")))).power == Watts(312)


async def test_a_lost_reservation_is_made_again(bmc: Bmc, ipmi: Ipmi) -> None:
    bmc.commands.lost = 5
    assert (await power_of(ipmi.collector(settings_of(bmc, source="sdr")))).power == Watts(312)


async def test_records_that_change_all_the_time_are_given_up(bmc: Bmc, ipmi: Ipmi) -> None:
    bmc.commands.lost = 1000
    with pytest.raises(Unavailable, match="its sensor records change all the time"):
        await ipmi.collector(settings_of(bmc, source="sdr")).collect()
    assert bmc.sessions == 0


async def test_a_walk_that_was_cut_off_goes_on_where_it_was(
    bmc: Bmc, ipmi: Ipmi, clock: StillClock
) -> None:
    others = [sensor(n, f"Fan {n}", 1.0, unit=CELSIUS) for n in range(10, 60)]
    bmc.commands.sensors = [*others, sensor(1, "Pwr Consumption", 400)]
    collector = ipmi.collector(settings_of(bmc, source="sdr"))

    def stop(packet: bytes) -> Iterable[bytes]:
        return [packet] if bmc.seen["commands"] < 80 else []

    bmc.distort = stop
    poll = asyncio.ensure_future(collector.collect())
    await eventually(lambda: bmc.seen["commands"] == 80)
    poll.cancel()
    with pytest.raises(asyncio.CancelledError):
        await poll
    await eventually(lambda: bmc.sessions == 0)
    bmc.distort = None
    before = bmc.seen["commands"]
    assert (await power_of(collector)).power == Watts(400)
    assert bmc.seen["commands"] - before < 40
