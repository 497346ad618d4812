"""The kernel's powercap interface, as a tree of real files."""

from pathlib import Path

WATT = 1_000_000
"""Microjoules in a second at one watt."""

SPAN = 262_143_328_850
DRAM_SPAN = 65_712_999_613
AMD_SPAN = 65_532_610_987


class Powercap:
    """Zones that count when they are told to; the folders are laid out as the kernel does."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.spans: dict[str, int] = {}
        root.mkdir(parents=True)
        # The control type, and the same packages once more by another way.
        (root / "intel-rapl").mkdir()
        self.zone("intel-rapl-mmio:0", "package-0", count=7)

    def zone(self, folder: str, name: str, *, span: int = SPAN, count: int = 0) -> None:
        path = self.root.parent / "devices" / folder
        path.mkdir(parents=True)
        (self.root / folder).symlink_to(path)
        (path / "name").write_text(f"{name}\n")
        (path / "max_energy_range_uj").write_text(f"{span}\n")
        self.spans[folder] = span
        self.set(folder, count)

    def set(self, folder: str, count: int) -> None:
        (self.root / folder / "energy_uj").write_text(f"{count}\n")

    def add(self, folder: str, microjoules: int) -> None:
        path = self.root / folder / "energy_uj"
        self.set(folder, (int(path.read_text()) + microjoules) % self.spans[folder])

    def flow(self, seconds: float, **watts: float) -> None:
        """Let so many watts flow for a time, in zones such as intel_rapl_0_1."""
        for name, power in watts.items():
            folder = "intel-rapl:" + name.removeprefix("zone_").replace("_", ":")
            self.add(folder, round(power * seconds * WATT))


def server(root: Path, *, psys: bool = False) -> Powercap:
    """Two packages with core and dram, as a server has them."""
    made = Powercap(root)
    for number in (0, 1):
        made.zone(f"intel-rapl:{number}", f"package-{number}", count=1000 * WATT)
        made.zone(f"intel-rapl:{number}:0", "core", count=500 * WATT)
        made.zone(f"intel-rapl:{number}:1", "dram", span=DRAM_SPAN, count=100 * WATT)
    if psys:
        made.zone("intel-rapl:2", "psys", count=3000 * WATT)
    return made
