"""What the registers of water meters did is told in litres and millilitres, not in joules."""

import json
import logging
from datetime import timedelta
from pathlib import Path

import pytest

from agent.accounting.metering.tree import Tree
from agent.accounting.site import Site
from agent.cli import main
from agent.model import Quantity, Role
from tests.accounting.places import meter
from tests.clocks import HandClock
from tests.ledger.books import START, open_ledger, reading

SITE = Site(name="fra", grid="de", timezone="Europe/Berlin")


async def reset(folder: Path, name: str, role: Role) -> Path:
    """Return a ledger in which a register went from 7,200,000 counts back to 3,600."""
    clock = HandClock(START + timedelta(minutes=3))
    ledger = open_ledger(folder, clock, tree=Tree.of([SITE], [meter(name, role)]))
    await ledger.book([reading(name, START, kwh=2)])
    for minute in (1, 2):
        at = START + timedelta(minutes=minute)
        await ledger.book([reading(name, at, kwh=0.001 * minute)])
    ledger.close()
    return ledger.path


@pytest.mark.parametrize(
    ("name", "role", "unit", "shown"),
    [
        ("cooling-water", Role.WATER, "ml", "7200.000 L, then 3.600 L"),
        ("heat-out", Role.HEAT_REUSE, "j", "2.000 kWh, then 0.001 kWh"),
        ("rack-1-a", Role.RACK, "j", "2.000 kWh, then 0.001 kWh"),
    ],
)
async def test_a_finding_has_the_unit_of_its_meter(
    *,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    name: str,
    role: Role,
    unit: str,
    shown: str,
) -> None:
    caplog.set_level(logging.INFO, "carbond.ledger")
    path = await reset(tmp_path, name, role)
    assert f"({shown})" in caplog.text
    assert main(["ledger", "findings", "--ledger", str(path), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert set(found) == {"meter", "at", "oddity"} | {
        f"{figure}_{unit}" for figure in ("before", "now", "energy")
    }
    assert (found[f"before_{unit}"], found[f"now_{unit}"]) == (7_200_000, 3_600)


def test_only_water_is_in_millilitres() -> None:
    assert {one: one.suffix for one in Quantity} == {
        Quantity.ELECTRICITY: "j",
        Quantity.HEAT: "j",
        Quantity.WATER: "ml",
    }
