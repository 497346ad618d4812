"""What was found as settings: YAML to paste, a CSV list of devices, JSON."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from agent.app.discovery import IPMI, REDFISH, SNMP, Found
from agent.cli.probe_snmp import ROLES

SECRETS = Path("/etc/carbond/secrets")
USER = "USER"
LONGEST_NAME = 60

# Columns of the CSV, which are keys of the settings.
COLUMNS = (
    "name",
    "type",
    "role",
    "address",
    "port",
    "version",
    "community.file",
    "user",
    "password.file",
    "profile",
)

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What was found at an address, and how it stands in the settings."""

    found: Found
    device: Mapping[str, Any]
    """The keys of the device."""

    note: str
    """Why it is not in the settings, and the way out; empty for one that is."""


def listed(found: Iterable[Found], communities: Sequence[Path]) -> list[Listed]:
    """Return all that was found, each with a name of its own.

    Of several ways to read what is at one address, one is in the settings: the same power must
    not be booked twice. `communities` are the files in which each of the communities is kept.
    """
    names: set[str] = set()
    chosen = {one.address: one for one in sorted(found, key=_rank, reverse=True)}
    shown = []
    for one in found:
        name = _unique(_name(one), names)
        device = {"name": name, "type": one.kind, **_keys(one, communities)}
        best = chosen[one.address]
        note = _unfit(one)
        if not note and one is not best:
            note = f"what is at {one.address} is read by {best.kind} already"
        shown.append(Listed(found=one, device=device, note=note))
    return shown


def _rank(one: Found) -> tuple[bool, int]:
    """Return what sorts the best way to read an address before the others."""
    order = (SNMP, REDFISH, IPMI).index(one.kind)
    return bool(_unfit(one)), order + (3 if one.kind == SNMP and one.community is None else 0)


def _unfit(one: Found) -> str:
    """Return why it cannot stand in the settings, empty if it can."""
    if one.kind == SNMP and one.community is None:
        return ""
    return one.note


def _keys(one: Found, communities: Sequence[Path]) -> dict[str, Any]:
    keys: dict[str, Any] = {}
    role = ROLES.get(one.profile.kind) if one.profile else None
    if role:
        keys["role"] = role
    keys["address"] = one.address
    if one.port is not None:
        keys["port"] = one.port
    if one.kind != SNMP:
        keys |= {"user": USER, "password": {"file": str(SECRETS / f"{one.kind}-password")}}
    elif one.community is None:
        keys |= {"version": one.version, "user": USER}
    else:
        file = str(communities[one.community])
        keys |= {"version": one.version, "community": {"file": file}}
    if one.profile is not None:
        keys["profile"] = one.profile.name
    return keys


def _name(one: Found) -> str:
    """Return a valid name: what it calls itself, else its kind and address."""
    said = _NOT_IN_NAMES.sub("-", one.name).strip("-._")[:LONGEST_NAME].lower()
    return said or f"{one.kind}-{_NOT_IN_NAMES.sub('-', one.address.replace('.', '-'))}"


def _unique(name: str, names: set[str]) -> str:
    number, wanted = 1, name
    while name in names:
        number += 1
        name = f"{wanted}-{number}"
    names.add(name)
    return name


def yaml_of(shown: Sequence[Listed]) -> str:
    """Return devices to paste into the settings; what cannot be read stands in comments."""
    devices = [dict(one.device) for one in shown if not one.note]
    lines = [f"# {line}" for line in (*_hints(shown), *_comments(shown))]
    text = yaml.safe_dump({"devices": devices}, sort_keys=False, allow_unicode=True)
    return "\n".join([*lines, text.rstrip()])


def csv_of(shown: Sequence[Listed]) -> str:
    """Return a list of devices, as `devices: [{from: FILE}]` takes it."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    for one in shown:
        if not one.note:
            flat = dict(_flat(one.device))
            table.writerow([flat.get(column, "") for column in COLUMNS])
    for line in (*_hints(shown), *_comments(shown)):
        table.writerow([f"# {line}"])
    return out.getvalue().rstrip("\n")


def plain(one: Listed) -> dict[str, Any]:
    """Return it for JSON."""
    found = one.found
    return {
        "address": found.address,
        "type": found.kind,
        "about": found.about,
        "hostname": found.name or None,
        "profile": found.profile.name if found.profile else None,
        "note": found.note or one.note or None,
        "settings": None if one.note else dict(one.device),
    }


def _flat(device: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in device.items():
        if isinstance(value, Mapping):
            yield from ((f"{key}.{inner}", deeper) for inner, deeper in value.items())
        else:
            yield key, value


def _hints(shown: Sequence[Listed]) -> Iterator[str]:
    """Yield what a person has to fill in."""
    devices = [one.device for one in shown if not one.note]
    if any(device.get("user") == USER for device in devices):
        yield f"Write the user of each device for {USER}, and its password into the file named."
    if any("community" in device for device in devices):
        yield "The files named must hold the communities that were used here."


def _comments(shown: Sequence[Listed]) -> Iterator[str]:
    for one in shown:
        if one.note:
            said = f" ({one.found.about})" if one.found.about else ""
            yield f"{one.found.address}, {one.found.kind}{said}: {one.note}"
