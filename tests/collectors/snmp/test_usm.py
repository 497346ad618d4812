"""The user-based security model: against pysnmp's, the RFC's own examples, and tampering."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413 import cmdrsp, context
from pysnmp.proto import rfc1902
from pysnmp.proto.secmod.eso.priv import aes192, aes256
from pysnmp.proto.secmod.rfc3414.auth import hmacmd5, hmacsha
from pysnmp.proto.secmod.rfc3414.priv import des
from pysnmp.proto.secmod.rfc3826.priv import aes
from pysnmp.proto.secmod.rfc7860.auth import hmacsha2
from pysnmp.smi import instrum

from agent.errors import Unavailable
from collectors.snmp import Snmp
from collectors.snmp.wire import ber, envelope, message, usm
from collectors.snmp.wire.failure import Malformed, Refusal
from collectors.snmp.wire.secure import Report, User, UserSecurity
from collectors.snmp.wire.usm import Digest, Extension, Privacy
from config import Secret
from tests.collectors.snmp import wire
from tests.collectors.snmp.agents import ENGINE, Agent, flipped
from tests.collectors.snmp.conftest import Scripted, Start, Untyped, device

OURS = b"correct horse"
THEIRS = b"battery staple"
AUTHS = {
    Digest.MD5: hmacmd5.HmacMd5(),
    Digest.SHA1: hmacsha.HmacSha(),
    Digest.SHA224: hmacsha2.HmacSha2(hmacsha2.HmacSha2.SHA224_SERVICE_ID),
    Digest.SHA256: hmacsha2.HmacSha2(hmacsha2.HmacSha2.SHA256_SERVICE_ID),
    Digest.SHA384: hmacsha2.HmacSha2(hmacsha2.HmacSha2.SAH384_SERVICE_ID),
    Digest.SHA512: hmacsha2.HmacSha2(hmacsha2.HmacSha2.SHA512_SERVICE_ID),
}
AUTH_IDS = {
    Digest.MD5: config.USM_AUTH_HMAC96_MD5,
    Digest.SHA1: config.USM_AUTH_HMAC96_SHA,
    Digest.SHA224: config.USM_AUTH_HMAC128_SHA224,
    Digest.SHA256: config.USM_AUTH_HMAC192_SHA256,
    Digest.SHA384: config.USM_AUTH_HMAC256_SHA384,
    Digest.SHA512: config.USM_AUTH_HMAC384_SHA512,
}
CIPHERS = [
    (Privacy.DES, Extension.BLUMENTHAL, des.Des()),
    (Privacy.AES128, Extension.BLUMENTHAL, aes.Aes()),
    (Privacy.AES192, Extension.BLUMENTHAL, aes192.AesBlumenthal192()),
    (Privacy.AES256, Extension.BLUMENTHAL, aes256.AesBlumenthal256()),
    (Privacy.AES192, Extension.REEDER, aes192.Aes192()),
    (Privacy.AES256, Extension.REEDER, aes256.Aes256()),
]
POWER = "1.3.6.1.4.1.318.1.1.26.4.3.1.5.1"
NAMES = (ber.oid(POWER),)
TAGGED_ENGINE = rfc1902.OctetString(ENGINE)
GOOD: list[wire.Bind] = [(POWER, 2, b"\x75")]


def test_keys_are_those_of_the_standards_own_examples() -> None:
    """RFC 3414 A.3.1 and A.3.2."""
    engine = bytes(11) + b"\x02"
    for digest, master, local in [
        (Digest.MD5, "9faf3283884e92834ebc9847d8edd963", "526f5eed9fcce26f8964c2930787d82b"),
        (
            Digest.SHA1,
            "9fb5cc0381497b3793528939ff788d5d79145211",
            "6695febc9288e36282235fc7151f128497b38f3f",
        ),
    ]:
        key = usm.master_key(digest, b"maplesyrup")
        assert key.hex() == master
        assert usm.localized(digest, key, engine).hex() == local


@pytest.mark.parametrize("digest", Digest)
def test_keys_and_digests_are_those_of_pysnmp(digest: Digest) -> None:
    theirs: Any = AUTHS[digest]
    local = theirs.localize_key(theirs.hash_passphrase(OURS), TAGGED_ENGINE)
    ours = usm.localized(digest, usm.master_key(digest, OURS), ENGINE)
    assert ours == bytes(local)
    sender = UserSecurity(User(name="carbon", digest=digest, password=OURS))
    sender.adopt(found(ENGINE))
    data = sender.message(message.request(message.GET, NAMES), 0x40000001)
    mac = envelope.envelope_of(data).mac
    blank = data.replace(mac, bytes(len(mac)))
    assert theirs.authenticate_incoming_message(local, rfc1902.OctetString(mac), data) == blank
    assert bytes(theirs.authenticate_outgoing_message(local, blank)) == data


@pytest.mark.parametrize("digest", Digest)
@pytest.mark.parametrize(("privacy", "extension", "service"), CIPHERS)
def test_ciphers_are_those_of_pysnmp(
    digest: Digest, privacy: Privacy, extension: Extension, service: Untyped
) -> None:
    auth = AUTH_IDS[digest]
    key = service.localize_key(auth, service.hash_passphrase(auth, THEIRS), TAGGED_ENGINE)
    ours = usm.scrambler(privacy, usm.privacy_key(digest, THEIRS, ENGINE, privacy, extension))
    text, salt = b"0123456789abcdef" * 3, bytes(range(8))
    sent = ours.encrypt(text, 7, 1000, salt)
    where = (7, 1000, rfc1902.OctetString(salt))
    key = rfc1902.OctetString(key)
    assert bytes(service.decrypt_data(key, where, rfc1902.OctetString(sent)))[:48] == text
    back, salt_back = service.encrypt_data(key, (7, 1000, None), text)
    assert ours.decrypt(bytes(back), 7, 1000, bytes(salt_back))[:48] == text


class Shelf(instrum.AbstractMibInstrumController):  # type: ignore[misc]  # pysnmp has no types
    """The objects of a PDU for pysnmp's own agent."""

    values = {  # noqa: RUF012 a constant of the test
        (1, 3, 6, 1, 2, 1, 1, 2, 0): rfc1902.ObjectIdentifier("1.3.6.1.4.1.318.1.3.4.6"),
        ber.arcs_of(NAMES[0]): rfc1902.Integer32(117),
    }

    def read_variables(self, *varBinds: Untyped, **context: Untyped) -> Untyped:  # noqa: N803 pysnmp's name
        missing = rfc1902.Null("")
        return [(name, self.values.get(tuple(name), missing)) for name, _ in varBinds]

    def read_next_variables(self, *varBinds: Untyped, **context: Untyped) -> Untyped:  # noqa: N803 pysnmp's name
        found = []
        for name, _ in varBinds:
            after = [one for one in sorted(self.values) if one > tuple(name)]
            at = after[0] if after else (1, 3, 6, 1, 7)
            found.append((rfc1902.ObjectName(at), self.values.get(at, rfc1902.Null(""))))
        return found


PYSNMP = {
    (Privacy.DES, Extension.BLUMENTHAL): config.USM_PRIV_CBC56_DES,
    (Privacy.AES128, Extension.BLUMENTHAL): config.USM_PRIV_CFB128_AES,
    (Privacy.AES192, Extension.BLUMENTHAL): config.USM_PRIV_CFB192_AES_BLUMENTHAL,
    (Privacy.AES256, Extension.BLUMENTHAL): config.USM_PRIV_CFB256_AES_BLUMENTHAL,
    (Privacy.AES192, Extension.REEDER): config.USM_PRIV_CFB192_AES,
    (Privacy.AES256, Extension.REEDER): config.USM_PRIV_CFB256_AES,
}
USERS = {
    f"{digest}-{privacy}-{extension}": (digest, privacy, extension)
    for digest in Digest
    for privacy, extension in PYSNMP
}


@pytest.fixture
async def pysnmp_agent() -> AsyncIterator[int]:
    """A pysnmp agent that has a user of every protocol; gives its port."""
    engine = SnmpEngine()
    transport = udp.UdpTransport().open_server_mode(("127.0.0.1", 0))
    config.add_transport(engine, udp.DOMAIN_NAME, transport)
    for name, (digest, privacy, extension) in USERS.items():
        config.add_v3_user(
            engine,
            name,
            AUTH_IDS[digest],
            OURS.decode(),
            PYSNMP[privacy, extension],
            THEIRS.decode(),
        )
        config.add_vacm_user(engine, 3, name, "authPriv", (1, 3, 6))
    place = context.SnmpContext(engine)
    place.unregister_context_name(b"")
    place.register_context_name(b"", Shelf())
    cmdrsp.GetCommandResponder(engine, place)
    cmdrsp.NextCommandResponder(engine, place)
    cmdrsp.BulkCommandResponder(engine, place)
    while transport.transport is None:  # noqa: ASYNC110 pysnmp has no event for it
        await asyncio.sleep(0.01)
    yield int(transport.transport.get_extra_info("sockname")[1])
    engine.close_dispatcher()


async def test_pysnmps_agent_is_read_by_every_protocol(plugin: Snmp, pysnmp_agent: int) -> None:
    powers = {}
    for name, (digest, privacy, extension) in USERS.items():
        one = device(
            plugin,
            pysnmp_agent,
            version="v3",
            user=name,
            auth={"protocol": digest, "password": Secret(OURS.decode())},
            priv={
                "protocol": privacy,
                "password": Secret(THEIRS.decode()),
                "extension": extension,
            },
            read=["total"],
            timeout="5s",
        )
        powers[name] = (await one.collect())[0].power
    assert powers == dict.fromkeys(USERS, 1170.0)


FULL = User(
    name="carbon",
    digest=Digest.SHA256,
    password=OURS,
    privacy=Privacy.AES128,
    privacy_password=THEIRS,
)
SIGNED = User(name="carbon", digest=Digest.SHA256, password=OURS)
PLAIN = User(name="carbon")


def found(engine: bytes, *, boots: int = 7, time: int = 1000) -> Report:
    return Report(
        tag=message.REPORT,
        id=0,
        status=0,
        index=0,
        varbinds=[],
        engine=engine,
        boots=boots,
        time=time,
    )


def reader(user: User) -> UserSecurity:
    """Return one who knows the agent's engine."""
    side = UserSecurity(user, lambda: 5000.0)
    side.adopt(found(ENGINE))
    return side


@pytest.mark.parametrize("user", [FULL, SIGNED, PLAIN])
def test_an_answer_at_the_level_that_was_asked_is_read(user: User) -> None:
    answer = reader(user).open(Agent(user).says(0x40000001, GOOD))
    assert answer.varbinds == [(NAMES[0], 2, 117)]


@pytest.mark.parametrize("user", [FULL, SIGNED])
def test_an_answer_with_any_bit_changed_is_never_read_otherwise(user: User) -> None:
    data = Agent(user).says(0x40000001, GOOD)
    for at in range(len(data)):
        with pytest.raises(Malformed):
            reader(user).open(flipped(data, at))


@pytest.mark.parametrize(("asked", "told"), [(FULL, SIGNED), (FULL, PLAIN), (SIGNED, PLAIN)])
def test_an_answer_below_the_level_that_was_asked_is_dropped(asked: User, told: User) -> None:
    with pytest.raises(Malformed, match="not signed and encrypted as it was asked"):
        reader(asked).open(Agent(told).says(0x40000001, GOOD))


def test_an_unsigned_answer_may_come_without_a_clock() -> None:
    agent, side = Agent(PLAIN), reader(PLAIN)
    agent.set_clock(0, 0)
    assert side.open(agent.says(0x40000001, GOOD)).varbinds == [(NAMES[0], 2, 117)]


def test_an_answer_that_is_encrypted_but_not_signed_is_dropped() -> None:
    data = Agent(FULL).says(0x40000001, GOOD)
    at = data.index(b"\x04\x01\x07")
    with pytest.raises(Malformed, match="encrypted but not signed"):
        reader(FULL).open(data[: at + 2] + b"\x06" + data[at + 3 :])


def test_an_answer_of_another_engine_is_dropped() -> None:
    other = Agent(PLAIN, engine=bytes(9))
    with pytest.raises(Malformed, match="another engine"):
        reader(PLAIN).open(other.says(0x40000001, GOOD))


@pytest.mark.parametrize(("boots", "time"), [(6, 1000), (7, 849)])
def test_an_answer_from_before_the_engines_clock_is_dropped(boots: int, time: int) -> None:
    agent = Agent(SIGNED)
    agent.set_clock(boots, time)
    with pytest.raises(Malformed, match="older than the engine's clock"):
        reader(SIGNED).open(agent.says(0x40000001, GOOD))


def test_a_clock_that_runs_ahead_is_followed() -> None:
    agent, side = Agent(SIGNED), reader(SIGNED)
    agent.set_clock(8, 50_000)
    side.open(agent.says(0x40000001, GOOD))
    assert side.engine is not None
    assert (side.engine.boots, side.engine.time) == (8, 50_000)


def test_only_two_reports_are_believed_without_a_signature() -> None:
    agent, side = Agent(SIGNED), reader(SIGNED)
    for stat in (2, 4):
        assert isinstance(side.open(agent.reports(0x40000001, stat)), Report)
    for stat in (1, 3, 5, 6, 9):
        with pytest.raises(Refusal):
            side.open(agent.reports(0x40000001, stat))


def test_a_signed_report_with_a_wrong_signature_is_dropped() -> None:
    data = Agent(SIGNED).reports(0x40000001, 2, signed=True)
    parts = envelope.envelope_of(data)
    with pytest.raises(Malformed, match="does not verify"):
        reader(SIGNED).open(flipped(data, parts.mac_at))


def options(user: User) -> dict[str, Any]:
    filled: dict[str, Any] = {"version": "v3", "user": user.name, "profile": "apc-rpdu2"}
    if user.digest:
        filled["auth"] = {"protocol": user.digest, "password": Secret(OURS.decode())}
    if user.privacy:
        filled["priv"] = {"protocol": user.privacy, "password": Secret(THEIRS.decode())}
    return filled | {"read": ["total"]}


async def test_a_tampered_answer_is_counted_and_never_a_reading(
    plugin: Snmp, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    agent = Agent(FULL)
    port = await start(Scripted(agent.answering(GOOD, lambda data: flipped(data, -1))))
    with pytest.raises(Unavailable, match="what came has a digest that does not verify"):
        await device(plugin, port, timeout="100ms", **options(FULL)).collect()
    assert plugin.counts.malformed == 2
    assert OURS.decode() not in caplog.text


async def test_an_engine_whose_clock_is_not_known_is_asked_for_it_in_the_same_poll(
    plugin: Snmp, start: Start
) -> None:
    agent = Agent(SIGNED)
    server = Scripted(agent.answering([(POWER, 2, b"\x75")]))
    one = device(plugin, await start(server), **options(SIGNED))
    session = await one._opened()
    assert await session.get(NAMES) == {NAMES[0]: 117}
    assert len(server.requests) == 2
    agent.set_clock(8, 3)
    assert await session.get(NAMES) == {NAMES[0]: 117}
    assert len(server.requests) == 4


async def test_an_agent_that_never_agrees_on_a_clock_is_given_up(
    plugin: Snmp, start: Start
) -> None:
    agent = Agent(SIGNED)

    def script(data: bytes, _: int) -> list[bytes]:
        parts = envelope.envelope_of(data)
        return [agent.reports(parts.id, 2 if parts.engine else 4)]

    one = device(plugin, await start(Scripted(script)), **options(SIGNED))
    with pytest.raises(Unavailable, match="does not agree on its SNMPv3 engine id and clock"):
        await one.collect()


def test_a_user_does_not_print_its_passwords() -> None:
    assert repr(FULL) == "User('carbon')"
