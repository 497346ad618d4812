"""The numbers of a service: null, zero and sums, registers and resets, and reports."""

from collections.abc import Callable

import pytest

from agent.accounting.registers.intervals import interval_between
from agent.accounting.registers.marks import mark_of
from agent.errors import Unavailable
from agent.model import Reading
from collectors.redfish import Redfish
from collectors.redfish.device import RedfishDevice
from tests.clocks import HandClock
from tests.collectors.redfish.conftest import power_of, reading, total_of
from tests.collectors.redfish.layouts import CHASSIS, OPENBMC, SERVER, tree_of
from tests.collectors.redfish.service import Certificate, Service


async def test_null_is_missing_and_nothing_is_said_in_its_place(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with (
        Service(tree_of(SERVER), certificate) as service,
        reading(redfish, service) as collector,
    ):
        control = service.tree[f"{CHASSIS}/Power"]["PowerControl"][0]
        assert await power_of(collector) == 312
        control["PowerConsumedWatts"] = None
        for _ in range(2):
            with pytest.raises(
                Unavailable, match="has no power and no energy now: all its values are null"
            ):
                await collector.collect()
        control["PowerConsumedWatts"] = 310
        assert await power_of(collector) == 310


async def test_zero_is_a_power_of_a_machine_that_may_be_off(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with Service(tree_of(SERVER), certificate) as service:
        service.tree[CHASSIS]["PowerState"] = "Off"
        service.tree[f"{CHASSIS}/Power"]["PowerControl"][0]["PowerConsumedWatts"] = 0
        service.tree[f"{CHASSIS}/Power"]["PowerSupplies"] = []
        async with reading(redfish, service) as collector:
            assert await power_of(collector) == 0


async def test_zero_is_no_power_of_a_machine_that_is_on(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with Service(tree_of(SERVER), certificate) as service:
        power = service.tree[f"{CHASSIS}/Power"]
        power["PowerControl"][0]["PowerConsumedWatts"] = 0
        async with reading(redfish, service) as collector:
            total = total_of(await collector.collect())
            assert (total.power, total.source) == (314.5, "power-supplies")
        power["PowerSupplies"] = []
        async with reading(redfish, service) as collector:
            with pytest.raises(Unavailable, match="none of its chassis has a power"):
                await collector.collect()


async def test_a_supply_that_works_and_says_nothing_leaves_no_sum(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with Service(tree_of(SERVER), certificate) as service:
        power = service.tree[f"{CHASSIS}/Power"]
        power["PowerControl"] = []
        power["PowerSupplies"][1]["PowerInputWatts"] = None
        async with reading(redfish, service) as collector:
            with pytest.raises(Unavailable, match="none of its chassis has a power"):
                await collector.collect()


async def test_a_sum_with_a_part_missing_is_missing(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with Service(tree_of("pdu-linked"), certificate) as service:
        metrics = service.tree["/redfish/v1/PowerEquipment/RackPDUs/2/Metrics"]
        async with reading(redfish, service, read=["total", "unit"]) as collector:
            await collector.collect()
            metrics["PowerWatts"]["Reading"] = metrics["EnergykWh"]["Reading"] = None
            readings = await collector.collect()
            assert [one.meter for one in readings] == ["server-1/unit/1"]


async def test_a_sensor_that_is_only_pointed_to_is_followed(
    certificate: Certificate, redfish: Redfish
) -> None:
    sensor = f"{OPENBMC}/Sensors/total_power"
    async with Service(tree_of("server-environment"), certificate) as service:
        service.tree[f"{OPENBMC}/EnvironmentMetrics"]["PowerWatts"] = {"DataSourceUri": sensor}
        service.tree[sensor] = {"Id": "total_power", "Reading": 391.75, "ReadingUnits": "W"}
        async with reading(redfish, service) as collector:
            for _ in range(2):
                assert await power_of(collector) == 391.75


async def test_joules_are_read_where_a_device_counts_them(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with Service(tree_of("server-environment"), certificate) as service:
        metrics = service.tree[f"{OPENBMC}/EnvironmentMetrics"]
        metrics["EnergykWh"], metrics["EnergyJoules"] = None, {"Reading": 123456.9}
        async with reading(redfish, service) as collector:
            total = total_of(await collector.collect())
            assert (total.energy, total.register.step) == (123456, 1)


async def test_the_settings_say_the_step_the_limit_and_the_gap(
    certificate: Certificate, redfish: Redfish
) -> None:
    said = {"step_kwh": 0.001, "limit_watts": 900, "longest_gap": "10m"}
    async with (
        Service(tree_of("server-environment"), certificate) as service,
        reading(redfish, service, **said) as collector,
    ):
        register = total_of(await collector.collect()).register
        assert (register.step, register.span, register.limit) == (3600, None, 900)
        assert register.longest_gap.total_seconds() == 600


async def test_what_no_register_can_show_is_left_out(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with Service(tree_of("server-environment"), certificate) as service:
        energy = service.tree[f"{OPENBMC}/EnvironmentMetrics"]["EnergykWh"]
        async with reading(redfish, service) as collector:
            wrongs: list[object] = [-1, 1e300, "full", True, [], {}]
            for wrong in wrongs:
                energy["Reading"] = wrong
                total = total_of(await collector.collect())
                assert (total.energy, total.power) == (None, 391.75)


async def energies_of(
    collector: RedfishDevice, clock: HandClock, change: Callable[[], None]
) -> tuple[Reading, Reading]:
    """Two readings a minute apart, between which something changes."""
    before = total_of(await collector.collect())
    change()
    clock.move(minutes=1)
    return before, total_of(await collector.collect())


async def test_a_register_that_was_set_to_zero_is_another_register(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with (
        Service(tree_of("server-environment"), certificate) as service,
        reading(redfish, service) as collector,
    ):
        energy = service.tree[f"{OPENBMC}/EnvironmentMetrics"]["EnergykWh"]

        def reset() -> None:
            # In a long gap a register can pass where it was: only its reset tells.
            energy.update({"Reading": 1700, "SensorResetTime": "2026-02-28T07:00:00+00:00"})

        before, now = await energies_of(collector, clock, reset)
        assert now.source != before.source
        assert interval_between(mark_of(before), now).intervals == ()


async def test_a_reset_that_is_said_a_little_differently_is_the_same(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with (
        Service(tree_of("server-environment"), certificate) as service,
        reading(redfish, service) as collector,
    ):
        energy = service.tree[f"{OPENBMC}/EnvironmentMetrics"]["EnergykWh"]
        for said in ("2026-01-05T08:01:09Z", "2026-01-05T08:59:30+01:00", None, "never", 5):

            def drift(said: object = said) -> None:
                energy.update({"Reading": energy["Reading"] + 0.25, "SensorResetTime": said})

            before, now = await energies_of(collector, clock, drift)
            assert now.source == before.source
            (interval,) = interval_between(mark_of(before), now).intervals
            assert interval.energy > 0


async def test_another_device_in_its_place_is_known_by_its_serial_number(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with (
        Service(tree_of("server-environment"), certificate) as service,
        reading(redfish, service) as collector,
    ):
        before = total_of(await collector.collect())
        service.tree[OPENBMC]["SerialNumber"] = "OB0002"
        clock.move(hours=1)
        assert total_of(await collector.collect()).source != before.source


async def test_a_report_that_stands_still_is_not_taken_for_the_present(
    certificate: Certificate, redfish: Redfish, clock: HandClock
) -> None:
    async with (
        Service(tree_of("server-report"), certificate) as service,
        reading(redfish, service, read=["total", "psu-input"]) as collector,
    ):
        assert await power_of(collector) == 391.75
        service.tree[f"{OPENBMC}/EnvironmentMetrics"]["PowerWatts"]["Reading"] = 400
        service.gets()
        asked = []
        for _ in range(5):
            clock.move(minutes=1)
            assert await power_of(collector) == 400
            asked.append(len(service.gets()))
        assert asked == [4, 4, 4, 3, 3], "after some polls it is not asked for any more"


async def test_a_report_that_lacks_a_number_or_is_gone_is_replaced_by_the_resources(
    certificate: Certificate, redfish: Redfish
) -> None:
    async with (
        Service(tree_of("server-report"), certificate) as service,
        reading(redfish, service, read=["total", "psu-input"]) as collector,
    ):
        await collector.collect()
        path = "/redfish/v1/TelemetryService/MetricReports/Power"
        report = service.tree[path]
        report["ReportSequence"] = "18"
        report["MetricValues"][0]["MetricValue"] = None
        service.gets()
        assert await power_of(collector) == 391.75
        assert service.gets() == [path, f"{OPENBMC}/EnvironmentMetrics"]
        del service.tree[path]
        assert await power_of(collector) == 391.75
        service.gets()
        await collector.collect()
        assert path not in service.gets()
