"""Agents that misbehave: what is dropped, what is said, and that the others go on."""

import asyncio
import os
import socket
from collections.abc import Callable, Sequence

import pytest
import uvloop

from agent.clock import Clock
from agent.errors import Unavailable
from collectors.snmp import Snmp
from collectors.snmp.address import target_of
from collectors.snmp.wire import ber, session, transport
from collectors.snmp.wire.failure import Looping, Refused, Silent
from collectors.snmp.wire.session import Session
from tests.collectors.snmp import wire
from tests.collectors.snmp.conftest import Address, Agent, Script, Scripted, Start, device, settings
from tests.collectors.snmp.wire import Asked

COLUMN = "1.3.6.1.4.1.318.1.1.26.4.3.1.5"
ROWS = [f"{COLUMN}.{number}" for number in range(1, 60)]
Make = Callable[[Asked], Sequence[bytes]]
One = Callable[[Asked], bytes]
NAMES = tuple(ber.oid(row) for row in ROWS[:40])
ONE = NAMES[:1]


def right(asked: Asked, **options: int) -> bytes:
    """Return the value 117 for whatever was asked."""
    return wire.answer(asked.id, [(name, 2, b"\x75") for name in asked.names], **options)


def fixed(make: Make) -> Script:
    return lambda data, _: make(Asked(data))


async def opened(plugin: Snmp, port: int, **options: object) -> Session:
    made = await device(plugin, port, **options)._opened()
    made.tries = 2
    return made


async def read(plugin: Snmp, port: int, **options: object) -> dict[bytes, ber.Value]:
    return await (await opened(plugin, port, **options)).get(ONE)


async def test_a_silent_device_is_unavailable_and_says_what_it_may_be(
    plugin: Snmp, start: Start
) -> None:
    server = Scripted(lambda *_: [])
    with pytest.raises(Unavailable) as silent:
        await device(plugin, await start(server), timeout="100ms", tries=3).collect()
    assert str(silent.value) == (
        "rack-1: no answer within 0.3 s (wrong community, address or a firewall)"
    )
    assert len({Asked(data).id for data in server.requests}) == 3


@pytest.mark.parametrize(
    ("before", "count"),
    [
        (lambda _: os.urandom(40), "malformed"),
        (lambda _: b"\x30", "malformed"),
        (lambda asked: right(asked)[:-3], "malformed"),
        (lambda asked: right(asked) + b"junk", "malformed"),
        (lambda asked: wire.answer(asked.id, [(ROWS[50], 2, b"\x01")]), "malformed"),
        (lambda asked: wire.answer(asked.id, []), "malformed"),
        (lambda asked: right(asked, tag=0xA8), "malformed"),
        (lambda asked: wire.answer(asked.id - 1, [(ROWS[0], 2, b"\x01")]), "late"),
    ],
)
async def test_a_bad_datagram_is_counted_and_the_right_answer_after_it_is_read(
    plugin: Snmp, start: Start, before: One, count: str
) -> None:
    port = await start(Scripted(fixed(lambda asked: [before(asked), right(asked)])))
    assert await read(plugin, port) == {NAMES[0]: 117}
    assert getattr(plugin.counts, count) == 1
    assert plugin.counts.answered == 1


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda asked: right(asked)[:-3], "is truncated"),
        (lambda asked: right(asked) + b"junk", "is oversized: 4 octets after its end"),
        (lambda _: b"HTTP/1.1 400 Bad Request", "has tag 0x48 where 0x30 must be"),
        (
            lambda asked: wire.answer(asked.id, [("1.3.6.1.2.1.1.1.0", 2, b"\x01")]),
            "answers other OIDs than asked: 1.3.6.1.2.1.1.1.0",
        ),
    ],
)
async def test_what_came_in_place_of_an_answer_is_said(
    plugin: Snmp, start: Start, answer: One, why: str
) -> None:
    port = await start(Scripted(fixed(lambda asked: [answer(asked)])))
    with pytest.raises(Unavailable) as bad:
        await device(plugin, port, timeout="100ms").collect()
    assert str(bad.value) == (
        f"rack-1: no usable answer within 0.2 s: what came {why} "
        "(another device at its address, its firmware, or the way there)"
    )


async def test_a_huge_value_is_read_and_is_no_number(plugin: Snmp, start: Start) -> None:
    def script(asked: Asked) -> list[bytes]:
        return [wire.answer(asked.id, [(ROWS[0], 4, b"x" * 60_000)])]

    assert await read(plugin, await start(Scripted(fixed(script)))) == {NAMES[0]: b"x" * 60_000}


async def test_an_answer_to_the_first_try_counts_in_the_second(plugin: Snmp, start: Start) -> None:
    first: list[Asked] = []

    def script(data: bytes, turn: int) -> Sequence[bytes]:
        first.append(Asked(data))
        return [] if turn == 1 else [right(first[0])]

    assert await read(plugin, await start(Scripted(script)), timeout="100ms") == {NAMES[0]: 117}


async def test_an_answer_that_comes_twice_counts_once(plugin: Snmp, start: Start) -> None:
    made = await opened(plugin, await start(Scripted(fixed(lambda asked: [right(asked)] * 2))))
    for _ in range(2):
        assert await made.get(ONE) == {NAMES[0]: 117}
    assert plugin.counts.answered == 2
    assert plugin.counts.late >= 1


@pytest.mark.parametrize("any_source", [False, True])
async def test_an_answer_from_another_port_counts_only_where_it_is_allowed(
    plugin: Snmp, start: Start, *, any_source: bool
) -> None:
    class Elsewhere(Scripted):
        def datagram_received(self, data: bytes, address: Address) -> None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                other.sendto(right(Asked(data)), address)

    port = await start(Elsewhere(lambda *_: []))
    if any_source:
        assert await read(plugin, port, any_source=True) == {NAMES[0]: 117}
    else:
        with pytest.raises(
            Silent, match=r"what came was sent from 127\.0\.0\.1 port \d+ \(any_source"
        ):
            await read(plugin, port, timeout="200ms")
        assert plugin.counts.foreign == 2


async def test_a_closed_port_is_silent_and_the_others_go_on(plugin: Snmp, start: Start) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        closed = free.getsockname()[1]
    port = await start(Scripted(fixed(lambda asked: [right(asked)])))
    for _ in range(transport.SOCKETS + 1):
        with pytest.raises(Silent):
            await read(plugin, closed, timeout="50ms")
        assert await read(plugin, port) == {NAMES[0]: 117}


async def test_a_device_that_cannot_be_sent_to_says_why(plugin: Snmp) -> None:
    one = device(plugin, 161, address="255.255.255.255", timeout="50ms")
    with pytest.raises(Unavailable, match="rack-1: cannot be asked: Permission denied"):
        await one.collect()
    assert plugin.counts.unsent == 2


async def test_a_name_that_nobody_knows_is_said(
    plugin: Snmp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    with pytest.raises(
        Unavailable, match="rack-1: the address 'pdu' is not known: Name or service not known"
    ):
        await device(plugin, 161, address="pdu").collect()


async def test_too_big_halves_the_request_and_is_remembered(plugin: Snmp, start: Start) -> None:
    def script(asked: Asked) -> list[bytes]:
        if len(asked.names) > 12:
            return [wire.answer(asked.id, [], status=1)]
        return [right(asked)]

    server = Scripted(fixed(script))
    made = await opened(plugin, await start(server))
    for _ in range(2):
        assert await made.get(NAMES) == dict.fromkeys(NAMES, 117)
    sizes = [len(Asked(data).names) for data in server.requests]
    assert sizes == [40, 20, 10, 10, 10, 10, 10, 10, 10, 10]


async def test_a_value_that_alone_is_too_big_is_missing(plugin: Snmp, start: Start) -> None:
    server = Scripted(fixed(lambda asked: [wire.answer(asked.id, [], status=1)]))
    assert await (await opened(plugin, await start(server))).get(NAMES[:4]) == {}


@pytest.mark.parametrize(("status", "remembered"), [(2, True), (5, False)])
async def test_an_oid_that_an_error_points_to_is_left_out(
    plugin: Snmp, start: Start, status: int, *, remembered: bool
) -> None:
    def script(asked: Asked) -> list[bytes]:
        for index, name in enumerate(asked.names, start=1):
            if name in (ROWS[1], ROWS[3]):
                binds = [(one, 5, b"") for one in asked.names]
                return [wire.answer(asked.id, binds, status=status, index=index, version=0)]
        return [right(asked, version=0)]

    server = Scripted(fixed(script))
    made = await opened(plugin, await start(server), version="v1")
    for _ in range(2):
        assert await made.get(NAMES[:5]) == dict.fromkeys((NAMES[0], NAMES[2], NAMES[4]), 117)
    assert len(server.requests) == (4 if remembered else 6)


async def test_what_a_device_could_not_do_is_tried_again_after_a_day(
    plugin: Snmp, start: Start
) -> None:
    clock = [0.0]
    server = Scripted(fixed(lambda asked: [wire.answer(asked.id, [], status=1)]))
    one = device(plugin, await start(server))
    made = Session(
        plugin._transport,
        await target_of(settings(one._settings.port)),
        (await one._opened())._security,
        monotonic=lambda: clock[0],
    )
    await made.get(NAMES[:2])
    assert made.batch == 1
    clock[0] = 90_000.0
    await made.get(NAMES[:2])
    assert [len(Asked(data).names) for data in server.requests] == [2, 1, 1, 2, 1, 1]


async def test_another_error_status_is_named(plugin: Snmp, start: Start) -> None:
    port = await start(Scripted(fixed(lambda asked: [right(asked, status=16)])))
    with pytest.raises(Refused, match="it answers authorizationError"):
        await read(plugin, port)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([ROWS[0], ROWS[1], ROWS[0]], f"its table loops at {ROWS[0]}"),
        ([ROWS[4], ROWS[2]], f"its table goes back at {ROWS[2]}"),
    ],
)
async def test_a_walk_that_does_not_advance_ends(
    plugin: Snmp, start: Start, rows: list[str], why: str
) -> None:
    def script(data: bytes, turn: int) -> list[bytes]:
        return [wire.answer(Asked(data).id, [(rows[turn - 1], 2, b"\x01")])]

    made = await opened(plugin, await start(Scripted(script)))
    with pytest.raises(Looping, match=why):
        await made.walk([ber.oid(COLUMN)])


async def test_a_walk_without_end_ends(
    plugin: Snmp, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "LONGEST_WALK", 100)

    def script(data: bytes, turn: int) -> list[bytes]:
        names = [f"{COLUMN}.{turn * 40 + number}" for number in range(40)]
        return [wire.answer(Asked(data).id, [(name, 2, b"\x01") for name in names])]

    made = await opened(plugin, await start(Scripted(script)))
    with pytest.raises(Looping, match="its table has no end after 120 values"):
        await made.walk([ber.oid(COLUMN)])


async def test_a_walk_that_is_too_big_asks_for_fewer_rows(plugin: Snmp, start: Start) -> None:
    def script(asked: Asked) -> list[bytes]:
        if asked.repetitions > 10:
            return [wire.answer(asked.id, [], status=1)]
        after = ROWS.index(asked.names[0]) + 1 if asked.names[0] in ROWS else 0
        rows = [(name, 2, b"\x01") for name in ROWS[after : after + asked.repetitions]]
        if len(rows) < asked.repetitions:
            rows.append(("1.3.6.1.4.2", 0x82, b""))
        return [wire.answer(asked.id, rows)]

    made = await opened(plugin, await start(Scripted(fixed(script))))
    assert len(await made.walk([ber.oid(COLUMN)])) == len(ROWS)
    assert made.batch == 10


async def test_a_walk_that_answers_a_broken_oid_is_dropped(plugin: Snmp, start: Start) -> None:
    def script(asked: Asked) -> list[bytes]:
        whole = wire.answer(asked.id, [(ROWS[0], 2, b"\x01")])
        return [whole.replace(wire.oid(ROWS[0]), wire.oid(ROWS[0])[:-1] + b"\x81")]

    made = await opened(plugin, await start(Scripted(fixed(script))), timeout="50ms")
    with pytest.raises(Silent, match="what came has a broken object identifier"):
        await made.walk([ber.oid(COLUMN)])


async def test_an_empty_answer_ends_a_walk(plugin: Snmp, start: Start) -> None:
    port = await start(Scripted(fixed(lambda asked: [wire.answer(asked.id, [])])))
    assert await (await opened(plugin, port)).walk([ber.oid(COLUMN)]) == {}


async def test_a_device_that_falls_silent_half_way_gives_what_it_gave(
    plugin: Snmp, start: Start
) -> None:
    def script(data: bytes, turn: int) -> Sequence[bytes]:
        return [right(Asked(data))] if turn == 1 else []

    names = tuple(ber.oid(row) for row in ROWS)
    port = await start(Scripted(script))
    made = await opened(plugin, port, timeout="50ms")
    assert await made.get(names) == dict.fromkeys(NAMES, 117)
    made = await opened(plugin, port, timeout="50ms")
    with pytest.raises(Silent):
        await made.get(names, whole=True)


async def test_a_cancelled_poll_leaves_nothing_behind(plugin: Snmp, start: Start) -> None:
    server = Scripted(lambda *_: [])
    port = await start(server)
    task = asyncio.create_task(read(plugin, port, timeout="20s"))
    await server.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not plugin._transport._waits
    assert not plugin._transport._asked


async def test_more_devices_than_the_buffers_hold_are_all_read_beside_dead_ones(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "CHARGE", 1 << 22)
    plugin = Snmp(Clock())
    port = await start(Scripted(fixed(lambda asked: [right(asked)])))
    dead = await start(Scripted(lambda *_: []))
    made = [
        await opened(plugin, dead, timeout="100ms")
        if number % 10 == 0
        else await opened(plugin, port)
        for number in range(60)
    ]
    found = await asyncio.gather(*(one.get(ONE) for one in made), return_exceptions=True)
    windows = [one.window for one in plugin._transport._ports[socket.AF_INET]]
    await plugin.close()
    assert max(windows) <= 4
    assert [isinstance(one, Silent) for one in found] == [n % 10 == 0 for n in range(60)]


async def test_the_window_follows_from_the_buffer_that_was_granted(
    plugin: Snmp, start: Start
) -> None:
    await read(plugin, await start(Scripted(fixed(lambda asked: [right(asked)]))))
    ports = plugin._transport._ports[socket.AF_INET]
    assert len(ports) == 4
    for port in ports:
        granted = port.socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        assert port.window == granted // 2560


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as one:
            one.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="loopback has no IPv6")
async def test_a_device_is_read_over_ipv6(plugin: Snmp) -> None:
    server, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Scripted(fixed(lambda asked: [right(asked)])), local_addr=("::1", 0)
    )
    port = server.get_extra_info("sockname")[1]
    assert await read(plugin, port, address="::1") == {NAMES[0]: 117}
    server.close()


def test_the_transport_runs_on_uvloop_as_on_asyncio() -> None:
    async def poll() -> dict[bytes, ber.Value]:
        plugin = Snmp(Clock())
        server: Agent
        server, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Scripted(fixed(lambda asked: [right(asked)])), local_addr=("127.0.0.1", 0)
        )
        port = server.get_extra_info("sockname")[1]
        found = await read(plugin, port)
        with pytest.raises(Silent):
            await read(plugin, port, any_source=True, address="127.0.0.2", timeout="20ms")
        server.close()
        await plugin.close()
        return found

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(poll()) == {NAMES[0]: 117}
