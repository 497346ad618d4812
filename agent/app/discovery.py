"""Looks for devices at addresses that were given, and nowhere else."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Protocol

from agent.app.rate import Rate
from collectors.ipmi.finding import BmcFinding, FoundBmc
from collectors.redfish.finding import FoundService, ServiceFinding
from collectors.snmp.finding import AgentFinding, FoundAgent
from config import Secret
from config.profiles import Profile, profiles

SNMP, IPMI, REDFISH = KINDS = ("snmp", "ipmi", "redfish")


class Finding(Protocol):
    """Asks one address at a time whether a device of its kind is there."""

    @property
    def packets(self) -> int:
        """How many packets or connections a silent address gets."""

    async def at(self, address: str) -> FoundAgent | FoundBmc | FoundService | None:
        """Return what is at a numeric address."""

    async def close(self) -> None:
        """Close its sockets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A device that has answered."""

    address: str
    kind: str
    """Which collector reads it: its `type:` in the settings."""

    port: int | None
    """Where it is another than the usual one."""

    about: str
    """What it says of itself, in a line."""

    note: str = ""
    """Why it cannot be read as it is, and the way out."""

    version: str = ""
    """Of the protocol."""

    community: int | None = None
    """Which of the given SNMP communities was right."""

    name: str = ""
    """What it calls itself on the network."""

    profile: Profile | None = None
    """What reads it, of a device that is read by a profile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What to look for, and how politely."""

    addresses: Sequence[str]
    ports: Mapping[str, int]
    """By kind, in the order in which an address is asked for them."""

    communities: Sequence[Secret]
    rate: float
    """Packets and connections per second over all."""

    at_once: int
    """How many addresses are asked at the same time."""

    timeout: float
    """Seconds for each try."""


USUAL = {SNMP: 161, IPMI: 623, REDFISH: 443}
# TCP, TLS and an answer take several round trips, and slow processors.
_PATIENCE = 5


class Discovery:
    """One search. `asked` counts the addresses that are done, `found` grows while it runs."""

    def __init__(self, search: Search) -> None:
        """Raises ConfigError for a bad profile."""
        self.search = search
        self.asked = 0
        self.rate = Rate(search.rate)
        self._found: dict[str, list[Found]] = {}
        self._findings = {kind: self._finding(kind, port) for kind, port in search.ports.items()}

    @property
    def found(self) -> list[Found]:
        """What was found so far, in the order of the addresses."""
        return [one for address in self.search.addresses for one in self._found.get(address, ())]

    @property
    def seconds(self) -> float:
        """How long it takes at most, where nobody answers; who does takes a little longer."""
        packets = sum(one.packets for one in self._findings.values())
        count = len(self.search.addresses)
        rounds = -(-count // self.search.at_once)
        patience = sum(
            one.packets * self.search.timeout * (_PATIENCE if kind == REDFISH else 1)
            for kind, one in self._findings.items()
        )
        return max(count * packets / self.rate.per_second, rounds * patience)

    async def run(self, ending: asyncio.Event, seen: Callable[[], None]) -> None:
        """Ask all addresses, or until `ending` is set; `seen` is called after each of them."""
        async with AsyncExitStack() as stack:
            for finding in self._findings.values():
                stack.push_async_callback(finding.close)
            left = iter(self.search.addresses)
            async with asyncio.TaskGroup() as group:
                count = min(self.search.at_once, len(self.search.addresses))
                asking = [
                    group.create_task(self._ask(left, seen), name=f"ask-{number}")
                    for number in range(count)
                ]
                end = group.create_task(_cancel(ending, asking), name="end")
                await asyncio.wait(asking)
                end.cancel()

    async def _ask(self, left: Iterator[str], seen: Callable[[], None]) -> None:
        """Take one address after the other; of one address, one protocol after the other."""
        for address in left:
            for kind, finding in self._findings.items():
                what = await finding.at(address)
                if what is not None:
                    here = self._found.setdefault(address, [])
                    here.append(self._named(address, kind, what))
            self.asked += 1
            seen()

    def _named(self, address: str, kind: str, what: object) -> Found:
        port = self.search.ports[kind]
        own = None if port == USUAL[kind] else port
        return Found(address=address, kind=kind, port=own, **_facts(what))

    def _finding(self, kind: str, port: int) -> Finding:
        search, turn = self.search, self.rate.turn
        if kind == SNMP:
            return AgentFinding(
                search.communities, profiles(), turn, port=port, timeout=search.timeout
            )
        if kind == IPMI:
            return BmcFinding(turn, port=port, timeout=search.timeout)
        return ServiceFinding(turn, port=port, timeout=search.timeout * _PATIENCE)


async def _cancel(ending: asyncio.Event, tasks: Iterable["asyncio.Task[None]"]) -> None:
    await ending.wait()
    for task in tasks:
        task.cancel()


def _facts(what: object) -> dict[str, Any]:
    """Return what is known of a device, in the same words for all kinds."""
    match what:
        case FoundAgent():
            return {
                "about": what.description,
                "note": what.note,
                "version": what.version,
                "community": what.community,
                "name": what.name,
                "profile": what.profile,
            }
        case FoundBmc():
            old = what.version != "2.0"
            note = "it speaks only IPMI 1.5, and is read by 2.0: update its firmware" if old else ""
            return {"about": f"BMC, IPMI {what.version}", "note": note, "version": what.version}
        case FoundService():
            about = " ".join(filter(None, (what.product, "Redfish", what.version)))
            return {"about": about, "version": what.version}
        case _:
            raise TypeError(f"nothing finds {what!r}")
