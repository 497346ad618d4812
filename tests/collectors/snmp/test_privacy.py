"""What a recording must not hold, wherever a device has put it."""

import ipaddress
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.errors import Unavailable
from collectors.snmp.probing.entry import entry_of
from collectors.snmp.probing.probe import probe_walk
from collectors.snmp.probing.recorded import RecordedWalk
from collectors.snmp.recording.columns import columns_of
from collectors.snmp.recording.octets import IP_ADDRESS
from collectors.snmp.recording.privacy import INDEX, UNNAMED, Privacy
from collectors.snmp.recording.snmprec import lines_of
from collectors.snmp.recording.walking import left_out, subtrees_of
from collectors.snmp.wire.ber import (
    COUNTER64,
    GAUGE32,
    INTEGER,
    NUMBERS,
    OCTET_STRING,
    OID,
    OPAQUE,
    Value,
    Varbind,
    arcs_of,
    oid,
    text_of,
)
from config.profiles import profiles
from tests.collectors.snmp.conftest import DEVICES, recording

COLUMNS = columns_of(profiles().values())
SERIAL = "1.3.6.1.2.1.47.1.1.1.1.11.1"
NAME, CONTACT, LOCATION = (f"1.3.6.1.2.1.1.{number}.0" for number in (5, 4, 6))
VENDOR = "1.3.6.1.4.1.99999.1"


def text(name: str, value: str) -> Varbind:
    return oid(name), OCTET_STRING, value.encode()


def written(
    *objects: Varbind,
    credentials: tuple[str, ...] = ("sesame",),
    words: tuple[str, ...] = (),
    keep_names: bool = False,
) -> list[str]:
    privacy = Privacy(COLUMNS, credentials=credentials, words=words, keep_names=keep_names)
    return list(lines_of(privacy.cleaned(objects)))


def value(line: str) -> str:
    return line.split("|", 2)[2]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("reached as sesame/udp", "reached as <credential-1>/udp"),
        ("SeSaMe", "<credential-1>"),
        ("write to jane.doe@acme.example now", "write to <email-1> now"),
        ("at 10.20.30.40:161", "at 192.0.2.1:161"),
        ("fe80::21b:1bff:fe00:1", "2001:db8::1"),
        ("MAC 00:C0:B7:A1:B2:C3", "MAC 02:00:00:00:00:01"),
        ("00-c0-b7-a1-b2-c3", "02:00:00:00:00:01"),
        ("00C0B7A1B2C3", "02:00:00:00:00:01"),
        ("00c0.b7a1.b2c3", "02:00:00:00:00:01"),
        ("0:c0:b7:a1:2:3", "02:00:00:00:00:01"),
        ("pdu-7.fra.acme.net", "<host-1>"),
        ("pdu-7.acme.de is up", "<host-1> is up"),
        ("SN: 5A1638E01463", "SN: <serial-1>"),
        ("Serial No. X-1234", "Serial No. <serial-1>"),
        ("ZA1216027390", "<serial-1>"),
        ("1806527724", "<serial-1>"),
        ("asset tag: DC-1-0077", "asset tag: <asset-1>"),
        ("password=hunter2", "password=<credential-1>"),
        ("4c4c4544-0051-3110-8052-b4c04f4d3132", "<uuid-1>"),
    ],
)
def test_what_is_private_by_its_form_is_replaced(said: str, kept: str) -> None:
    assert value(written(text(f"{VENDOR}.1.0", said))[0]) == kept


@pytest.mark.parametrize(
    "said",
    [
        "AP8959EU3",
        "Liebert GXT2-3000RT120",
        "PX3-5466V-E2",
        "S6700 V600R024C00SPC100",
        "Phase L1.Power.Active.Value",
        "apc_hw05_rpdu2g_640.bin",
        "Version 22.6.1.4",
        "FW:4.2.0.5-50274",
        "v1.2.3.4",
        "127.0.0.1",
        "0.0.0.0",  # noqa: S104 nobody binds to it
        "12:34:56",
        "09/20/2016",
        "230.4 V",
        "Serial port 1",
        "00 00 00 00 00 00 00 00",
        "000000000000",
        "Température 25 °C",
    ],
)
def test_what_a_profile_needs_is_kept(said: str) -> None:
    (line,) = written(text(f"{VENDOR}.1.0", said))
    raw = value(line)
    assert (bytes.fromhex(raw).decode() if "|4x|" in line else raw) == said


def test_what_has_a_private_column_is_removed_from_all_others_too() -> None:
    lines = written(
        text(f"{VENDOR}.1.0", "card of RACK-12-A, no. K7-77, in Hall 3, call Jane Doe"),
        text(NAME, "rack-12-a"),
        text(CONTACT, "Jane Doe, +49 69 1234"),
        text(LOCATION, "Hall 3"),
        text(SERIAL, "K7-77"),
    )
    assert value(lines[-1]) == "card of <name-1>, no. <serial-1>, in <location-1>, call <contact-1>"
    assert [value(line) for line in lines[:3]] == ["<contact-2>", "<name-1>", "<location-1>"]


def test_names_are_kept_where_that_is_wished_and_nothing_else_is() -> None:
    lines = written(
        text(NAME, "pdu-7.acme.net"),
        text(LOCATION, "Hall 3"),
        text(f"{VENDOR}.1.0", "sesame at pdu-7.acme.net"),
        keep_names=True,
    )
    assert [value(line) for line in lines] == [
        "pdu-7.acme.net",
        "<location-1>",
        "<credential-1> at pdu-7.acme.net",
    ]


def test_the_words_of_a_person_are_removed_as_well() -> None:
    (line,) = written(text(f"{VENDOR}.1.0", "feeds bluebird-db"), words=("bluebird",))
    assert value(line) == "feeds <word-1>-db"


def test_a_device_that_nobody_named_does_not_lose_its_words() -> None:
    _, line = written(text(NAME, "UPS"), text(f"{VENDOR}.1.0", "UPS on battery"))
    assert value(line) == "UPS on battery"


def test_addresses_in_binary_are_replaced_and_moments_are_kept() -> None:
    mac, address = bytes.fromhex("00c0b7a1b2c3"), bytes.fromhex("0a1e28f2")
    moment, flags = bytes.fromhex("07ea0b1614321e00"), b"\xff\x01"
    objects: list[tuple[int, Value]] = [
        (OCTET_STRING, mac),
        (OCTET_STRING, address),
        (OCTET_STRING, moment),
        (OCTET_STRING, flags),
        (OCTET_STRING, bytes(6)),
        (OCTET_STRING, bytes.fromhex("80001f8880e9630000d61ff449")),
        (IP_ADDRESS, address),
    ]
    lines = written(
        *((oid(f"{VENDOR}.{n}.0"), tag, said) for n, (tag, said) in enumerate(objects, 1))
    )
    assert [line.split("|", 1)[1] for line in lines] == [
        "4x|020000000001",
        "4x|00000000",
        f"4x|{moment.hex()}",
        "4x|ff01",
        "4x|000000000000",
        f"4x|{bytes(13).hex()}",
        "64x|c0000201",
    ]


def test_a_serial_number_that_is_a_number_is_removed_wherever_it_stands() -> None:
    lines = written(
        (oid(SERIAL), INTEGER, 30147719),
        (oid(f"{VENDOR}.1.0"), GAUGE32, 30147719),
        (oid(f"{VENDOR}.2.0"), GAUGE32, 30147718),
        text(f"{VENDOR}.3.0", "unit 30147719"),
    )
    assert [value(line) for line in lines] == ["0", "0", "30147718", "unit <serial-1>"]


def test_an_index_that_spells_something_private_is_changed_and_counted() -> None:
    spelt = ".".join(str(ord(one)) for one in "sesame")
    mac = ".".join(str(ord(one)) for one in "00:c0:b7:a1:b2:c3")
    privacy = Privacy(COLUMNS, credentials=["sesame"])
    objects: list[Varbind] = [
        (oid(f"{VENDOR}.1.6.{spelt}"), INTEGER, 1),
        (oid(f"{VENDOR}.2.17.{mac}.4"), INTEGER, 2),
        (oid(f"{VENDOR}.3.10.30.40.250"), INTEGER, 3),
        (oid(f"{VENDOR}.4.1.4.10.30.40.250.7"), INTEGER, 4),
        (oid(f"{VENDOR}.5.4294967295"), INTEGER, 5),
        (oid(f"{VENDOR}.6.0"), IP_ADDRESS, bytes([10, 30, 40, 250])),
        (oid(f"{VENDOR}.7.0"), OID, oid(f"{VENDOR}.1.6.{spelt}")),
    ]
    lines = list(lines_of(privacy.cleaned(objects)))
    local = ".".join(str(ord(one)) for one in "02:00:00:00:00:01")
    assert lines == [
        f"{VENDOR}.1.6.120.120.120.120.120.49|2|1",
        f"{VENDOR}.2.17.{local}.4|2|2",
        f"{VENDOR}.3.192.0.2.1|2|3",
        f"{VENDOR}.4.1.4.192.0.2.1.7|2|4",
        f"{VENDOR}.5.4294967295|2|5",
        f"{VENDOR}.6.0|64x|c0000201",
        f"{VENDOR}.7.0|6|{VENDOR}.1.6.120.120.120.120.120.49",
    ]
    assert privacy.removed[INDEX] == 5


LETTERS = string.ascii_letters + string.digits
SECRETS = st.text(LETTERS, min_size=6, max_size=20).filter(
    # A number is looked for as a number; the others are no names, or words of the stand-ins.
    lambda one: (
        not one.isdigit()
        and one.lower() not in UNNAMED
        and one.lower() not in "credential location contact serial"
    )
)
AROUND = st.text(string.printable + "äß°", max_size=12)
MACS = st.binary(min_size=6, max_size=6).filter(lambda one: one.count(0) < 3 and max(one) > 0x7F)
# Zeros stand in stand-ins as well.
ADDRESSES = st.integers(0x0B000000, 0x7EFFFFFF).map(ipaddress.IPv4Address)
ADDRESSES = ADDRESSES.filter(lambda one: 0 not in one.packed)
SPELLINGS = st.sampled_from(["{}", "{}", "<{}>", "x={};", "{0}/{0}", "\n{}\t"])


@given(data=st.data())
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
def test_a_secret_planted_anywhere_never_gets_out(data: st.DataObject) -> None:
    credential, name, serial, contact = data.draw(
        st.lists(SECRETS, min_size=4, max_size=4, unique_by=str.lower), "secrets"
    )
    mac, address = data.draw(MACS), str(data.draw(ADDRESSES))
    mail = f"{name}@{contact}.example"
    spelt = [mac.hex(":"), mac.hex("-").upper(), mac.hex(), address, mail]
    secrets = [credential, name, serial, contact]
    objects: list[Varbind] = [
        text(NAME, name),
        text(CONTACT, contact),
        text(SERIAL, serial),
        (oid(f"{VENDOR}.1.0"), OCTET_STRING, mac),
        (oid(f"{VENDOR}.2.0"), IP_ADDRESS, ipaddress.ip_address(address).packed),
        (oid(f"{VENDOR}.3.0"), COUNTER64, 2**63),
    ]
    for number in range(data.draw(st.integers(1, 6))):
        secret = data.draw(st.sampled_from(secrets))
        other = data.draw(st.sampled_from(spelt))
        said = f"{data.draw(AROUND)}{secret}{data.draw(AROUND)}"
        plain = data.draw(SPELLINGS).format(other)
        tag = data.draw(st.sampled_from([OCTET_STRING, OPAQUE, OID]))
        objects.append((oid(f"{VENDOR}.9.{number}"), tag, said.encode()))
        objects.append(text(f"{VENDOR}.10.{number}", plain))
        index = ".".join(str(one) for one in secret.encode())
        objects.append((oid(f"{VENDOR}.11.{len(secret)}.{index}"), INTEGER, number))
        objects.append((oid(f"{VENDOR}.12.{address}"), INTEGER, number))
    lines = written(*objects, credentials=(credential,))
    shown = "\n".join([*lines, *map(decoded, lines)]).lower()
    for one in [*secrets, *spelt, mac.hex(), ipaddress.ip_address(address).packed.hex()]:
        assert one.lower() not in shown
    assert "9223372036854775808" in shown


def decoded(line: str) -> str:
    """Return what a line spells: in hexadecimal, or by arcs."""
    name, kind, said = line.split("|", 2)
    arcs = [*map(int, name.split(".")), 0]
    if kind == "6":
        arcs += map(int, said.split(".")) if said.replace(".", "").isdigit() else []
    spelt = "".join(chr(arc) if arc < 0xD800 else "\n" for arc in arcs)
    return spelt + (bytes.fromhex(said).decode("latin-1") if kind.endswith("x") else "")


@pytest.mark.parametrize("file", sorted(DEVICES.glob("*.snmprec")), ids=lambda file: file.stem)
async def test_a_recording_that_was_cleaned_is_read_as_before(file: Path, tmp_path: Path) -> None:
    cleaned = tmp_path / "cleaned.snmprec"
    lines = written(*(varbind(*row) for row in recording(file)), credentials=("public",))
    cleaned.write_text("".join(f"{line}\n" for line in lines))
    before, after = await said_by(file), await said_by(cleaned)
    for said in (before, after):
        # Some makers have no other model than what stands behind `SN:` in sysDescr.
        said.pop("model", None)
    assert after == before


def varbind(name: str, kind: str, said: str) -> Varbind:
    """Return the object of a line."""
    tag, encoded = int(kind.rstrip("x")), bytes.fromhex(said) if kind.endswith("x") else b""
    if tag in NUMBERS:
        return oid(name), tag, int(said or 0)
    if tag == OID and said.replace(".", "").isdigit():
        return oid(name), tag, oid(said)
    return oid(name), tag, encoded or said.encode()


async def said_by(file: Path) -> dict[str, Any]:
    """Return what a walk says, or the profile that is missing."""
    try:
        return entry_of(await probe_walk(file))
    except Unavailable as error:
        return {"error": str(error).partition("sysObjectID")[2].partition("(")[0]}


def test_every_kind_of_value_is_read_again_as_it_was(tmp_path: Path) -> None:
    objects: list[Varbind] = [
        (oid(f"{VENDOR}.1.0"), INTEGER, -5),
        (oid(f"{VENDOR}.2.0"), COUNTER64, 2**64 - 1),
        (oid(f"{VENDOR}.3.0"), OCTET_STRING, b""),
        (oid(f"{VENDOR}.4.0"), OCTET_STRING, b"a|b | c "),
        (oid(f"{VENDOR}.5.0"), OCTET_STRING, "5 °C\r\n".encode()),
        (oid(f"{VENDOR}.6.0"), OPAQUE, 1.5),
        (oid(f"{VENDOR}.7.0"), OPAQUE, 1.1),
        (oid(f"{VENDOR}.8.0"), OPAQUE, 1e300),
        (oid(f"{VENDOR}.9.0"), OID, oid("1.3.6.1.4.1.318")),
        (oid(f"{VENDOR}.10.0"), 0x47, 2**32 - 1),
        (oid(f"{VENDOR}.11.0"), INTEGER, b""),
        (oid(f"{VENDOR}.12.0"), 0x80, None),
    ]
    file = tmp_path / "walk.snmprec"
    file.write_text("\n".join(written(*objects)) + "\n")
    read = RecordedWalk(file)._values
    assert {text_of(name): said for name, said in read.items()} == {
        text_of(name): said for name, _, said in objects[:-2]
    }


def test_what_is_walked_holds_power_and_neither_networks_nor_users() -> None:
    walked, never = subtrees_of(profiles().values()), left_out()
    names = ["1.3.6.1.2.1.33.1.4.4.1.4.1", "1.3.6.1.2.1.99.1.1.1.4.7", "1.3.6.1.4.1.318.1.1.26.1"]
    for name in names:
        assert oid(name).startswith(tuple(walked))
        assert not oid(name).startswith(tuple(never))
    for name in ("1.3.6.1.2.1.2.2", "1.3.6.1.2.1.4.20", "1.3.6.1.6.3.18.1", "1.3.6.1.2.1.17.4"):
        assert not oid(name).startswith(tuple(walked)) or oid(name).startswith(tuple(never))
    assert oid("1.3.6.1.2.1.47.1.2.1.1.4.1").startswith(tuple(never)), "entLogicalCommunity"
    assert walked == sorted(walked, key=arcs_of)
