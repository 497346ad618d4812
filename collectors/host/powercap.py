"""RAPL by the kernel's powercap interface: zones, and their counters in microjoules.

psys contains the packages, dram stands beside them; core and uncore are inside a package and are
not read. `intel-rapl-mmio` shows the same packages once more, and is not read either.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_ZONE = re.compile(r"intel-rapl:\d+(:\d+)?")
_NAME = re.compile(r"(package|dram|psys)([A-Za-z0-9._:-]*)")


class Domain(StrEnum):
    """What a zone counts the energy of."""

    PACKAGE = "package"
    DRAM = "dram"
    PSYS = "psys"


class Unreadable(Exception):
    """Why something cannot be read, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """One counter of RAPL."""

    key: str
    """package-0, dram-0, psys: unique on the machine."""

    domain: Domain
    path: Path
    span: int
    """Microjoules at which it begins again at zero."""

    def read(self) -> int:
        """Return the count in microjoules. Raises Unreadable."""
        return _number(self.path / "energy_uj")


def zones_of(root: Path) -> list[Zone]:
    """Return the zones that are read, in order. Raises Unreadable where there are none."""
    try:
        folders = sorted(one for one in root.iterdir() if _ZONE.fullmatch(one.name))
    except OSError as error:
        raise Unreadable(f"cannot list {root}: {error.strerror}: {_NONE}") from error
    zones = list(_zones(folders))
    if not zones:
        raise Unreadable(f"{root} has no zone of RAPL: {_NONE}")
    return zones


_NONE = (
    "load the kernel module intel_rapl_msr, or, in a virtual machine, which has no "
    "RAPL, read the machine that it runs on; `rapl: false` reads GPUs alone"
)


def _zones(folders: Iterable[Path]) -> Iterator[Zone]:
    names = {folder.name: _text(folder / "name") for folder in folders}
    taken: set[str] = set()
    for folder in folders:
        found = _NAME.fullmatch(names[folder.name])
        if found is None:
            continue
        domain = Domain(found[1])
        key = found[0]
        if domain is Domain.DRAM:
            key += names.get(folder.name.rpartition(":")[0], "").removeprefix(Domain.PACKAGE)
        if key in taken:
            key += f".{folder.name.partition(':')[2]}"
        taken.add(key)
        span = _number(folder / "max_energy_range_uj")
        yield Zone(key=key, domain=domain, path=folder, span=span)


def _number(path: Path) -> int:
    try:
        return int(_text(path))
    except ValueError:
        raise Unreadable(f"{path} holds no number: the kernel's RAPL driver is at fault") from None


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except PermissionError as error:
        raise Unreadable(
            f"cannot read {path}: only root may since CVE-2020-8694: give its group to the user "
            "of the daemon, see collectors/host/README.md"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"cannot read {path}: {error}") from error
