"""What the machine is made of, and what of it makes the total."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from agent.units import Watts
from collectors.host.counting import MOST_WATTS, Counter, Sum
from collectors.host.gpus import Gpu, Gpus
from collectors.host.powercap import Domain, Unreadable, Zone, zones_of
from collectors.host.settings import HostSettings

COVERS = 0.98
"""Of the parts' energy psys must show so much to be what contains them."""

PSYS = str(Domain.PSYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was read of the machine at one moment."""

    zones: Sequence[tuple[Zone, int]]
    gpus: Sequence[Gpu]
    problems: Sequence[str]
    """Of what was to be read and could not be, why."""


def sample_of(settings: HostSettings, gpus: Gpus) -> Sample:
    """Read all there is. It blocks."""
    problems: list[str] = []
    zones = list(_counts(settings, problems)) if settings.rapl else []
    found: Sequence[Gpu] = ()
    try:
        if settings.gpus:
            found, lost = gpus.read(wanted=settings.gpus is True)
            problems += lost
    except Unreadable as error:
        problems.append(str(error))
    return Sample(zones=zones, gpus=found, problems=problems)


def _counts(settings: HostSettings, problems: list[str]) -> Iterator[tuple[Zone, int]]:
    try:
        zones = zones_of(settings.powercap)
    except Unreadable as error:
        problems.append(str(error))
        return
    if settings.total == PSYS and not any(one.domain is Domain.PSYS for one in zones):
        problems.append("RAPL has no psys on this machine: leave `total: psys` out")
    for zone in zones:
        try:
            yield zone, zone.read()
        except Unreadable as error:
            problems.append(str(error))


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What the machine uses, as far as it can tell itself."""

    microjoules: int | None
    """Since it began; None where a part has a power only."""

    power: Watts | None
    began: datetime | None


class Parts:
    """The counters of the parts from poll to poll."""

    def __init__(self, rule: str, limit: float | None) -> None:
        """`rule` is auto, psys or parts; `limit` the most that the machine draws, in watts."""
        self._limit = limit
        self._rule = rule
        self._counters: dict[str, Counter] = {}
        self._seen: dict[str, None] = {}
        self._sum = Sum()
        self.modules: Mapping[str, Counter] = {}
        """Those of RAPL that were read last."""

        self.total: Total | None = None
        """None where a part of it is missing."""

        self.gone: Sequence[str] = ()
        """Parts that have been read before and are not there now."""

    @property
    def fresh(self) -> bool:
        """Whether no counter has been read yet."""
        return not self._counters

    def take(self, sample: Sample, at: datetime) -> None:
        """Take what was read: move the counters on, and say what they make together."""
        packages = sum(zone.domain is Domain.PACKAGE for zone, _ in sample.zones)
        for zone, raw in sample.zones:
            most = MOST_WATTS * (packages if zone.domain is Domain.PSYS else 1)
            self._count(zone.key, raw, at, span=zone.span, most=min(most, self._limit or most))
        for gpu in sample.gpus:
            if gpu.microjoules is not None:
                self._count(gpu.key, gpu.microjoules, at)
        self.modules = {zone.key: self._counters[zone.key] for zone, _ in sample.zones}
        here = [*self.modules, *(gpu.key for gpu in sample.gpus)]
        self._seen.update(dict.fromkeys(here))
        gone = [key for key in self._seen if key not in here]
        # What could not be read has said why by itself.
        self.gone = () if sample.problems else gone
        whole = here and not gone and not sample.problems
        self.total = self._total_of(sample.gpus, at) if whole else None

    def _count(
        self, key: str, raw: int, at: datetime, *, span: int | None = None, most: float = 0.0
    ) -> None:
        if key in self._counters:
            self._counters[key].read(raw, at, span=span, most=most)
        else:
            self._counters[key] = Counter(raw, at)

    def _total_of(self, gpus: Sequence[Gpu], at: datetime) -> Total:
        parts = {key: one for key, one in self.modules.items() if not key.startswith(PSYS)}
        counting = {gpu.key: self._counters[gpu.key] for gpu in gpus if gpu.microjoules is not None}
        platform = {key: one for key, one in self.modules.items() if key not in parts}
        if gpus and self._rule == "auto":
            # Whether psys has a GPU in it the kernel does not say, and no counter does.
            self._rule = "parts"
        powers = [one.power for one in parts.values()] + [gpu.watts for gpu in gpus]
        if platform and self._covers(platform, powers):
            parts, counting, gpus = platform, {}, ()
            powers = [one.power for one in platform.values()]
        power = _summed(powers)
        if len(counting) < len(gpus):
            return Total(microjoules=None, power=power, began=None)
        used = self._sum.read({**parts, **counting}, at)
        return Total(microjoules=used, power=power, began=self._sum.began)

    def _covers(self, platform: Mapping[str, Counter], powers: Sequence[float | None]) -> bool:
        """Tell whether psys contains the parts. Once it does not, it never does again: the two
        disagree, so they are not alternated.
        """
        whole, inside = _summed([one.power for one in platform.values()]), _summed(powers)
        if whole is None or inside is None:
            return self._rule != "parts"
        if self._rule == "auto" and whole < inside * COVERS:
            self._rule = "parts"
        return self._rule != "parts"


def _summed(powers: Sequence[float | None]) -> Watts | None:
    """Return the sum, None where one of them is not known."""
    known = [one for one in powers if one is not None]
    return Watts(sum(known)) if known and len(known) == len(powers) else None
