"""Which profile reads a device, and who made it."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from agent.errors import Unavailable
from agent.model import Scope
from collectors.snmp import Snmp
from collectors.snmp.probing.entry import entry_of
from collectors.snmp.probing.probe import probe
from collectors.snmp.probing.recorded import RecordedWalk
from collectors.snmp.reading.detection import ask, detect
from collectors.snmp.wire.ber import oid
from collectors.snmp.wire.failure import Unknown
from config.profiles import Profile
from tests.collectors.snmp.acme import BASE, Rows, profile, read, walk_of
from tests.collectors.snmp.conftest import Recorded, Start, device


async def test_maker_and_model_are_the_first_that_the_device_says(tmp_path: Path) -> None:
    text = """
vendor: [{oid: B.9.0, matches: '^(\\w+) Inc'}, {matches: ACME, text: Acme}]
model: [{oid: "B.8.{unit}"}, {matches: 'model (\\S+)'}, unknown]
meters: [{scope: total, power: {oid: B.1.0}}]
"""
    for rows, vendor, model in (
        ({"9.0": "Apex Inc.", "8.2": "X1"}, "Apex", "X1"),
        ({"1.3.6.1.2.1.1.1.0": "ACME model Y2 rev 3"}, "Acme", "Y2"),
        ({}, None, "unknown"),
    ):
        entry = await read(tmp_path, text, {"1.0": 1, **rows})
        assert (entry["vendor"], entry["model"]) == (vendor, model)


async def test_a_maker_is_known_by_its_enterprise_number(tmp_path: Path) -> None:
    text = "meters: [{scope: total, power: {oid: B.1.0}}]"
    known = {"acme": profile(text, match="{generic: true, probe: B.1}")}
    walk = walk_of(tmp_path, {"1.0": 1}, "6|1.3.6.1.4.1.318.1.2")
    assert entry_of(await probe(walk, known))["vendor"] == "APC"


POWER = "meters: [{scope: total, power: {oid: B.1.0}}]"
OTHER = "meters: [{scope: total, power: {oid: B.2.0}}]"


async def chosen(folder: Path, known: Sequence[Profile], rows: Rows, object_id: str) -> str:
    return await chosen_of(walk_of(folder, rows, object_id), known)


async def chosen_of(walk: RecordedWalk, known: Sequence[Profile]) -> str:
    found = await detect(walk, await ask(walk), {one.name: one for one in known}, frozenset(Scope))
    return found.profile.name


@pytest.mark.parametrize(
    "object_id", [f"6|{BASE}.1", f"6|.{BASE}.1", f"4|.{BASE}.1", f"4|{BASE}.1"]
)
async def test_a_sysobjectid_is_taken_in_any_form(tmp_path: Path, object_id: str) -> None:
    assert await chosen(tmp_path, [profile(POWER)], {"1.0": 1}, object_id) == "acme"


@pytest.mark.parametrize("object_id", ["", "6|", "4|x", "6|0.0", "6|1.3.6.1.4.1.0"])
async def test_a_device_without_a_sysobjectid_is_known_by_what_it_has(
    tmp_path: Path, object_id: str
) -> None:
    known = [profile(POWER, match="{probe: [B.7, B.1.0]}")]
    assert await chosen(tmp_path, known, {"1.0": 1}, object_id) == "acme"
    with pytest.raises(Unknown, match="no profile for sysObjectID"):
        await chosen(tmp_path, known, {"2.0": 1}, object_id)


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        ("{object_ids: [B.1]}", "{object_ids: [1.3.6.1.4.1.9999]}", "first"),
        ("{object_ids: [1.3.6.1.4.1.9999]}", "{object_ids: [B.1]}", "second"),
        ("{probe: B.1}", "{object_ids: [B.1]}", "second"),
        ("{probe: B.1, generic: true}", "{probe: B.1}", "second"),
        ("{object_ids: [B.1], after: [second]}", "{object_ids: [B.1]}", "second"),
        ("{object_ids: [B.1], not_probe: B.1}", "{probe: B.1}", "second"),
        ("{object_ids: [B.1], description: nothing}", "{probe: B.1}", "second"),
    ],
)
async def test_the_closest_profile_is_taken(
    tmp_path: Path, first: str, second: str, name: str
) -> None:
    known = [profile(POWER, name="first", match=first), profile(POWER, name="second", match=second)]
    assert await chosen(tmp_path, known, {"1.0": 1}, f"6|{BASE}.1") == name


async def test_the_next_profile_is_tried_where_the_first_finds_nothing(tmp_path: Path) -> None:
    known = [profile(POWER, name="first"), profile(OTHER, name="second", match="{probe: B.2}")]
    assert await chosen(tmp_path, known, {"2.0": 1}, f"6|{BASE}.1") == "second"
    assert await chosen(tmp_path, known, {"1.0": 1, "2.0": 1}, f"6|{BASE}.1") == "first"
    assert await chosen(tmp_path, known, {"3.0": 1}, f"6|{BASE}.1") == "first"


async def test_a_profile_whose_table_does_not_fit_leaves_the_next_one(tmp_path: Path) -> None:
    twice = 'meters: [{scope: outlet, number: "B.2.{row}", power: {oid: "B.1.{row}"}}]'
    known = [profile(twice, name="first"), profile(POWER, name="second", match="{probe: B.1}")]
    rows = {"1.0": 1, "1.1": 1, "2.0": 4, "2.1": 4}
    assert await chosen(tmp_path, known, rows, f"6|{BASE}.1") == "second"


async def test_a_probe_may_be_a_single_object(tmp_path: Path) -> None:
    known = [profile(POWER, match="{probe: B.1.0.7}")]
    assert await chosen(tmp_path, known, {"1.0": 1, "1.0.7": 1}, "") == "acme"
    with pytest.raises(Unknown):
        await chosen(tmp_path, known, {"1.0": 1, "1.0.70": 1}, "")


async def test_what_a_device_says_of_its_maker_may_give_way_to_its_enterprise(
    tmp_path: Path,
) -> None:
    text = f"vendor: {{oid: B.9.0, without_enterprise: true}}\n{POWER}"
    known = {"acme": profile(text, match="{generic: true, probe: B.1}")}
    for object_id, vendor in (
        ("6|1.3.6.1.4.1.318.1.2", "APC"),
        ("6|1.3.6.1.4.1.8072.3.2.10", "Apex"),
        ("", "Apex"),
    ):
        walk = walk_of(tmp_path, {"1.0": 1, "9.0": "Apex"}, object_id)
        assert entry_of(await probe(walk, known))["vendor"] == vendor


GENERIC = "{generic: true, probe: 1.3.6.1.2.1.33}"
VENDORS = "meters: [{scope: total, power: {oid: 1.3.6.1.4.1.9999.5.1.0}}]"


@pytest.mark.parametrize(
    ("object_id", "name"),
    [
        (f"6|{BASE}.5", "model"),
        (f"6|{BASE}.7", "model"),
        ("6|1.3.6.1.4.1.8072.3.2.10", "model"),
        ("", "model"),
        ("6|1.3.6.1.4.1.8888.1", "model"),
        ("6|1.3.6.1.4.1.7777.1", "standard"),
    ],
)
async def test_another_model_is_read_by_what_its_maker_has_before_the_generic_profiles(
    tmp_path: Path, object_id: str, name: str
) -> None:
    known = [
        profile(POWER.replace("B.", "1.3.6.1.2.1.33."), name="standard", match=GENERIC),
        profile(VENDORS, name="model", match="{object_ids: [B.5]}"),
        profile(OTHER, name="other", match="{object_ids: [1.3.6.1.4.1.7777.2], probe: B.9}"),
    ]
    rows = {"1.3.6.1.2.1.33.1.0": 3, "5.1.0": 4}
    assert await chosen(tmp_path, known, rows, object_id) == name


async def test_a_sysobjectid_of_another_model_proves_nothing_alone(tmp_path: Path) -> None:
    known = [profile(POWER, match="{object_ids: [B.5]}")]
    with pytest.raises(Unknown, match="closest is acme"):
        await chosen(tmp_path, known, {"2.0": 1}, f"6|{BASE}.7")


async def test_the_maker_of_a_device_that_names_none_is_that_of_its_profile(tmp_path: Path) -> None:
    known = {"acme": profile(POWER, match="{object_ids: [1.3.6.1.4.1.318.7], probe: B.1}")}
    entry = entry_of(await probe(walk_of(tmp_path, {"1.0": 1}, ""), known))
    assert entry["vendor"] == "APC"


async def test_a_host_without_a_profile_is_asked_little(start: Start, plugin: Snmp) -> None:
    """It is asked for the enterprises that it has, not for each that a profile knows."""
    agent = Recorded(
        [
            ("1.3.6.1.2.1.1.2.0", "6", "1.3.6.1.4.1.8072.3.2.10"),
            ("1.3.6.1.4.1.2021.4.1.0", "2", "0"),
            ("1.3.6.1.4.1.8072.1.2.0", "2", "0"),
        ]
    )
    with pytest.raises(Unavailable, match="no profile for sysObjectID"):
        await device(plugin, await start(agent)).collect()
    assert agent.requests.count("GetNextRequestPDU") <= 20


async def test_an_enterprise_behind_others_proves_a_profile(tmp_path: Path) -> None:
    known = [profile(VENDORS, match="{object_ids: [B.5]}")]
    rows = {"1.3.6.1.4.1.2021.4.1.0": 0, "1.3.6.1.4.1.8072.1.2.0": 0, "5.1.0": 4}
    object_id = "6|1.3.6.1.4.1.8072.3.2.10"
    assert await chosen(tmp_path, known, rows, object_id) == "acme"


class Stuck(RecordedWalk):
    """An agent that always goes on with the same object."""

    async def after(self, name: bytes) -> bytes:
        return oid("1.3.6.1.4.1.2021.4.1.0")


class Endless(RecordedWalk):
    """An agent that has something of every enterprise."""

    async def after(self, name: bytes) -> bytes:
        return name + b"\x01"


@pytest.mark.parametrize("kind", [Stuck, Endless])
async def test_an_agent_that_makes_up_what_it_has_is_asked_no_longer(
    tmp_path: Path, kind: type[RecordedWalk]
) -> None:
    walk_of(tmp_path, {}, "6|1.3.6.1.4.1.8072.3.2.10")
    walk = kind(tmp_path / "device.snmprec")
    with pytest.raises(Unknown):
        await chosen_of(walk, [profile(POWER, match="{object_ids: [B.5]}")])
