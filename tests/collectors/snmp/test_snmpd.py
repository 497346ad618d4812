"""Against a real net-snmp agent: all versions, levels and protocols, and what goes wrong."""

from pathlib import Path
from typing import Any

import pytest

from agent.errors import Unavailable
from collectors.snmp import Snmp
from collectors.snmp.device import SnmpDevice
from config import Secret
from tests.collectors.snmp.conftest import Snmpd, device, needs_snmpd

pytestmark = needs_snmpd

OPEN = "rocommunity public\n"
ENGINE = "exactEngineID 0x80001f8801020304{:02x}\n"
SPOKEN = "correct horse"
PRIVATE = "battery staple"
PROTOCOLS = [
    ("MD5", None),
    ("SHA", None),
    ("MD5", "DES"),
    ("SHA", "DES"),
    ("SHA", "AES"),
    ("SHA-224", "AES"),
    ("SHA-256", "AES"),
    ("SHA-384", "AES"),
    ("SHA-512", "AES"),
    ("SHA-256", "AES-192"),
    ("SHA-256", "AES-256"),
    ("SHA", "AES-192"),
    ("SHA", "AES-256"),
    ("MD5", "AES-256"),
    ("SHA-512", "AES-256"),
    ("SHA", "AES-192-C"),
    ("SHA", "AES-256-C"),
    ("MD5", "AES-256-C"),
]
DIGESTS = {"SHA": "sha1"}
CIPHERS = {"DES": "des", "AES": "aes128", "AES-192": "aes192", "AES-256": "aes256"}


def user(auth: str | None, priv: str | None, name: str = "carbon") -> str:
    """Return the lines that give snmpd a user."""
    line = f"createUser {name}"
    line += f' {auth} "{SPOKEN}"' if auth else ""
    line += f' {priv} "{PRIVATE}"' if priv else ""
    level = "authPriv" if priv else "authNoPriv" if auth else "noAuthNoPriv"
    return f"{line}\nrouser {name} {level}\n"


def v3(auth: str | None = "SHA", priv: str | None = "AES", **other: object) -> dict[str, Any]:
    options: dict[str, Any] = {"version": "v3", "user": "carbon"}
    if auth:
        protocol = DIGESTS.get(auth, auth.lower().replace("-", ""))
        options["auth"] = {"protocol": protocol, "password": Secret(SPOKEN)}
    if priv:
        kind = priv.removesuffix("-C")
        options["priv"] = {"protocol": CIPHERS[kind], "password": Secret(PRIVATE)}
        if priv.endswith("-C"):
            options["priv"]["extension"] = "reeder"
    return options | other


async def total(one: SnmpDevice) -> tuple[float | None, int | None]:
    (reading,) = await one.collect()
    return reading.power, reading.energy


GOOD = (1170.0, 706 * 360_000)


@pytest.mark.parametrize("version", ["v1", "v2c"])
async def test_snmpd_is_read_with_a_community(plugin: Snmp, snmpd: Snmpd, version: str) -> None:
    snmpd.start(OPEN)
    one = device(plugin, snmpd.port, version=version)
    assert await total(one) == GOOD
    assert await total(one) == GOOD


async def test_snmpd_is_read_by_every_v3_protocol(plugin: Snmp, snmpd: Snmpd) -> None:
    users = [(f"u{number}", *pair) for number, pair in enumerate(PROTOCOLS)]
    lines = "".join(user(auth, priv, name) for name, auth, priv in users)
    snmpd.start(ENGINE.format(1) + lines)
    read = {}
    for name, auth, priv in users:
        options = v3(auth, priv) | {"user": name}
        read[auth, priv] = await total(device(plugin, snmpd.port, **options))
    assert read == dict.fromkeys(PROTOCOLS, GOOD)


async def test_snmpd_is_read_without_a_password(plugin: Snmp, snmpd: Snmpd) -> None:
    snmpd.start(user(None, None))
    assert await total(device(plugin, snmpd.port, **v3(None, None))) == GOOD


async def test_a_context_is_asked_for(plugin: Snmp, snmpd: Snmpd) -> None:
    snmpd.start(user("SHA", "AES"))
    with pytest.raises(Unavailable):
        await device(plugin, snmpd.port, timeout="100ms", **v3(context="elsewhere")).collect()
    assert await total(device(plugin, snmpd.port, **v3())) == GOOD


async def test_an_agent_that_restarts_is_read_in_the_same_poll(plugin: Snmp, snmpd: Snmpd) -> None:
    lines = ENGINE.format(1) + user("SHA-512", "AES-256")
    snmpd.start(lines)
    one = device(plugin, snmpd.port, **v3("SHA-512", "AES-256"))
    assert await total(one) == GOOD
    snmpd.stop()
    snmpd.start(lines)
    assert await total(one) == GOOD


async def test_a_card_that_is_swapped_is_discovered_again_in_the_same_poll(
    plugin: Snmp, snmpd: Snmpd
) -> None:
    snmpd.start(ENGINE.format(1) + user("SHA", "AES"))
    one = device(plugin, snmpd.port, **v3())
    assert await total(one) == GOOD
    snmpd.stop()
    snmpd.start(ENGINE.format(2) + user("SHA", "AES"))
    assert await total(one) == GOOD


REFUSALS = [
    (v3(user="nobody"), "rack-1: it does not know the user 'nobody'"),
    (
        v3(auth="SHA-256"),
        "rack-1: the authentication password or protocol of user 'carbon' is wrong",
    ),
    (v3(priv=None), "rack-1: it answers authorizationError"),
    (
        v3(priv="AES-256"),
        "rack-1: no answer within 1 s (wrong address, privacy password, protocol or key extension, "
        "or a firewall)",
    ),
]


@pytest.mark.parametrize(("options", "message"), REFUSALS)
async def test_a_refusal_of_v3_says_what_is_wrong(
    plugin: Snmp, snmpd: Snmpd, options: dict[str, Any], message: str
) -> None:
    snmpd.start(user("SHA", "AES"))
    with pytest.raises(Unavailable) as refused:
        await device(plugin, snmpd.port, timeout="500ms", **options).collect()
    assert str(refused.value) == message


async def test_a_level_that_the_user_does_not_have_is_named(plugin: Snmp, snmpd: Snmpd) -> None:
    snmpd.start(user("SHA", None))
    with pytest.raises(Unavailable, match="does not allow user 'carbon' this security level"):
        await device(plugin, snmpd.port, timeout="500ms", **v3()).collect()


async def test_a_wrong_password_is_named_and_never_shown(plugin: Snmp, snmpd: Snmpd) -> None:
    snmpd.start(user("SHA", None))
    options = v3("SHA", None)
    options["auth"]["password"] = Secret("incorrect horse")
    with pytest.raises(Unavailable) as refused:
        await device(plugin, snmpd.port, timeout="500ms", **options).collect()
    assert "the authentication password or protocol of user 'carbon' is wrong" in str(refused.value)
    assert "incorrect" not in repr(refused.value) + repr(refused.value.__cause__)


async def test_a_wrong_community_looks_silent_and_says_that_it_may_be_that(
    plugin: Snmp, snmpd: Snmpd
) -> None:
    snmpd.start(OPEN)
    with pytest.raises(Unavailable) as silent:
        await device(plugin, snmpd.port, timeout="500ms", community=Secret("private")).collect()
    assert str(silent.value) == (
        "rack-1: no answer within 1 s (wrong community, address or a firewall)"
    )


@pytest.mark.parametrize("options", [{}, v3("SHA-256", "AES")])
async def test_a_device_is_read_then_fails_then_is_read_again(
    plugin: Snmp, snmpd: Snmpd, options: dict[str, Any]
) -> None:
    lines = OPEN + user("SHA-256", "AES")
    snmpd.start(lines)
    one = device(plugin, snmpd.port, timeout="500ms", **options)
    assert await total(one) == GOOD
    snmpd.stop()
    with pytest.raises(Unavailable, match="no answer within 1 s"):
        await one.collect()
    with pytest.raises(Unavailable, match=r"no answer within 0\.5 s"):
        await one.collect()
    snmpd.start(lines)
    assert await total(one) == GOOD


async def test_another_device_behind_the_address_is_noticed_at_once(
    plugin: Snmp, snmpd: Snmpd, tmp_path: Path
) -> None:
    snmpd.start(OPEN)
    one = device(plugin, snmpd.port)
    assert await total(one) == GOOD
    snmpd.stop()
    base = "override .1.3.6.1.4.1.13742.6."
    snmpd.start(
        OPEN
        + "sysobjectid .1.3.6.1.4.1.13742.6\n"
        + f"{base}5.2.3.1.4.1.1.5 uinteger 1665\n{base}3.3.4.1.7.1.1.5 uinteger 1\n"
    )
    total_now, inlet = await one.collect()
    assert (total_now.power, total_now.energy) == (166.5, None)
    assert (inlet.meter, inlet.power) == ("rack-1/inlet/1", 166.5)
