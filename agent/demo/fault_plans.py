"""A plan in which each trouble comes to some devices of a site, drawn from a seed."""

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta

from agent.demo.faults import ClockStep, Fault, Faults, Trouble
from agent.demo.site import Site
from agent.model import HOUR, MINUTE, Zeroed

LOSS = 0.1
QUIET = 0.15
"""Share of the time at its beginning, and at its end, in which nothing goes wrong."""

LONGEST_SHARE = 0.3
"""No trouble lasts for a longer share of the time."""

LENGTHS = {
    Trouble.DEAD: HOUR,
    Trouble.RESTART: MINUTE * 1.5,
    Trouble.REPLACED: MINUTE * 8,
    Trouble.RESET: timedelta(0),
    Trouble.ROLLOVER: timedelta(0),
    Trouble.HIGH: MINUTE,
    Trouble.LOW: MINUTE,
    Trouble.STUCK: MINUTE * 40,
    Trouble.STALE: MINUTE * 40,
}
"""How long each lasts; an absurd value as long as there is one poll in it."""

SERVERS_TROUBLES = (Trouble.DEAD, Trouble.DEAD, Trouble.RESTART, Trouble.RESTART)
STEPS = ((0.2, MINUTE * 12), (0.6, MINUTE * -4))
"""After which share of the time the host's clock is put how far forward, or back."""

LARGEST_STEP = 0.4
"""No clock is wrong by a larger share of the time."""

STEPPED = MINUTE * 15
LATE = MINUTE * 7
"""By how much the clock lags of a device that counts a day."""


def plan_of(site: Site, *, length: timedelta, start: float = 0.0, zeroed: bool = False) -> Faults:
    """Return a plan for the time that begins at `start`, the same for the same site.

    With `zeroed` it has families whose registers go back to zero by themselves, which is for who
    knows so beforehand: the profiles of the simulated agents know no such family.
    """
    planner = _Planner(start, length, random.Random(f"faults {site.seed}"))
    names = [pdu.name for pdu in site.pdus]
    planner.dice.shuffle(names)
    pairs = zip(names[::2], names[1::2], strict=True)
    faults = [*planner.faults_of(["utility"], [Trouble.RESTART])]
    for trouble, pair in zip(LENGTHS, pairs, strict=False):
        if planner.has_room_for(trouble):
            faults += planner.faults_of(pair, [trouble] * 2)
    servers = planner.dice.sample(site.servers, len(SERVERS_TROUBLES))
    faults += planner.faults_of([server.name for server in servers], SERVERS_TROUBLES)
    forgetful: dict[str, Zeroed] = {}
    lags: dict[str, float] = {}
    if zeroed:
        *restarted, daily = names[2 * len(LENGTHS) :][:4]
        faults += planner.faults_of(restarted, [Trouble.RESTART] * len(restarted))
        forgetful = dict.fromkeys(restarted, Zeroed.RESTART) | {daily: Zeroed.DAILY}
        lags[daily] = LATE.total_seconds()
    return Faults(
        faults=tuple(faults),
        steps=tuple(planner.steps()),
        loss=LOSS,
        zeroed=forgetful,
        lags=lags,
        seed=site.seed,
    )


class _Planner:
    def __init__(self, start: float, length: timedelta, dice: random.Random) -> None:
        self.dice = dice
        self._start = start
        self._length = length.total_seconds()

    def faults_of(self, names: Sequence[str], troubles: Sequence[Trouble]) -> Iterator[Fault]:
        for name, trouble in zip(names, troubles, strict=True):
            begin, longest = self._moment(), LENGTHS[trouble].total_seconds()
            end = begin + min(longest, self._length * LONGEST_SHARE)
            yield Fault(name=name, trouble=trouble, start=begin, end=end)

    def has_room_for(self, trouble: Trouble) -> bool:
        """Tell whether it can last: a register that stands still for less may just be a slow one,
        and what it does not count then nobody can know.
        """
        whole = self._length * LONGEST_SHARE >= LENGTHS[trouble].total_seconds()
        return whole or trouble is not Trouble.STUCK

    def steps(self) -> Iterator[ClockStep]:
        """Yield one forward and one back, apart from each other."""
        most = self._length * LARGEST_STEP
        for share, by in STEPS:
            begin = self._start + self._length * share
            end = begin + min(STEPPED.total_seconds(), self._length * LONGEST_SHARE)
            yield ClockStep(start=begin, end=end, by=min(max(by.total_seconds(), -most), most))

    def _moment(self) -> float:
        """Return a moment at which something may begin."""
        return self._start + self._length * self.dice.uniform(QUIET, 1 - LONGEST_SHARE - QUIET)
