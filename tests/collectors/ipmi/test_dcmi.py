"""Which numbers of Get Power Reading are measurements, and what comes in place of the others."""

from datetime import timedelta

import pytest

from agent.demo.bmc import Bmc
from agent.errors import Unavailable
from agent.units import Watts
from collectors.ipmi import Ipmi
from collectors.ipmi.dcmi import said_of
from collectors.ipmi.failures import Malformed
from tests.collectors.ipmi.conftest import (
    HASTY,
    WATTS,
    StillClock,
    eventually,
    power_of,
    settings_of,
)

SEEN = bytes.fromhex("dc 64 00 5a 00 b6 03 6e 00 b1 c8 02 6b e8 03 00 00 40")
"""As OpenIPMI's simulator has sent it: 100 W, measuring."""


def test_an_answer_is_read() -> None:
    said = said_of(SEEN)
    assert (said.watts, said.active) == (100, True)


@pytest.mark.parametrize("answer", [b"", SEEN[:-1], b"\xdd" + SEEN[1:]])
def test_what_is_too_short_or_of_another_group_is_malformed(answer: bytes) -> None:
    with pytest.raises(Malformed):
        said_of(answer)


async def test_watts_are_taken_with_the_state_bit_clear_and_flagged(bmc: Bmc, ipmi: Ipmi) -> None:
    bmc.commands.inactive = True
    reading = await power_of(ipmi.collector(settings_of(bmc)))
    assert (reading.power, reading.source) == (Watts(WATTS), "dcmi")
    assert reading.flags == ("inactive",)


async def test_0_w_with_the_state_bit_clear_is_unavailable(bmc: Bmc, ipmi: Ipmi) -> None:
    bmc.commands.inactive, bmc.commands.always = True, 0
    collector = ipmi.collector(settings_of(bmc))
    for _ in range(2):
        with pytest.raises(Unavailable, match="DCMI says that it is not measuring"):
            await collector.collect()
    assert (await power_of(collector)).source == "sdr"


async def test_0_w_of_a_machine_that_is_off_is_a_reading(bmc: Bmc, ipmi: Ipmi) -> None:
    bmc.commands.always, bmc.commands.on = 0, False
    reading = await power_of(ipmi.collector(settings_of(bmc)))
    assert (reading.power, reading.source) == (Watts(0), "dcmi")


async def test_0_w_of_a_bmc_that_has_measured_is_a_reading(bmc: Bmc, ipmi: Ipmi) -> None:
    collector = ipmi.collector(settings_of(bmc))
    await power_of(collector)
    bmc.commands.always = 0
    reading = await power_of(collector)
    assert (reading.power, reading.source) == (Watts(0), "dcmi")


@pytest.mark.parametrize("false", [0, 0xFFFF])
async def test_a_false_number_is_replaced_by_the_sensors(bmc: Bmc, ipmi: Ipmi, false: int) -> None:
    bmc.commands.always = false
    reading = await power_of(ipmi.collector(settings_of(bmc)))
    assert (reading.power, reading.source) == (Watts(WATTS), "sdr")


@pytest.mark.parametrize(
    ("false", "message"), [(0, "DCMI says 0 W, but the machine is on"), (0xFFFF, "65535 W")]
)
async def test_a_false_number_is_unavailable_where_dcmi_is_the_only_source(
    bmc: Bmc, ipmi: Ipmi, false: int, message: str
) -> None:
    bmc.commands.always = false
    with pytest.raises(Unavailable, match=message):
        await ipmi.collector(settings_of(bmc, source="dcmi")).collect()


async def test_65535_w_is_false_also_after_a_measurement(bmc: Bmc, ipmi: Ipmi) -> None:
    collector = ipmi.collector(settings_of(bmc, source="dcmi"))
    await power_of(collector)
    bmc.commands.always = 0xFFFF
    with pytest.raises(Unavailable):
        await collector.collect()


async def test_without_dcmi_the_sensors_are_read_and_dcmi_is_tried_again_each_day(
    bmc: Bmc, ipmi: Ipmi, clock: StillClock
) -> None:
    bmc.commands.dcmi_code = 0xC1
    collector = ipmi.collector(settings_of(bmc))
    for _ in range(3):
        assert (await power_of(collector)).source == "sdr"
    assert bmc.seen["power"] == 1
    clock.time += timedelta(days=1)
    assert (await power_of(collector)).source == "sdr"
    assert bmc.seen["power"] == 2
    bmc.commands.dcmi_code = 0
    assert (await power_of(collector)).source == "sdr"
    clock.time += timedelta(days=1)
    assert (await power_of(collector)).source == "dcmi"


async def test_a_busy_bmc_is_asked_again_within_the_poll(
    bmc: Bmc, ipmi: Ipmi, clock: StillClock
) -> None:
    bmc.commands.busy = 2
    assert (await power_of(ipmi.collector(settings_of(bmc)))).source == "dcmi"
    assert clock.slept == [1.0, 5.0]
    assert (bmc.seen["open"], bmc.seen["power"]) == (1, 3)


async def test_a_bmc_that_stays_busy_is_asked_again_at_the_next_poll(bmc: Bmc, ipmi: Ipmi) -> None:
    bmc.commands.busy = 3
    collector = ipmi.collector(settings_of(bmc))
    with pytest.raises(Unavailable, match=r"refused: busy \(C0h\)"):
        await collector.collect()
    assert (await power_of(collector)).source == "dcmi"


async def test_a_pause_that_runs_over_the_poll_is_not_made(
    bmc: Bmc, ipmi: Ipmi, clock: StillClock
) -> None:
    bmc.commands.busy = 2
    collector = ipmi.collector(settings_of(bmc, every="6s", timeout="1s"))
    with pytest.raises(Unavailable, match="busy"):
        await collector.collect()
    assert clock.slept == [1.0]
    await collector.close()


@pytest.mark.parametrize("code", [0xFF, 0xCB, 0xC7, 0x80])
async def test_another_refusal_falls_back_after_three_polls(
    bmc: Bmc, ipmi: Ipmi, clock: StillClock, code: int
) -> None:
    bmc.commands.dcmi_code = code
    collector = ipmi.collector(settings_of(bmc))
    for _ in range(2):
        with pytest.raises(Unavailable, match=f"{code:02X}h"):
            await collector.collect()
    assert bmc.seen["power"] == 2
    for _ in range(3):
        assert (await power_of(collector)).source == "sdr"
    assert bmc.seen["power"] == 2 + 3, "the last time it is read three times"
    assert clock.slept == [1.0, 5.0]


@pytest.mark.parametrize("refused", [1, 2])
async def test_a_board_that_answers_the_second_or_third_read_is_found_out(
    bmc: Bmc, ipmi: Ipmi, clock: StillClock, refused: int
) -> None:
    bmc.commands.hesitates = refused
    collector = ipmi.collector(settings_of(bmc))
    for _ in range(2):
        with pytest.raises(Unavailable, match="FFh"):
            await collector.collect()
    assert clock.slept == []
    for _ in range(4):
        assert (await power_of(collector)).source == "dcmi"
    assert clock.slept == [1.0, 5.0][:refused] * 4


async def test_a_board_that_hesitates_is_found_out_where_dcmi_is_the_only_source(
    bmc: Bmc, ipmi: Ipmi
) -> None:
    bmc.commands.hesitates = 1
    collector = ipmi.collector(settings_of(bmc, source="dcmi"))
    for _ in range(2):
        with pytest.raises(Unavailable, match="FFh"):
            await collector.collect()
    assert (await power_of(collector)).source == "dcmi"


async def test_two_refusals_and_an_answer_are_no_reason_to_fall_back(bmc: Bmc, ipmi: Ipmi) -> None:
    collector = ipmi.collector(settings_of(bmc))
    for _ in range(3):
        bmc.commands.dcmi_code = 0xFF
        for _ in range(2):
            with pytest.raises(Unavailable):
                await collector.collect()
        bmc.commands.dcmi_code = 0
        assert (await power_of(collector)).source == "dcmi"


async def test_a_bmc_that_ignores_dcmi_is_read_by_its_sensors_in_the_end(
    bmc: Bmc, ipmi: Ipmi
) -> None:
    collector = ipmi.collector(settings_of(bmc, **HASTY))
    bmc.ignored.add(0x2C)
    for _ in range(2):
        with pytest.raises(Unavailable, match="no answer within"):
            await collector.collect()
    assert (await power_of(collector)).source == "sdr"
    await eventually(lambda: bmc.sessions == 0)
