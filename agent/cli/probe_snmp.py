"""What `carbond probe` shows of a device that it read by SNMP, live or from a recorded walk."""

from collections.abc import Mapping
from typing import Any

import yaml

from agent.cli.output import say
from agent.cli.readings import (
    Row,
    conditions_text,
    energy_text,
    power_text,
    table_of_rows,
)
from agent.cli.tables import show
from collectors.snmp.probing.entry import entry_of
from collectors.snmp.probing.probe import Probed, Shown
from collectors.snmp.reading.layout import is_of_water

ROLES = {"pdu": "rack", "ups": "ups-output", "meter": "feed", "ats": "feed"}
SECRET = "/etc/carbond/secrets/community"  # noqa: S105 where one may be kept


def show_probed(probed: Probed) -> None:
    """Print what it is and what its meters said."""
    entry = entry_of(probed)
    maker = " ".join(filter(None, (probed.vendor, probed.model)))
    say(f"{maker or 'a device'}: {probed.profile.title} (profile {probed.profile.name})")
    if probed.shown:
        show(table_of_rows([_row(one) for one in probed.shown]))
    for doubt in entry.get("suspect", ()):
        say(f"not believed: {doubt['path']} {doubt['reported']:g}: {doubt['why']}")
    if nothing := _nothing(probed):
        say(f"nothing to book: {nothing}")
    notes = entry["notes"].removesuffix(probed.profile.no_power or "").strip()
    if notes:
        say(f"note: {notes}")


def _row(one: Shown) -> Row:
    said, plan = one.said, one.meter.plan
    water = is_of_water(plan)
    return Row(
        meter=plan.suffix.removeprefix("/") or "total",
        power=power_text(said.power, water=water),
        energy=energy_text(said.energy, water=water),
        name=one.meter.name,
        conditions=conditions_text(said.conditions),
    )


def _nothing(probed: Probed) -> str:
    """Return why nothing of it can be booked; empty if something can."""
    profile = probed.profile
    if profile.no_power is not None:
        return profile.no_power
    if any(one.said.power is not None or one.said.energy is not None for one in probed.shown):
        return ""
    if any(one.meter.plan.books for one in probed.shown):
        return "none of its powers and energies has a value now"
    return f"it has no power and no energy of profile {profile.name}"


def settings_text(probed: Probed, written: Mapping[str, Any]) -> str:
    """Return the device as it stands in the settings; `written` are the keys that were given."""
    rest = dict(written)
    own = probed.model or probed.profile.name
    name = "".join(one if one.isalnum() else "-" for one in own.lower())
    meters = [one.meter for one in probed.shown]
    worth = [one for one in meters if one.plan.books or one.plan.is_of_sensor]
    scopes = dict.fromkeys(one.scope.value for one in worth)
    device: dict[str, Any] = {
        "name": rest.pop("name", name),
        "type": rest.pop("type"),
        "role": rest.pop("role", ROLES.get(probed.profile.kind, "device")),
        "address": rest.pop("address", "ADDRESS"),
    }
    rest |= {"profile": probed.profile.name}
    if rest.get("version") != "v3":
        rest.setdefault("community", {"file": SECRET})
    if scopes:
        rest.setdefault("read", list(scopes))
    text = yaml.safe_dump({"devices": [device | rest]}, sort_keys=False, allow_unicode=True)
    return text.rstrip()
