"""From NetBox's cables to the way of the power: upstreams, outlets and feeds."""

import pytest

from agent.inventory.netbox import Choices, import_of, stock_of
from agent.inventory.netbox.feeds import letter_of
from agent.inventory.netbox.outlets import numbers_of
from agent.inventory.netbox.stock import Feed, Outlet
from tests.inventory.boxes import Box, brief, old, two_feeds
from tests.inventory.mapped import METER, devices, found, imported, rack


def test_a_server_on_two_feeds_is_behind_two_outlets() -> None:
    server = devices(two_feeds())["srv-10"]
    assert server["upstream"] == ["PDU-R07-A/outlet/11", "PDU-R07-B/outlet/11"]
    assert (server["type"], server["role"]) == ("redfish", "device")
    assert server["address"] == "192.0.2.110"
    assert (server["rack"], server["room"], server["tenant"]) == ("r07", "Hall 2", "acme")
    assert "feed" not in server


def test_a_pdu_is_behind_the_ups_of_its_panel_and_has_its_feed() -> None:
    known = devices(two_feeds())
    pdus = [known["PDU-R07-A"], known["PDU-R07-B"]]
    assert [one["upstream"] for one in pdus] == [["UPS-A"], ["UPS-B"]]
    assert [one["feed"] for one in pdus] == ["A", "B"]
    assert {one["role"] for one in pdus} == {"rack"}
    assert {one["type"] for one in pdus} == {"snmp"}


def test_what_is_behind_a_device_that_is_left_out_is_behind_what_feeds_that() -> None:
    box = two_feeds()
    found(box, "devices", "PDU R07/B")["primary_ip"] = None
    assert devices(box)["srv-1"]["upstream"] == ["PDU-R07-A/outlet/2", "UPS-B"]


def test_what_has_two_inlets_is_passed_through_from_outlet_to_inlet() -> None:
    box = two_feeds()
    (ams,) = box.lists["sites"]
    strip = box.device(ams, "rack-pdu", "strip")
    server = box.device(ams, "servers", "srv-3", oob_ip="192.0.2.103/24")
    for letter, name in (("A", "Panel UPS-A"), ("B", "PP-B")):
        inlet = box.port(strip, f"Inlet {letter}")
        box.cable(inlet, box.feed(found(box, "power-panels", name), f"R08-{letter}"))
        box.cable(box.port(server, f"PSU {letter}"), box.outlet(strip, f"Outlet {letter}", inlet))
    assert devices(box)["srv-3"]["upstream"] == ["UPS-A", "UPS-B"]


def test_a_pdu_on_an_outlet_of_a_pdu_is_behind_that_outlet() -> None:
    box = Box()
    site, first = rack(box)
    second = box.device(site, "pdu", "pdu-2", primary_ip="192.0.2.2/24")
    box.cable(box.port(second, "in"), box.outlet(first, "Outlet 24"))
    assert devices(box)["pdu-2"]["upstream"] == ["pdu-1/outlet/24"]


def test_what_is_plugged_into_a_ups_is_behind_its_output() -> None:
    box = Box()
    site, pdu = rack(box)
    ups = box.device(site, "ups", "ups-1", primary_ip="192.0.2.2/24")
    box.cable(box.port(pdu, "in"), box.outlet(ups, "Outlet 1"))
    assert devices(box)["pdu-1"]["upstream"] == ["ups-1"]


def test_two_supplies_on_one_pdu_without_numbers_are_behind_it_once() -> None:
    box = Box()
    site, pdu = rack(box)
    server = box.device(site, "server", "srv", oob_ip="192.0.2.3/24")
    for name in ("A left", "B left"):
        box.cable(box.port(server, name), box.outlet(pdu, name))
    seen = imported(box)
    assert seen.taken[-1]["upstream"] == ["pdu-1"]
    assert [one for one in seen.notes if "do not end with numbers that differ" in one]


def test_a_blade_is_behind_its_chassis() -> None:
    box = Box()
    site, pdu = rack(box)
    chassis = box.device(site, "blade-chassis", "chassis-1", oob_ip="192.0.2.4/24")
    box.cable(box.port(chassis, "PS1"), box.outlet(pdu, "7"))
    parent = brief(chassis["id"], "chassis-1")
    box.device(site, "blade", "blade-1", oob_ip="192.0.2.5/24", parent_device=parent)
    assert devices(box)["blade-1"]["upstream"] == ["chassis-1"]
    chassis["oob_ip"] = None
    assert devices(box)["blade-1"]["upstream"] == ["pdu-1/outlet/7"]


def test_a_supply_without_a_cable_is_listed() -> None:
    box = two_feeds()
    box.port(found(box, "devices", "srv-1"), "PSU3")
    (miss,) = imported(box, roles=METER).unmapped
    text = (
        "srv-1: power port PSU3: it has no cable: cable it to an outlet or a power feed in NetBox"
    )
    assert str(miss) == text


def test_a_cable_that_is_only_planned_carries_no_power() -> None:
    box = Box()
    site, pdu = rack(box)
    server = box.device(site, "server", "srv", oob_ip="192.0.2.3/24")
    box.cable(box.port(server, "PSU1"), box.outlet(pdu, "1"))
    box.cable(box.port(server, "PSU2"), box.outlet(pdu, "2"), status="planned")
    seen = imported(box)
    assert seen.taken[-1]["upstream"] == ["pdu-1/outlet/1"]
    assert [one for one in seen.notes if "power port PSU2: its cable is not connected" in one]


def test_old_versions_say_at_the_port_that_a_cable_is_only_planned() -> None:
    box = Box()
    site, pdu = rack(box)
    server = box.device(site, "server", "srv", oob_ip="192.0.2.3/24")
    for number, status in (("1", "connected"), ("2", "planned")):
        box.cable(box.port(server, number), box.outlet(pdu, number), status=status)
    answers = {path: old(objects) for path, objects in box.answers().items()}
    seen = import_of(stock_of(answers | {"dcim/cables": []}), Choices())
    assert seen.taken[-1]["upstream"] == ["pdu-1/outlet/1"]


def test_a_panel_that_nothing_feeds_is_listed_once() -> None:
    box = Box()
    site, pdu = rack(box)
    panel = box.panel(site, "PP-1")
    for name in ("1", "2"):
        box.cable(box.port(pdu, name), box.feed(panel, f"F{name}"))
    (miss,) = [one for one in imported(box).unmapped if "panel" in one.thing]
    assert str(miss).startswith("power panel PP-1: nothing says what feeds it")
    assert 'custom field "ups"' in miss.way_out


@pytest.mark.parametrize(
    ("panel", "expected"),
    [
        ("Panel ups-1", "ups-1"),
        ("UPS-1", "ups-1"),
        ("ups-1-b board", "ups-1-b"),
        ("ups-10", None),
        ("ups-1 input", None),
        ("ups-1 and ups-2", None),
    ],
)
def test_a_panel_is_taken_to_be_fed_by_the_one_ups_in_its_name(
    panel: str, expected: str | None
) -> None:
    box = Box()
    site, pdu = rack(box)
    for number, name in enumerate(("ups-1", "ups-2", "ups-1-b"), 5):
        box.device(site, "ups", name, primary_ip=f"192.0.2.{number}/24")
    box.cable(box.port(pdu, "in"), box.feed(box.panel(site, panel), "A"))
    assert devices(box)["pdu-1"].get("upstream") == (expected and [expected])


@pytest.mark.parametrize(
    "said", ["ups-1, ups-2", ["ups-1", "UPS-2"], [{"id": 3}, {"id": 4}], [3, 4]]
)
def test_a_custom_field_names_what_feeds_a_panel(said: object) -> None:
    box = Box()
    site, pdu = rack(box)
    for number in (1, 2):
        box.device(site, "ups", f"ups-{number}", primary_ip=f"192.0.2.1{number}/24")
    panel = box.panel(site, "PP-1", custom_fields={"source": said})
    box.cable(box.port(pdu, "in"), box.feed(panel, "A"))
    known = devices(box, panel_field="source")
    assert known["pdu-1"]["upstream"] == ["ups-1", "ups-2"]


def test_cables_in_a_circle_are_cut_and_listed() -> None:
    box = Box()
    site, first = rack(box)
    second = box.device(site, "pdu", "pdu-2", primary_ip="192.0.2.2/24")
    box.cable(box.port(second, "in"), box.outlet(first, "1"))
    box.cable(box.port(first, "in"), box.outlet(second, "1"))
    seen = imported(box)
    assert [one.get("upstream") for one in seen.taken] == [None, ["pdu-1/outlet/1"]]
    (miss,) = seen.unmapped
    assert "the cables go in a circle: pdu-2/outlet/1 is behind what it feeds" in str(miss)


def test_devices_that_cannot_be_read_may_be_cabled_in_a_circle() -> None:
    box = Box()
    site = box.site("ams-1", "Amsterdam 1")
    pdus = [box.device(site, "pdu", name) for name in ("a", "b")]
    for one, other in (pdus, reversed(pdus)):
        box.cable(box.port(one, "in"), box.outlet(other, "1"))
    server = box.device(site, "server", "srv", oob_ip="192.0.2.3/24")
    box.cable(box.port(server, "PSU"), box.outlet(pdus[0], "2"))
    assert "upstream" not in devices(box)["srv"]


def test_a_long_way_up_ends_where_it_ends() -> None:
    box = Box()
    site, pdu = rack(box)
    for number in range(2000):
        strip = box.device(site, "pdu", f"strip-{number}")
        box.cable(box.port(strip, "in"), box.outlet(pdu, "1"))
        pdu = strip
    server = box.device(site, "server", "srv", oob_ip="192.0.2.3/24")
    box.cable(box.port(server, "PSU"), box.outlet(pdu, "1"))
    assert devices(box)["srv"]["upstream"] == ["pdu-1/outlet/1"]


def test_what_is_fed_from_another_site_is_listed_and_stands_alone() -> None:
    box = Box()
    _, pdu = rack(box)
    other = box.site("fra-1", "Frankfurt 1")
    server = box.device(other, "server", "srv", oob_ip="192.0.2.3/24")
    box.cable(box.port(server, "PSU"), box.outlet(pdu, "1"))
    seen = imported(box)
    assert "upstream" not in next(one for one in seen.taken if one["name"] == "srv")
    assert [one for one in seen.unmapped if "is of another site" in one.cause]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Outlet 1", "Outlet 02"], ["1", "2"]),
        (["C13-1", "C13-2", "C19-3"], ["1", "2", "3"]),
        (["Outlet 1 (C13)", "Outlet 2 (IEC C19)"], ["1", "2"]),
        (["1-C13", "2 c19"], ["1", "2"]),
        (["C13", "C19"], None),
        (["A1", "B1"], None),
        (["left", "right"], None),
        ([], []),
    ],
)
def test_outlets_are_numbered_only_where_the_numbers_differ(
    names: list[str], expected: list[str] | None
) -> None:
    outlets = [Outlet(id=n, device=1, name=name, port=None) for n, name in enumerate(names)]
    numbers = numbers_of(outlets)
    assert (None if numbers is None else list(numbers.values())) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["R07-A"], "A"),
        (["rack 7 feed b"], "B"),
        (["P1 / 12a"], "A"),
        (["FeedB"], "B"),
        (["main"], "A"),
        (["CAB 7 redundant"], "B"),
        (["R07-A", "R07-B"], None),
        (["R07-A", "R08-A"], "A"),
        ([], None),
    ],
)
def test_the_letter_of_a_feed_comes_from_its_name_or_its_type(
    names: list[str], expected: str | None
) -> None:
    feeds = [Feed(id=1, name=name, panel=1, redundant="redundant" in name) for name in names]
    assert letter_of(feeds) == expected
