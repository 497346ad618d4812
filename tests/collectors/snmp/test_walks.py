"""Every recorded device gives what it truly reports, through the code that polls a real one."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from agent.errors import Unavailable
from collectors.snmp.probing.entry import QUANTITIES, entry_of
from collectors.snmp.probing.probe import probe_device, probe_walk
from tests.collectors.snmp.conftest import DEVICES, Recorded, Start, settings, walk

EXPECTED: dict[str, dict[str, Any]] = (
    json.loads((DEVICES / "expected.json").read_text()) if DEVICES.exists() else {}
)
LARGEST = 100_000
# Of one flow, and so said of the whole where a device has one phase or supply only.
MAIN = frozenset({"total", "input_total", "phases", "input_phases"})

WITHOUT_PROFILE: frozenset[str] = frozenset()
"""Walks that no profile reads as they must be read yet."""


def flat(quantity: object, path: str) -> Iterator[tuple[str, float]]:
    """Yield every number of an entry with its path."""
    if isinstance(quantity, dict):
        for key, value in quantity.items():
            yield from flat(value, f"{path}.{key}")
    elif isinstance(quantity, int | float):
        yield path, float(quantity)


def numbers(entry: dict[str, Any]) -> dict[str, float]:
    return {path: value for name in QUANTITIES for path, value in flat(entry.get(name), name)}


def is_tested(entry: dict[str, Any], path: str) -> bool:
    """Tell whether a path's expectation is better than a guess."""
    name, scope, *_ = path.split(".")
    return bool(entry.get("confidence", {}).get(f"{name}.{scope}") != "low")


def faults(name: str) -> list[str]:
    """Return what is wrong with what is read from a walk."""
    wanted = EXPECTED[name]
    try:
        entry = entry_of(asyncio.run(probe_walk(DEVICES / name)))
    except Unavailable as error:
        return [str(error)]
    said, expected = numbers(entry), numbers(wanted)
    found = [
        f"{path} is {said.get(path)}, not {value}"
        for path, value in expected.items()
        if is_tested(wanted, path) and said.get(path) != pytest.approx(value, rel=1e-6, abs=1e-3)
    ]
    return found + list(strange(said, expected, wanted)) + list(wrong_facts(entry, wanted))


def strange(
    said: dict[str, float], expected: dict[str, float], wanted: dict[str, Any]
) -> Iterator[str]:
    """Yield what is read and should not be.

    A device may have more scopes than its expectation names, of a quantity that it does name; but
    never another total, another phase, another row of a scope that is named, or a suspect value.
    """
    scopes = {path.split(".")[:2][0] + "." + path.split(".")[1] for path in expected}
    quantities = {path.split(".")[0] for path in expected}
    suspects = {one["path"]: one["reported"] for one in wanted.get("suspect", ())}
    for path, value in said.items():
        name, scope = path.split(".")[:2]
        if path in suspects and value == pytest.approx(suspects[path]):
            yield f"{path} is {value}, which is suspect"
        elif path in expected or not is_tested(wanted, path):
            continue
        elif scope in MAIN or f"{name}.{scope}" in scopes or name not in quantities:
            yield f"{path} is {value}, and nothing is expected"


def wrong_facts(entry: dict[str, Any], wanted: dict[str, Any]) -> Iterator[str]:
    for key in ("role", "vendor"):
        if entry[key] != wanted[key]:
            yield f"{key} is {entry[key]!r}, not {wanted[key]!r}"


@pytest.mark.skipif(not EXPECTED, reason="the recorded devices are missing (set CARBOND_SHARED)")
def test_there_is_an_expectation_for_every_walk() -> None:
    assert {path.name for path in DEVICES.glob("*.snmprec")} == EXPECTED.keys()
    assert EXPECTED.keys() >= WITHOUT_PROFILE


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_recorded_device_gives_what_it_truly_reports(name: str) -> None:
    found = faults(name)
    if name in WITHOUT_PROFILE:
        assert found, f"{name} is read as it must be: take it out of WITHOUT_PROFILE"
    else:
        assert found == []


# Larger ones take pysnmp, which answers for them, too long.
SERVED = sorted(name for name in EXPECTED if (DEVICES / name).stat().st_size < LARGEST)


@pytest.mark.parametrize("name", SERVED)
async def test_the_wire_says_what_the_walk_says(start: Start, name: str) -> None:
    port = await start(Recorded(walk(name)))
    try:
        wanted = entry_of(await probe_walk(DEVICES / name))
    except Unavailable as error:
        with pytest.raises(Unavailable) as same:
            await probe_device(settings(port))
        cause = str(error).removeprefix(name).partition(";")[0]
        assert str(same.value).startswith(f"127.0.0.1{cause}")
    else:
        assert entry_of(await probe_device(settings(port))) == wanted
