"""Whom a search asks, and how fast: its addresses and its rate."""

import asyncio
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.app.networks import addresses_of
from agent.app.rate import Rate
from agent.errors import ConfigError


async def test_turns_are_evenly_spaced_over_all_who_take_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, waited = [100.0], []

    async def sleep(seconds: float) -> None:
        waited.append(round(seconds, 3))

    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now[0])
    monkeypatch.setattr(asyncio, "sleep", sleep)
    rate = Rate(10)
    for _ in range(3):
        await rate.turn()
    now[0] = 105.0
    await rate.turn()
    await rate.turn()
    assert waited == [0.0, 0.1, 0.2, 0.0, 0.1], "what was not used is not saved up"
    assert rate.taken == 5


@pytest.mark.parametrize(
    ("given", "addresses"),
    [
        (["127.0.0.5"], ["127.0.0.5"]),
        (["127.0.0.0/30"], ["127.0.0.1", "127.0.0.2"]),
        (["127.0.0.0/31"], ["127.0.0.0", "127.0.0.1"]),
        (["127.0.0.9/32"], ["127.0.0.9"]),
        (["127.0.0.3-127.0.0.4", "127.0.0.4", " 127.0.0.3 "], ["127.0.0.3", "127.0.0.4"]),
        (["::1"], ["::1"]),
        (["2001:db8::/126"], ["2001:db8::1", "2001:db8::2", "2001:db8::3"]),
        (["2001:db8::8-2001:db8::9"], ["2001:db8::8", "2001:db8::9"]),
        (["fe80::1%lo"], ["fe80::1%lo"]),
    ],
)
def test_networks_ranges_and_addresses_mean_what_they_say(
    given: list[str], addresses: list[str]
) -> None:
    assert list(addresses_of(given, 4)) == addresses


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        ("10.0.0.0/8", "16,777,215 addresses, more than 4,096: give less$"),
        ("10.0.0.0/19", "8,191 addresses, more than 4,096: give less, or .* --most 8191"),
        ("2001:db8::/64", "more than 4,096"),
        ("::/0", "not the address of one device"),
        ("10.0.7.9/24", r"10.0.7.9 is an address in 10.0.7.0/24, write one of them"),
        ("10.0.7.9/33", "is no network"),
        ("10.0.7.9-10.0.7.3", "from a lower address to a higher one"),
        ("10.0.7.9-::1", "from a lower address to a higher one"),
        ("10.0.7.9-", "is no address"),
        ("pdu-7.example", "is no address: write an address"),
        ("", "is no address"),
        ("224.0.0.1", "not the address of one device"),
        ("0.0.0.0", "not the address of one device"),  # noqa: S104 nobody binds to it
        ("255.255.255.255", "is reserved"),
        ("ff02::1", "not the address of one device"),
        ("fe80::1", "needs its interface"),
        ("fe80::1%lo-fe80::3%lo", "written one by one"),
        ("::ffff:10.0.0.1", "write the IPv4 address itself, 10.0.0.1"),
    ],
)
def test_what_is_no_list_of_devices_is_refused(given: str, cause: str) -> None:
    with pytest.raises(ConfigError, match=cause):
        addresses_of(["127.0.0.1", given], 4096)


@given(first=st.integers(0x0A000000, 0x0AFFFFFF), bits=st.integers(22, 32))
def test_no_address_is_outside_of_its_network(first: int, bits: int) -> None:
    start = first >> (32 - bits) << (32 - bits)
    text = ".".join(str(start >> shift & 255) for shift in (24, 16, 8, 0))
    found = [as_number(one) for one in addresses_of([f"{text}/{bits}"], 1024)]
    assert found == sorted(set(found))
    edges = 1 if bits < 31 else 0
    assert (found[0], found[-1]) == (start + edges, start + 2 ** (32 - bits) - 1 - edges)


def as_number(address: str) -> int:
    return int.from_bytes(socket.inet_aton(address), "big")
