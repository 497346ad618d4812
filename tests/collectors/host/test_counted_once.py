"""A machine's own reading is never added to what feeds it: from the settings file to the hour."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.accounting.hourly import site_hour
from agent.accounting.metering.tree import Tree
from agent.app import load
from agent.app.parts import tree_of
from agent.errors import ConfigError
from agent.model import HourEnergy, MeterId, Role, SiteHour, Stage
from agent.units import Joules

HOUR = datetime(2026, 3, 10, 9, tzinfo=UTC)

SITE = """\
sites:
  - name: home
    pue: {it: %s}
devices:
  - {name: grid, type: snmp, address: 192.0.2.1, community: {env: KEY}, role: utility}
  - {name: pdu, type: snmp, address: 192.0.2.2, community: {env: KEY}, role: rack, upstream: grid}
"""
BMC = (
    "  - {name: bmc, type: ipmi, address: 192.0.2.3, user: a, password: {env: KEY},"
    " upstream: pdu/outlet/3}\n"
)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "correct horse")


def tree(folder: Path, it: str, devices: str, *outlets: str) -> Tree:
    path = folder / "carbond.yaml"
    path.write_text(SITE % it + devices)
    totals = tree_of(load(path))
    read = [totals.meter(MeterId(name)) for name in outlets]
    meters = [*totals.totals.values(), *(one for one in read if one is not None)]
    return Tree.of(totals.sites.values(), meters)


def hour(made: Tree, **energy: int) -> SiteHour:
    """The hour in which each meter has so many joules; `pdu_outlet_3` is a part."""
    hours = {}
    for word, joules in energy.items():
        found = made.meter(MeterId(word.replace("_", "/")))
        assert found is not None
        hours[found.id] = HourEnergy(
            meter=found, hour=HOUR, energy=Joules(joules), measured=3600.0, interpolated=0.0
        )
    now = HOUR + timedelta(hours=1)
    return site_hour(made, made.sites["home"], HOUR, hours, {}, now=now, version=0)


HOST = "  - {name: host, type: host, upstream: %s}\n"


@pytest.mark.parametrize(("it", "joules"), [("rack", 1000), ("outlet", 900), ("device", 850)])
def test_a_host_under_a_metered_outlet_is_added_to_nothing(
    it: str, joules: int, tmp_path: Path
) -> None:
    made = tree(tmp_path, it, BMC + HOST % "pdu/outlet/3", "pdu/outlet/3")
    told = hour(made, grid=1100, pdu=1000, pdu_outlet_3=900, bmc=850, host=600)
    assert (told.facility, told.it) == (1100, joules)


def test_a_host_behind_its_bmc_says_what_is_lost_in_the_machine(tmp_path: Path) -> None:
    made = tree(tmp_path, "device", BMC + HOST % "bmc", "pdu/outlet/3")
    told = hour(made, grid=1100, pdu=1000, pdu_outlet_3=900, bmc=850, host=600)
    assert told.it == 850
    assert told.losses[Stage.OUTLET] == 50 + 250
    assert not told.broken


def test_a_host_and_a_bmc_at_one_outlet_are_a_broken_node_and_not_more_it(tmp_path: Path) -> None:
    made = tree(tmp_path, "device", BMC + HOST % "pdu/outlet/3", "pdu/outlet/3")
    told = hour(made, grid=1100, pdu=1000, pdu_outlet_3=900, bmc=850, host=600)
    assert told.it == 850
    assert [one.node for one in told.broken] == [("pdu/outlet/3",)]


def test_a_host_that_nothing_else_reads_is_counted_as_a_device_and_once(tmp_path: Path) -> None:
    alone = "  - {name: host, type: host, alone: true, upstream: pdu}\n"
    told = hour(tree(tmp_path, "device", alone), grid=1100, pdu=1000, host=600)
    assert told.it == 600
    assert hour(tree(tmp_path, "rack", alone), grid=1100, pdu=1000, host=600).it == 1000


def test_a_host_that_is_alone_and_behind_its_bmc_is_still_counted_once(tmp_path: Path) -> None:
    alone = "  - {name: host, type: host, alone: true, upstream: bmc}\n"
    told = hour(tree(tmp_path, "device", BMC + alone), grid=1100, pdu=1000, bmc=850, host=600)
    assert told.it == 850


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("", "it is read in-band: name what meters it from outside"),
        (", alone: false", "or write `alone: true` where nothing else reads it"),
        (", upstream: pdu, role: device", "as role device its energy would be added to what"),
        (", upstream: pdu, role: rack", "leave `role` out"),
        (", alone: true, rapl: false, gpus: false", "nothing is left to read"),
        (", alone: true, rapl: false, total: psys", "`total: psys` is a counter of RAPL"),
    ],
)
def test_a_host_that_might_be_counted_twice_is_refused(
    options: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=words):
        tree(tmp_path, "rack", f"  - {{name: host, type: host{options}}}\n")


def test_a_second_entry_for_the_one_machine_is_refused_before_anything_is_read(
    tmp_path: Path,
) -> None:
    with pytest.raises(ConfigError) as refused:
        tree(tmp_path, "rack", HOST % "pdu" + "  - {name: host-2, type: host, alone: true}\n")
    assert str(refused.value) == (
        f'{tmp_path}/carbond.yaml:8: devices[3] "host-2": "type" host is this machine, which '
        '"host" reads already: leave one of the two out'
    )


def test_the_role_follows_from_whether_it_is_alone(tmp_path: Path) -> None:
    host = tree(tmp_path, "rack", HOST % "pdu").meter(MeterId("host"))
    assert host is not None
    assert host.role is Role.OTHER
    alone = "  - {name: host, type: host, alone: true}\n"
    host = tree(tmp_path, "rack", alone).meter(MeterId("host"))
    assert host is not None
    assert host.role is Role.DEVICE
