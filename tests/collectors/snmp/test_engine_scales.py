"""What one count is worth, and when a number is not believed."""

from pathlib import Path

import pytest

from collectors.snmp.reading.layout import layout_of
from tests.collectors.snmp.acme import Rows, probed, read


async def power(folder: Path, quantity: str, rows: Rows) -> object:
    """Return the total power by one quantity."""
    entry = await read(folder, f"meters: [{{scope: total, power: {quantity}}}]", rows)
    return entry.get("active_power_w", {}).get("total")


@pytest.mark.parametrize(
    ("rows", "quantity", "watts"),
    [
        ({"1.0": 61, "2.0": -3}, "{oid: B.1.0, scale_by: [{oid: B.2.0, says: exponent}]}", 0.061),
        ({"1.0": 61}, "{oid: B.1.0, scale_by: [{oid: B.2.0, says: exponent}]}", None),
        ({"1.0": 61}, "{oid: B.1.0, scale_by: [{oid: B.2.0, says: exponent, otherwise: -1}]}", 6.1),
        (
            {"1.0": 61, "2.0": 10},
            "{oid: B.1.0, scale_by: [{oid: B.2.0, says: sensor-scale}]}",
            61000,
        ),
        (
            {"1.0": 61, "2.0": 8},
            "{oid: B.1.0, scale_by: [{oid: B.2.0, says: sensor-scale}]}",
            0.061,
        ),
        (
            {"1.0": 61, "2.0": 99},
            "{oid: B.1.0, scale_by: [{oid: B.2.0, says: sensor-scale}]}",
            None,
        ),
        ({"1.0": 61, "2.0": 2}, "{oid: B.1.0, scale_by: [{oid: B.2.0, says: digits}]}", 0.61),
        ({"1.0": 61, "2.0": -8}, "{oid: B.1.0, scale_by: [{oid: B.2.0, says: digits}]}", 61),
        ({"1.0": 61, "2.0": -10}, "{oid: B.1.0, scale_by: [{oid: B.2.0, says: factor}]}", 6.1),
        ({"1.0": 61, "2.0": 10}, "{oid: B.1.0, scale_by: [{oid: B.2.0, says: factor}]}", 610),
        ({"1.0": 61, "2.0": 0}, "{oid: B.1.0, scale_by: [{oid: B.2.0, says: factor}]}", 61),
        ({"1.0": 61, "2.0": "kW"}, "{oid: B.1.0, scale_by: [{oid: B.2.0, says: unit}]}", 61000),
        ({"1.0": 61, "2.0": "VA"}, "{oid: B.1.0, scale_by: [{oid: B.2.0, says: unit}]}", None),
        ({"1.0": "0.061kW"}, "{oid: B.1.0, unit: own}", 61),
        ({"1.0": "61 W"}, "{oid: B.1.0, unit: own}", 61),
        ({"1.0": "61 VA"}, "{oid: B.1.0, unit: own}", None),
        ({"1.0": "61"}, "{oid: B.1.0, unit: own}", None),
        ({"1.0": 61}, "{oid: B.1.0, unit: mW}", 0.061),
        ({"1.0": "n/a"}, "{oid: B.1.0, not_available: [n/a]}", None),
    ],
)
async def test_a_scale_is_what_the_profile_or_the_device_says(
    tmp_path: Path, rows: Rows, quantity: str, watts: float | None
) -> None:
    assert await power(tmp_path, quantity, rows) == watts


async def test_a_number_that_is_not_plausible_is_suspect_and_not_read(tmp_path: Path) -> None:
    text = (
        "meters: [{scope: total, power: {oid: B.1.0, unit: kW, scale: 0.001, least: 0.5, most: 9}}]"
    )
    for number, doubt in ((499, "less than is plausible"), (9001, "more than is plausible")):
        entry = await read(tmp_path, text, {"1.0": number})
        assert "active_power_w" not in entry
        (suspect,) = entry["suspect"]
        assert suspect["path"] == "active_power_w.total"
        assert suspect["reported"] == number
        assert suspect["why"].startswith(doubt)
    for number in (0, 500, 9000):
        assert (await read(tmp_path, text, {"1.0": number}))["active_power_w"]["total"] == number


CHECKED = """
meters:
  - scope: total
    power:
      oid: B.1.0
      check:
        scales: [0.001, 1]
        against:
          - - {oid: "B.2.{number}"}
            - {oid: "B.3.{number}", scale: 0.1}
"""
PHASES = {"2.1": 230, "2.2": 230, "3.1": 10, "3.2": 12}


@pytest.mark.parametrize(
    ("number", "watts", "note"),
    [
        (480, 480, "a count is 1 of the unit"),
        (480_000, 480, "a count is 0.001 of the unit"),
        (48_000_000, None, ""),
        (0, 0, ""),
    ],
)
async def test_a_scale_that_firmware_disagrees_on_is_decided_by_volts_times_amperes(
    tmp_path: Path, number: int, watts: float | None, note: str
) -> None:
    entry = await read(tmp_path, CHECKED, {"1.0": number, **PHASES})
    assert entry.get("active_power_w", {}).get("total") == watts
    assert note in entry["notes"]
    assert ("suspect" in entry) == (watts is None)


async def test_without_anything_to_decide_by_only_zero_is_read(tmp_path: Path) -> None:
    assert "active_power_w" not in await read(tmp_path, CHECKED, {"1.0": 480})
    assert (await read(tmp_path, CHECKED, {"1.0": 0}))["active_power_w"] == {"total": 0}


async def test_an_undecided_scale_is_looked_at_again_soon(tmp_path: Path) -> None:
    for rows, undecided in (({"1.0": 0, **PHASES}, True), ({"1.0": 480, **PHASES}, False)):
        device = (await probed(tmp_path, CHECKED, rows)).device
        assert layout_of(device, bulk=True).undecided is undecided


async def test_a_single_scale_is_believed_unless_the_device_contradicts_it(tmp_path: Path) -> None:
    text = CHECKED.replace("scales: [0.001, 1]", "within: 100")
    assert (await read(tmp_path, text, {"1.0": 7}))["active_power_w"] == {"total": 7}
    assert (await read(tmp_path, text, {"1.0": 6, **PHASES}))["active_power_w"] == {"total": 6}
    assert "active_power_w" not in await read(tmp_path, text, {"1.0": 1, **PHASES})


async def test_zero_beside_others_is_a_reading_and_alone_is_suspect(tmp_path: Path) -> None:
    text = 'meters: [{scope: psu, power: {oid: "B.1.{number}", zero: beside-others}}]'
    entry = await read(tmp_path, text, {"1.1": 0, "1.2": 90})
    assert entry["active_power_w"] == {"psus": {"1": 0, "2": 90}}
    entry = await read(tmp_path, text, {"1.1": 0, "1.2": 0})
    assert "active_power_w" not in entry
    assert [one["path"] for one in entry["suspect"]] == [
        "active_power_w.psus.1",
        "active_power_w.psus.2",
    ]


@pytest.mark.parametrize(
    ("said", "energy", "step"),
    [
        ("719.7060", "{oid: B.1.0, unit: kWh}", 360),
        ("719", "{oid: B.1.0, unit: kWh}", 3_600_000),
        ("12.5", "{oid: B.1.0, unit: kWh, scale: 10}", 3_600_000),
        ("2.28kWh", "{oid: B.1.0, unit: own}", 36_000),
        ("2.28 kWh", "{oid: B.1.0, unit: kWh}", 36_000),
        ("0.000001", "{oid: B.1.0, unit: Wh}", 1),
        (719, "{oid: B.1.0, unit: kWh, scale: 0.1, bits: 32}", 360_000),
    ],
)
async def test_a_counter_sent_with_decimals_goes_on_by_its_last_digit(
    tmp_path: Path, said: int | str, energy: str, step: int
) -> None:
    text = f"meters: [{{scope: total, energy: {energy}}}]"
    (meter,) = (await probed(tmp_path, text, {"1.0": said})).device.meters
    assert meter.plan.register.step == step
    span = meter.plan.register.span
    assert span == (360_000 * 2**32 if "bits" in energy else None)


@pytest.mark.parametrize("number", [2**31 - 1, 2**32 - 1, 2**64 - 1, -(2**31)])
async def test_a_number_with_all_its_bits_set_is_none(tmp_path: Path, number: int) -> None:
    text = (
        "meters: [{scope: total, power: {oid: B.1.0, scale: 0.001, negative: reading}, "
        "energy: {oid: B.2.0}}]"
    )
    entry = await read(tmp_path, text, {"1.0": number, "2.0": number})
    assert {"active_power_w", "energy_wh", "suspect"}.isdisjoint(entry)


async def test_more_than_twice_what_a_device_can_draw_is_suspect(tmp_path: Path) -> None:
    text = """
meters:
  - scope: total
    power: {oid: B.1.0, unit: kW, scale: 0.001}
    conditions:
      apparent_power_voltamperes: {oid: B.2.0, scale: 0.1}
      load_ratio: {oid: B.3.0, scale: 0.01}
"""
    entry = await read(tmp_path, text, {"1.0": 100_000, "2.0": 1_000_000, "3.0": 250})
    assert entry["active_power_w"] == {"total": 100_000}
    assert entry["apparent_power_va"] == {"total": 100_000}
    assert entry["load_percent"] == {"total": 250}
    entry = await read(tmp_path, text, {"1.0": 100_001, "2.0": 1_000_001, "3.0": 255})
    assert [one["reported"] for one in entry["suspect"]] == [100_001, 100_000, 2.55]


async def test_zero_is_no_reading_while_any_of_several_objects_says_a_load(tmp_path: Path) -> None:
    text = "meters: [{scope: total, power: {oid: B.1.0, zero_with: [B.2.0, B.3.0]}}]"
    assert (await read(tmp_path, text, {"1.0": 0, "3.0": 0}))["active_power_w"] == {"total": 0}
    assert "active_power_w" not in await read(tmp_path, text, {"1.0": 0, "2.0": 0, "3.0": 7})
