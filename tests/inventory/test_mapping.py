"""From NetBox to devices: kinds, names, addresses, and the same text each time."""

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import ConfigError
from agent.inventory.netbox import Choices, import_of, settings_text, stock_of
from agent.inventory.netbox.naming import names_of, valid_name
from agent.inventory.netbox.stock import Device
from config.fields import NAME
from tests.inventory.boxes import Box, Json, two_feeds
from tests.inventory.mapped import METER, devices, found, imported


def test_a_role_that_a_person_names_is_taken_as_they_say() -> None:
    box = two_feeds()
    assert "main-meter" not in devices(box)
    known = devices(box, roles=METER)
    assert known["main-meter"]["role"] == "utility"
    assert known["main-meter"]["type"] == "modbus"
    assert known["UPS-A"]["upstream"] == ["main-meter"]
    assert "srv-1" not in devices(box, roles={"servers": None})


def test_what_is_no_power_hardware_is_counted() -> None:
    found = imported(two_feeds(), roles=METER)
    assert found.passed == {"role leaf": 1}
    assert not found.unmapped


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("rack-pdu", "rack"),
        ("PDUs", "rack"),
        ("floor-pdu", "feed"),
        ("ups", "ups-output"),
        ("rack-ups", "ups-output"),
        ("ats", "feed"),
        ("gpu-servers", "device"),
        ("hypervisor", "device"),
        ("leaf", None),
        ("groups", None),
    ],
)
def test_words_of_a_role_say_what_a_device_is(role: str, expected: str | None) -> None:
    box = Box()
    site = box.site("ams-1", "Amsterdam 1")
    box.device(site, role, "a", primary_ip="192.0.2.1/24", oob_ip="192.0.2.2/24")
    taken = devices(box)
    assert (taken["a"]["role"] if taken else None) == expected


@pytest.mark.parametrize(("model", "role"), [("Smart-UPS 3000", "ups-output"), ("AP8853", "rack")])
def test_what_has_outlets_is_known_by_its_model_or_as_a_pdu(model: str, role: str) -> None:
    box = Box()
    site = box.site("ams-1", "Amsterdam 1")
    device = box.device(site, "power", "a", model=model, primary_ip="192.0.2.1/24")
    box.port(device, "in")
    box.outlet(device, "1")
    assert devices(box)["a"]["role"] == role


def test_a_tag_says_how_a_server_is_read() -> None:
    box = two_feeds()
    found(box, "devices", "srv-2")["tags"] = [{"slug": "ipmi"}, {"slug": "gpu"}]
    known = devices(box)
    assert known["srv-1"]["type"] == "redfish"
    assert known["srv-2"]["type"] == "ipmi"
    assert known["srv-2"]["tags"] == {"netbox": "gpu ipmi"}
    assert devices(box, bmc="ipmi")["srv-1"]["type"] == "ipmi"


def test_only_custom_fields_that_are_asked_for_become_tags() -> None:
    box = two_feeds()
    fields = {"cost-centre": 4711, "password": "hidden", "list": ["a"], "none": None}
    found(box, "devices", "srv-1")["custom_fields"] = fields
    assert "tags" not in devices(box)["srv-1"]
    tagged = devices(box, fields=("cost-centre", "list", "none", "missing"))["srv-1"]
    assert tagged["tags"] == {"cost-centre": "4711"}


def test_only_active_devices_are_taken() -> None:
    box = two_feeds()
    found(box, "devices", "srv-2")["status"] = {"value": "planned", "label": "Planned"}
    seen = imported(box)
    assert "srv-2" not in [one["name"] for one in seen.taken]
    assert seen.passed["status planned"] == 1
    assert "srv-2" in devices(box, statuses=("active", "planned"))


def test_a_site_can_have_another_name_in_the_settings() -> None:
    box = two_feeds()
    box.device(box.site("fra-1", "Frankfurt 1"), "ups", "elsewhere", primary_ip="192.0.2.9/24")
    seen = imported(box, sites={"Amsterdam 1": "north"})
    assert {one["site"] for one in seen.taken} == {"north"}
    assert seen.sites == {"north": "Europe/Amsterdam"}
    assert set(imported(box).sites) == {"ams-1", "fra-1"}


def test_a_site_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError, match='there is no site "ams"; did you mean "ams-1"'):
        imported(two_feeds(), sites={"ams": "ams"})


def test_a_device_without_an_address_is_a_comment_with_the_reason() -> None:
    box = two_feeds()
    found(box, "devices", "srv-1")["oob_ip"] = None
    found(box, "devices", "PDU R07/B")["primary_ip"] = None
    seen = imported(box, roles=METER)
    text = settings_text(seen, None)
    assert "  # srv-1 is left out: NetBox has no out-of-band address of it.\n" in text
    assert "  # PDU-R07-B is left out: NetBox has no primary address of it.\n" in text
    causes = {one.thing: str(one) for one in seen.unmapped}
    assert causes["srv-1"].endswith("so it is left out: set it in NetBox")
    assert set(causes) == {"srv-1", "PDU-R07-B"}


def test_names_that_are_taken_or_invalid_are_changed_and_that_is_said() -> None:
    box = Box()
    ams, fra = box.site("ams-1", "Amsterdam 1"), box.site("fra-1", "Frankfurt 1")
    for site, name in ((ams, "srv"), (fra, "srv"), (fra, "srv"), (ams, "Zürich #1"), (ams, None)):
        box.device(site, "server", name, oob_ip="192.0.2.3/24")
    seen = imported(box)
    names = {str(one["name"]) for one in seen.taken}
    assert names == {"srv", "srv-fra-1", "srv-5", "Zurich-1", "device-7"}
    assert len([one for one in seen.notes if "is called" in one]) == 4


@given(st.lists(st.tuples(st.text(max_size=130), st.text(max_size=130)), max_size=12))
@settings(max_examples=100)
def test_names_are_valid_and_differ_whatever_netbox_has(named: list[tuple[str, str]]) -> None:
    known = [device(number, name, site) for number, (name, site) in enumerate(named)]
    names = names_of(known)
    assert len(set(names.values())) == len(known)
    for name in names.values():
        assert len(name) <= 120
        assert re.fullmatch(NAME, name)


def device(number: int, name: str, site: str) -> Device:
    empty = dict.fromkeys(("role", "model", "status", "rack", "location", "tenant"), "")
    return Device(
        id=number,
        name=name,
        site=site,
        address="",
        oob="",
        parent=None,
        tags=(),
        fields={},
        **empty,
    )


def test_a_name_keeps_what_it_can() -> None:
    assert valid_name("  PDU R07/A (left)  ") == "PDU-R07-A-left"
    assert valid_name("-._:") == ""
    assert valid_name("x" * 200) == "x" * 120


def test_the_same_netbox_gives_the_same_text_in_any_order() -> None:
    box = two_feeds()
    box.port(found(box, "devices", "srv-1"), "PSU3")
    first = imported(box, roles=METER)
    for seed in range(5):
        answers = box.answers()
        for objects in answers.values():
            random.Random(seed).shuffle(objects)
        again = import_of(stock_of(answers), Choices(roles=METER))
        assert again == first
        assert settings_text(again, Path("/s")) == settings_text(first, Path("/s"))


def test_a_new_server_changes_its_own_lines_only() -> None:
    box = two_feeds()
    before = settings_text(imported(box), Path("/s")).splitlines()
    server = box.device(
        {"id": 1, "name": "Amsterdam 1", "slug": "ams-1"}, "server", "srv-5", oob_ip="192.0.2.7/24"
    )
    box.cable(box.port(server, "PSU"), found(box, "power-outlets", "Outlet 05"))
    after = settings_text(imported(box), Path("/s")).splitlines()
    assert "  - name: srv-5" in after
    start = after.index("  - name: srv-5")
    assert after[:start] + after[start + 6 :] == before


@pytest.mark.parametrize("answers", [{}, {"dcim/devices": [{}, {"id": "x"}, {"id": 1}]}])
def test_objects_of_any_shape_are_read_or_passed_over(answers: dict[str, list[Json]]) -> None:
    assert import_of(stock_of(answers), Choices()).taken == []


KEYS = (
    *("id", "name", "slug", "site", "role", "status", "device", "cable", "link_peers", "tags"),
    *("link_peers_type", "power_panel", "power_port", "custom_fields", "primary_ip", "oob_ip"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(sorted(two_feeds().answers())), st.integers(0, 30), st.data())
@settings(max_examples=150)
def test_no_answer_breaks_the_import(path: str, number: int, data: st.DataObject) -> None:
    answers = two_feeds().answers()
    target = answers[path][number % len(answers[path])]
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(JSON)
    seen = import_of(stock_of(answers), Choices(roles=METER))
    assert settings_text(seen, Path("/s"))
