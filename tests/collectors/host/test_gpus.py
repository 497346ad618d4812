"""GPUs beside RAPL, by a library that answers as NVIDIA's does."""

from ctypes.util import find_library
from pathlib import Path

import pytest

from agent.errors import Unavailable
from agent.model import Zeroed
from collectors.host.gpus import Gpus
from collectors.host.powercap import Unreadable
from tests.collectors.host.conftest import Bench, Start, by_part, steady
from tests.collectors.host.nvml import FakeGpu, FakeNvml
from tests.collectors.host.powercap import Powercap

ONE = "GPU-8f1c"
TWO = "GPU-0b77"


@pytest.fixture
def powercap(tmp_path: Path) -> Powercap:
    made = Powercap(tmp_path / "powercap")
    made.zone("intel-rapl:0", "package-0")
    return made


@pytest.fixture
def gpus(nvml: FakeNvml, clock: Bench, powercap: Powercap) -> list[FakeGpu]:
    """Two GPUs at 300 W and 50 W beside a package at 100 W."""
    nvml.missing = 0
    nvml.gpus = [FakeGpu(ONE, 5_000_000, 300_000), FakeGpu(TWO, 7_000_000, 50_000)]

    def flow(seconds: float) -> None:
        steady(powercap, zone_0=100.0)(seconds)
        for gpu in nvml.gpus:
            if gpu.millijoules is not None and gpu.milliwatts is not None:
                gpu.millijoules += round(gpu.milliwatts * seconds)

    clock.flows = flow
    return nvml.gpus


async def test_a_gpu_says_its_energy_since_the_driver_was_loaded_and_its_power(
    gpus: list[FakeGpu], start: Start, clock: Bench
) -> None:
    machine = start()
    first = by_part(await machine.collect())
    assert (first["gpu-0"].energy, first["gpu-0"].power) == (5300, 300.0)
    assert first["gpu-0"].register.zeroed is Zeroed.RESTART
    assert first["gpu-0"].register.span is None
    assert first["gpu-0"].source == f"in-band nvml {ONE}"
    clock.pass_by(60)
    second = by_part(await machine.collect())
    assert second["gpu-1"].energy == 7050 + 3000
    assert second[""].energy == 450 * 61
    assert second[""].power == pytest.approx(450.0)


def beside(powercap: Powercap, clock: Bench, psys: float) -> None:
    """Let the platform's counter say so many watts beside the others."""
    parts = clock.flows
    assert parts is not None
    powercap.zone("intel-rapl:1", "psys")

    def flow(seconds: float) -> None:
        parts(seconds)
        steady(powercap, zone_1=psys)(seconds)

    clock.flows = flow


@pytest.mark.parametrize("psys", [600.0, 250.0])
@pytest.mark.parametrize("rule", ["auto", "parts", "psys"])
@pytest.mark.usefixtures("gpus")
async def test_a_platform_that_may_contain_the_gpus_is_never_added_to_them(
    rule: str, psys: float, powercap: Powercap, start: Start, clock: Bench
) -> None:
    beside(powercap, clock, psys)
    machine = start(total=rule)
    await machine.collect()
    clock.pass_by(60)
    total = by_part(await machine.collect())[""]
    watts = psys if rule == "psys" else 450.0
    assert (total.energy, total.power) == (watts * 61, pytest.approx(watts))


async def test_gpus_that_are_found_later_end_the_platforms_counter_for_good(
    gpus: list[FakeGpu], nvml: FakeNvml, powercap: Powercap, start: Start, clock: Bench
) -> None:
    beside(powercap, clock, 600.0)
    nvml.missing = 12
    machine = start()
    assert by_part(await machine.collect())[""].power == pytest.approx(600.0)
    nvml.missing = 0
    clock.pass_by(60)
    first = by_part(await machine.collect())[""]
    assert (first.energy, first.flags) == (0, ("counting-begins",))
    clock.pass_by(60)
    second = by_part(await machine.collect())[""]
    assert (second.energy, second.power) == (450 * 60, pytest.approx(450.0))


async def test_a_driver_that_was_loaded_again_begins_the_total_anew(
    gpus: list[FakeGpu], start: Start, clock: Bench
) -> None:
    gpus[0].millijoules = 50_000_000
    machine = start()
    await machine.collect()
    gpus[0].millijoules = 0
    clock.pass_by(60)
    readings = by_part(await machine.collect())
    assert readings["gpu-0"].energy == 18_000
    assert (readings[""].energy, readings[""].flags) == (0, ("counting-begins",))


async def test_a_gpu_that_does_not_count_is_read_by_its_power_and_so_is_the_total(
    gpus: list[FakeGpu], start: Start
) -> None:
    gpus[1].millijoules = None
    readings = by_part(await start().collect())
    assert (readings["gpu-1"].energy, readings["gpu-1"].power) == (None, 50.0)
    assert readings[""].energy is None
    assert readings[""].power == pytest.approx(450.0)


async def test_a_gpu_without_a_value_takes_the_total_with_it(
    gpus: list[FakeGpu], start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    gpus[1].millijoules = gpus[1].milliwatts = None
    assert set(by_part(await start().collect())) == {"package-0", "gpu-0"}
    assert "gpu-1 measures neither energy nor power: write `gpus: false`" in caplog.text


async def test_a_gpu_that_is_lost_leaves_the_others_and_comes_back(
    gpus: list[FakeGpu],
    nvml: FakeNvml,
    start: Start,
    clock: Bench,
    caplog: pytest.LogCaptureFixture,
) -> None:
    machine = start()
    await machine.collect()
    gpus[1].error = 15
    clock.pass_by(60)
    readings = by_part(await machine.collect())
    assert set(readings) == {"package-0", "gpu-0"}
    assert "cannot read gpu-1: NVML says GPU is lost" in caplog.text
    gpus[1].error = 0
    clock.pass_by(60)
    assert by_part(await machine.collect())[""].energy == 450 * 121
    assert nvml.opened == 1


async def test_a_gpu_that_is_no_longer_there_is_missing_and_not_zero(
    gpus: list[FakeGpu], start: Start, clock: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    machine = start()
    await machine.collect()
    gpus.pop()
    clock.pass_by(60)
    assert set(by_part(await machine.collect())) == {"package-0", "gpu-0"}
    assert "gpu-1 was there and is gone" in caplog.text


@pytest.mark.parametrize("missing", [9, 12])
async def test_a_machine_without_a_driver_is_a_machine_without_gpus(
    missing: int, powercap: Powercap, nvml: FakeNvml, start: Start, clock: Bench
) -> None:
    nvml.missing = missing
    clock.flows = steady(powercap, zone_0=100.0)
    assert by_part(await start().collect())[""].power == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (12, "libnvidia-ml.so.1 is missing: install the driver"),
        (9, "the driver is not loaded: run nvidia-smi"),
        (18, "the driver was upgraded: restart the machine"),
    ],
)
async def test_gpus_that_are_wanted_and_cannot_be_read_take_the_total_and_leave_rapl(
    missing: int,
    words: str,
    gpus: list[FakeGpu],
    nvml: FakeNvml,
    start: Start,
) -> None:
    assert len(gpus) == 2
    nvml.missing = missing
    machine = start(gpus=True)
    assert set(by_part(await machine.collect())) == {"package-0"}
    with pytest.raises(Unavailable, match=words):
        await start(name="host-1", rapl=False, gpus=True).collect()


async def test_a_mismatch_of_driver_and_library_is_no_machine_without_gpus(
    powercap: Powercap, nvml: FakeNvml, start: Start
) -> None:
    nvml.missing = 18
    assert set(by_part(await start().collect())) == {"package-0"}


async def test_gpus_alone_are_read_fail_and_are_read_again(
    gpus: list[FakeGpu], nvml: FakeNvml, start: Start, clock: Bench
) -> None:
    machine = start(rapl=False, gpus=True)
    readings = by_part(await machine.collect())
    assert set(readings) == {"", "gpu-0", "gpu-1"}
    kept, nvml.gpus = nvml.gpus, []
    with pytest.raises(Unavailable, match="host-1: cannot read GPUs: there is none"):
        await machine.collect()
    nvml.gpus = kept
    clock.pass_by(60)
    assert by_part(await machine.collect())[""].energy == 350 * 60


@pytest.mark.skipif(find_library("nvidia-ml") is not None, reason="NVIDIA's driver is installed")
def test_the_real_binding_says_that_the_library_is_not_installed() -> None:
    assert Gpus().read(wanted=False) == ((), ())
    with pytest.raises(Unreadable, match=r"libnvidia-ml.so.1 is missing: install the driver"):
        Gpus().read(wanted=True)
