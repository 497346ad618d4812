"""Random sites whose true flows are known: meters in any place, and what flows through each."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import strategies as st

from agent.accounting.metering.tree import Tree
from agent.model import HourEnergy, Meter, MeterId, Role
from agent.units import Joules
from tests.accounting.places import HOUR_9, meter, planted

BEHIND = (Role.UTILITY, Role.UPS_OUTPUT, Role.FEED, Role.RACK, Role.DEVICE)
"""Roles from the grid on; a meter stands behind meters of its own role or of those before it."""

MOST = 10**9


@dataclass(frozen=True, slots=True)
class Flows:
    """The meters of a site, and the joules that truly flow through each in an hour."""

    meters: list[Meter]
    truth: Mapping[str, int]
    """By the ids of totals, and of the parts that are read."""

    used: Mapping[str, int] = field(default_factory=dict)
    """What is used or lost right behind a meter."""

    def tree(self, **site: object) -> Tree:
        """The tree of the site."""
        return planted(*self.meters, parts=" ".join(self.truth), **site)

    def hours(self, measured: Mapping[str, int] | None = None) -> dict[MeterId, HourEnergy]:
        """What the meters say: the truth, or what is measured."""
        tree, hours = self.tree(), {}
        for name, energy in (measured or self.truth).items():
            found = tree.meter(MeterId(name))
            assert found is not None
            hours[found.id] = HourEnergy(
                meter=found, hour=HOUR_9, energy=Joules(energy), measured=3600.0, interpolated=0.0
            )
        return hours


@st.composite
def sites(draw: st.DrawFn, *, lossless: bool = False) -> Flows:
    """A site of one or two supplies and a dozen meters behind them, some of them on two feeds.

    Some outlets of the racks and some inputs of the UPSs are read. Without losses, only what no
    meter stands behind uses anything.
    """
    grids = draw(st.integers(1, 2))
    roles = [Role.UTILITY] * grids + sorted(
        draw(st.lists(st.sampled_from(BEHIND), min_size=1, max_size=12)), key=BEHIND.index
    )
    meters: list[Meter] = []
    for number, role in enumerate(roles):
        one = meter(
            f"m{number}",
            role,
            _feeds(draw, meters, role) if number >= grids else "",
            accuracy=draw(st.sampled_from([None, 0.005, 0.01, 0.1])),
            tenant=draw(st.sampled_from(["", "acme", "zeta"])),
        )
        meters.append(one)
    return _flowing(draw, meters, lossless=lossless)


def _feeds(draw: st.DrawFn, meters: list[Meter], role: Role) -> str:
    """One feed, or two of one role that is not the meter's own.

    A meter that is behind another of its role on one feed only cannot be counted once: how much of
    it that one has seen is not known.
    """
    first = draw(st.sampled_from(meters))
    others = [one for one in meters if one.role is first.role]
    second = draw(st.sampled_from(others)) if first.role is not role else first
    number = len(meters)
    names = [f"{one.id}/outlet/{number}" if _is_pdu(one) else one.id for one in (first, second)]
    return " ".join(dict.fromkeys(names))


def _is_pdu(one: Meter) -> bool:
    return one.role is Role.RACK


def _flowing(draw: st.DrawFn, meters: list[Meter], *, lossless: bool) -> Flows:
    """From the last meter up: what is used behind each, and what those behind it draw over it."""
    feeding = {name.partition("/")[0] for one in meters for name in one.upstream}
    used: dict[str, int] = {}
    truth = {one.device: 0 for one in meters}

    def use(name: str, *, last: bool) -> int:
        used[name] = draw(st.integers(0, MOST), label=f"used at {name}") if last else 0
        return used[name]

    for one in reversed(meters):
        truth[one.device] += use(one.device, last=not lossless or one.device not in feeding)
        left = truth[one.device]
        if one.role is Role.UPS_OUTPUT and draw(st.booleans(), label=f"input of {one.device}"):
            left += use(f"{one.device}/input", last=not lossless)
            truth[f"{one.device}/input"] = left
        for count, name in enumerate(one.upstream, start=1):
            share = left if count == len(one.upstream) else draw(st.integers(0, left))
            left -= share
            if "/" in name and draw(st.booleans(), label=f"{name} is read"):
                share += use(name, last=not lossless)
                truth[name] = share
            truth[name.partition("/")[0]] += share
    return Flows(meters, truth, used)
