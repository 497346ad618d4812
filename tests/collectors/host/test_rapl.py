"""RAPL from a tree of files: what is added, what is not, and what becomes of the counters."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from agent.accounting.registers.intervals import interval_between
from agent.accounting.registers.marks import mark_of
from agent.errors import Unavailable
from agent.model import Oddity, Scope, Zeroed
from tests.collectors.host.conftest import Bench, Start, by_part, steady
from tests.collectors.host.powercap import AMD_SPAN, SPAN, WATT, Powercap, server

SERVER = {"zone_0": 100.0, "zone_1": 80.0, "zone_0_0": 60.0, "zone_0_1": 20.0, "zone_1_1": 15.0}


async def test_the_total_is_packages_and_memory_and_not_what_is_inside_a_package(
    tmp_path: Path, start: Start, clock: Bench
) -> None:
    clock.flows = steady(server(tmp_path / "powercap"), **SERVER)
    machine = start()
    first = by_part(await machine.collect())
    assert set(first) == {"", "package-0", "package-1", "dram-0", "dram-1"}
    assert first[""].power == pytest.approx(215.0)
    assert (first[""].energy, first[""].uptime) == (215, timedelta(seconds=1))
    clock.pass_by(60)
    second = by_part(await machine.collect())
    assert second[""].energy == 215 * 61
    assert second["package-0"].energy == 6100
    assert second["dram-1"].power == pytest.approx(15.0)
    assert {one.register.zeroed for one in second.values()} == {Zeroed.RESTART}
    assert second[""].uptime == timedelta(seconds=61)


async def test_all_that_is_read_is_marked_in_band_and_the_mark_stays(
    tmp_path: Path, start: Start, clock: Bench
) -> None:
    clock.flows = steady(server(tmp_path / "powercap"), **SERVER)
    machine = start()
    first = by_part(await machine.collect())
    assert {part: one.source for part, one in first.items()} == {
        "": "in-band",
        **dict.fromkeys(("package-0", "package-1", "dram-0", "dram-1"), "in-band rapl"),
    }
    clock.pass_by(60)
    second = by_part(await machine.collect())
    assert {part: one.source for part, one in second.items()} == {
        part: one.source for part, one in first.items()
    }
    assert all(one.meter.split("/")[1] == Scope.MODULE for part, one in second.items() if part)


async def test_a_counter_that_begins_again_at_its_span_loses_nothing(
    tmp_path: Path, start: Start, clock: Bench
) -> None:
    powercap = Powercap(tmp_path / "powercap")
    powercap.zone("intel-rapl:0", "package-0", count=SPAN - 2000 * WATT)
    clock.flows = steady(powercap, zone_0=100.0)
    machine = start()
    readings = by_part(await machine.collect())
    for _ in range(100):
        clock.pass_by(60)
        readings = by_part(await machine.collect())
    assert readings["package-0"].energy == 100 * 6001
    assert readings[""].energy == 100 * 6001
    assert readings[""].flags == ()


async def test_a_pause_in_which_a_counter_may_have_begun_again_twice_begins_anew(
    tmp_path: Path, start: Start, clock: Bench
) -> None:
    powercap = Powercap(tmp_path / "powercap")
    powercap.zone("intel-rapl:0", "package-0", span=AMD_SPAN)
    clock.flows = steady(powercap, zone_0=300.0)
    machine = start()
    await machine.collect()
    clock.pass_by(60)
    assert by_part(await machine.collect())[""].energy == 300 * 61
    clock.pass_by(600)
    readings = by_part(await machine.collect())
    assert (readings[""].energy, readings[""].power) == (0, None)
    assert (readings[""].uptime, readings[""].flags) == (timedelta(0), ("counting-begins",))
    clock.pass_by(60)
    readings = by_part(await machine.collect())
    assert (readings[""].energy, readings[""].uptime) == (18_000, timedelta(seconds=60))


async def test_a_counter_that_was_reset_is_not_taken_for_one_that_began_again(
    tmp_path: Path, start: Start, clock: Bench
) -> None:
    powercap = Powercap(tmp_path / "powercap")
    powercap.zone("intel-rapl:0", "package-0", count=100_000 * WATT)
    clock.flows = steady(powercap, zone_0=50.0)
    machine = start()
    await machine.collect()
    powercap.set("intel-rapl:0", 0)
    clock.pass_by(60)
    assert by_part(await machine.collect())[""].energy == 0


async def test_psys_is_the_total_where_it_covers_the_parts(
    tmp_path: Path, start: Start, clock: Bench
) -> None:
    clock.flows = steady(server(tmp_path / "powercap", psys=True), **SERVER, zone_2=300.0)
    machine = start()
    await machine.collect()
    clock.pass_by(60)
    readings = by_part(await machine.collect())
    assert readings[""].power == pytest.approx(300.0)
    assert readings["psys"].power == pytest.approx(300.0)
    assert readings["package-0"].power == pytest.approx(100.0)


async def test_psys_that_says_less_than_the_parts_is_given_up_for_good(
    tmp_path: Path, start: Start, clock: Bench
) -> None:
    powercap = server(tmp_path / "powercap", psys=True)
    clock.flows = steady(powercap, **SERVER, zone_2=300.0)
    machine = start()
    await machine.collect()
    clock.flows = steady(powercap, **SERVER, zone_2=30.0)
    clock.pass_by(60)
    readings = by_part(await machine.collect())
    assert readings[""].power == pytest.approx(215.0)
    assert readings[""].flags == ("counting-begins",)
    clock.flows = steady(powercap, **SERVER, zone_2=300.0)
    clock.pass_by(60)
    assert by_part(await machine.collect())[""].power == pytest.approx(215.0)


@pytest.mark.parametrize(("rule", "watts"), [("psys", 30.0), ("parts", 215.0)])
async def test_the_settings_may_say_what_the_total_is(
    rule: str, watts: float, tmp_path: Path, start: Start, clock: Bench
) -> None:
    clock.flows = steady(server(tmp_path / "powercap", psys=True), **SERVER, zone_2=30.0)
    assert by_part(await start(total=rule).collect())[""].power == pytest.approx(watts)


async def test_a_machine_without_psys_says_so_where_it_is_asked_for(
    tmp_path: Path, start: Start, clock: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    clock.flows = steady(server(tmp_path / "powercap"), **SERVER)
    assert "" not in by_part(await start(total="psys").collect())
    assert "RAPL has no psys on this machine: leave `total: psys` out" in caplog.text


async def test_dies_of_one_package_are_told_apart(
    tmp_path: Path, start: Start, clock: Bench
) -> None:
    powercap = Powercap(tmp_path / "powercap")
    for number in (0, 1):
        powercap.zone(f"intel-rapl:{number}", f"package-0-die-{number}")
        powercap.zone(f"intel-rapl:{number}:0", "dram")
    clock.flows = steady(powercap, zone_0=10.0, zone_1=10.0, zone_0_0=1.0, zone_1_0=1.0)
    readings = by_part(await start().collect())
    parts = {"package-0-die-0", "package-0-die-1", "dram-0-die-0", "dram-0-die-1"}
    assert set(readings) == {"", *parts}
    assert readings[""].power == pytest.approx(22.0)


async def test_a_machine_without_rapl_says_so_and_reads_again_when_it_has_it(
    tmp_path: Path, start: Start, clock: Bench
) -> None:
    machine = start()
    with pytest.raises(
        Unavailable, match=r"host-1: cannot list .*intel_rapl_msr, .*virtual machine"
    ):
        await machine.collect()
    powercap = Powercap(tmp_path / "powercap")
    with pytest.raises(Unavailable, match="has no zone of RAPL"):
        await machine.collect()
    powercap.zone("intel-rapl:0", "package-0")
    clock.flows = steady(powercap, zone_0=40.0)
    assert by_part(await machine.collect())[""].power == pytest.approx(40.0)
    powercap.set("intel-rapl:0", 0)
    (powercap.root / "intel-rapl:0/energy_uj").write_text("\n")
    with pytest.raises(Unavailable, match=r"host-1: .*energy_uj holds no number"):
        await machine.collect()


async def test_a_part_that_cannot_be_read_leaves_the_others_and_takes_the_total(
    tmp_path: Path, start: Start, clock: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    powercap = server(tmp_path / "powercap")
    clock.flows = steady(powercap, **SERVER)
    machine = start()
    await machine.collect()
    path = powercap.root / "intel-rapl:1/energy_uj"
    kept = path.read_text()
    path.unlink()
    clock.flows = None
    clock.pass_by(60)
    readings = by_part(await machine.collect())
    assert set(readings) == {"package-0", "dram-0", "dram-1"}
    assert "cannot read" in caplog.text
    assert "the rest was read" in caplog.text
    path.write_text(kept)
    powercap.flow(120, **SERVER)
    clock.pass_by(60)
    assert by_part(await machine.collect())[""].energy == 215 * 121


async def test_what_only_root_may_read_is_said_with_the_way_out(
    tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    powercap = server(tmp_path / "powercap")
    for path in powercap.root.glob("*/energy_uj"):
        path.chmod(0)
    if os.geteuid() == 0:
        # Root reads all the same: the kernel's answer to others stands in for it.
        real = Path.read_text

        def refused(path: Path) -> str:
            if path.name == "energy_uj":
                raise PermissionError(13, "Permission denied", str(path))
            return real(path)

        monkeypatch.setattr(Path, "read_text", refused)
    with pytest.raises(Unavailable, match=r"only root may since CVE-2020-8694: give its group"):
        await start().collect()


async def test_a_daemon_that_is_started_again_soon_loses_no_energy(
    tmp_path: Path, start: Start, clock: Bench
) -> None:
    clock.flows = steady(server(tmp_path / "powercap"), **SERVER)
    before = start()
    await before.collect()
    clock.pass_by(60)
    first = by_part(await before.collect())[""]
    await before.close()
    clock.pass_by(59)
    second = by_part(await start().collect())[""]
    outcome = interval_between(mark_of(first), second)
    assert [one.energy for one in outcome.intervals] == [215 * 60]
    assert [one.oddity for one in outcome.findings] == [Oddity.RESTART]
