"""Which rows a device has of a table, and what they are called."""

from pathlib import Path

import pytest

from agent.clock import Clock
from collectors.snmp import Snmp
from collectors.snmp.probing.entry import entry_of
from tests.collectors.snmp.acme import BASE, probed, profile, read
from tests.collectors.snmp.conftest import Recorded, Start, settings

WHERE = 'meters: [{{scope: module, where: [{}], power: {{oid: "B.1.{{row}}"}}}}]'
NAMED = {
    "1.1": 10,
    "1.2": 20,
    "1.3": 30,
    "2.1": "Slot 1 HotSwap",
    "2.2": "SFP Tx",
    "3.2": 6,
    "3.3": 6,
}


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        ('{oid: "B.2.{row}", matches: HotSwap}', {"1"}),
        ('{oid: "B.2.{row}", not_matches: "Tx|Rx"}', {"1", "3"}),
        ('{oid: "B.3.{row}", values: [6]}', {"2", "3"}),
        ('{oid: "B.3.{row}", values: ["6"]}', {"2", "3"}),
        ('{oid: "B.3.{row}", not_values: [6]}', {"1"}),
        ('{oid: "B.1.{row}", not_values: [20, 30]}', {"1"}),
        ('{oid: "B.3.{row}", values: [6]}, {oid: "B.2.{row}", not_matches: Tx}', {"3"}),
        ('{not_values: ["1"]}', {"2", "3"}),
        ('{matches: "[12]"}', {"1", "2"}),
    ],
)
async def test_rows_count_by_what_other_columns_say(
    tmp_path: Path, where: str, rows: set[str]
) -> None:
    entry = await read(tmp_path, WHERE.format(where), NAMED)
    assert entry["active_power_w"]["modules"].keys() == rows


async def test_a_condition_on_a_column_walks_that_column_alone(start: Start) -> None:
    text = WHERE.format('{oid: "B.2.{row}", matches: W}')
    rows = [(f"{BASE}.2.{row}", "4", "W" if row == 7 else "x") for row in range(1, 200)]
    rows += [(f"{BASE}.1.{row}", "2", str(row)) for row in range(1, 200)]
    agent = Recorded([("1.3.6.1.2.1.1.2.0", "6", BASE), *rows])
    plugin = Snmp(Clock(), {"acme": profile(text)})
    (reading,) = await plugin.collector(settings(await start(agent), read=["module"])).collect()
    await plugin.close()
    assert (reading.meter, reading.power) == ("rack-1/module/7", 7.0)
    assert agent.requests.count("GetBulkRequestPDU") <= 6


async def test_a_key_is_taken_out_of_a_text(tmp_path: Path) -> None:
    text = """
meters:
  - scope: phase
    number: {oid: "B.2.{unit}.{row}", matches: 'Phase (L\\d)\\.'}
    first_unit: only
    power: {oid: "B.1.{unit}.{row}"}
"""
    rows: dict[str, object] = {
        "1.4.1": 10,
        "1.4.2": 20,
        "2.4.1": "Phase L1.W",
        "2.4.2": "Phase L2.W",
    }
    one = await probed(tmp_path, text, rows)
    assert entry_of(one)["active_power_w"] == {"phases": {"L1": 10, "L2": 20}}
    assert {shown.meter.plan.suffix for shown in one.shown} == {"/phase/4.L1", "/phase/4.L2"}
    both = await probed(tmp_path, text, {**rows, "1.6.1": 30, "2.6.1": "Phase L1.W"})
    assert entry_of(both)["active_power_w"] == {"phases": {"4.L1": 10, "4.L2": 20, "6.L1": 30}}
    suffixes = {shown.meter.plan.suffix for shown in both.shown}
    assert suffixes == {"/phase/4.L1", "/phase/4.L2", "/phase/6.L1"}


async def test_a_text_key_that_two_rows_have_gives_way_to_the_index(tmp_path: Path) -> None:
    text = (
        'meters: [{scope: psu, number: {oid: "B.2.{row}", matches: .+}, power: {oid: "B.1.{row}"}}]'
    )
    rows = {"1.8": 1, "1.9": 2, "2.8": "PSU a/b", "2.9": "PSU a/b"}
    both = await probed(tmp_path, text, rows)
    assert entry_of(both)["active_power_w"] == {"psus": {"PSU a/b": 1, "9": 2}}
    assert [one.meter.plan.suffix for one in both.shown] == ["/psu/PSU-a-b", "/psu/9"]


async def test_a_text_in_the_index_is_a_part_of_the_key(tmp_path: Path) -> None:
    mac = ".".join(str(ord(one)) for one in "0A:1B")
    text = 'meters: [{{scope: outlet, first_unit: null, unit: "{}", power: {{oid: "{}"}}}}]'
    rest = text.format("{rest}", "B.1.{number}.{rest}")
    entry = await read(tmp_path, rest, {f"1.3.{mac}": 5})
    assert entry["active_power_w"] == {"outlets": {"0A:1B.3": 5}}
    long = text.format("{text}", "B.1.{text}.{number}")
    entry = await read(tmp_path, long, {f"1.5.{mac}.3": 5})
    assert entry["active_power_w"] == {"outlets": {"0A:1B.3": 5}}


async def test_every_unit_is_named_where_there_are_several(tmp_path: Path) -> None:
    text = 'meters: [{scope: outlet, power: {oid: "B.1.{unit}.{number}"}}]'
    one = await read(tmp_path, text, {"1.1.1": 5})
    two = await read(tmp_path, text, {"1.1.1": 5, "1.2.1": 6})
    assert one["active_power_w"] == {"outlets": {"1": 5}}
    assert two["active_power_w"] == {"outlets": {"1.1": 5, "2.1": 6}}
    always = text.replace("outlet,", "outlet, first_unit: null,")
    assert (await read(tmp_path, always, {"1.1.1": 5}))["active_power_w"] == {"outlets": {"1.1": 5}}


async def test_a_condition_reads_an_object_identifier_as_text(tmp_path: Path) -> None:
    rows = {"1.1": 10, "1.2": 20, "2.1": f"{BASE}.2.1.9", "2.2": f"{BASE}.2.1.19"}
    for where in ('matches: "\\\\.1\\\\.9$"', f"values: [{BASE}.2.1.9]"):
        entry = await read(tmp_path, WHERE.format(f'{{oid: "B.2.{{row}}", {where}}}'), rows)
        assert entry["active_power_w"] == {"modules": {"1": 10}}


async def test_a_key_of_many_arcs_stands_between_others(tmp_path: Path) -> None:
    text = """
meters:
  - scope: outlet
    where: [{not_matches: '255'}]
    power: {oid: "B.1.{unit}.{rest}.0.19"}
"""
    rows = {"1.1.0.2.0.7.0.19": 5, "1.1.0.2.255.255.0.19": 6, "1.1.0.2.0.7.0.36": 7, "1.1.19": 8}
    assert (await read(tmp_path, text, rows))["active_power_w"] == {"outlets": {"0.2.0.7": 5}}
