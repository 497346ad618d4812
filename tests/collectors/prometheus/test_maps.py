"""The maps that ship with it, on pages as the exporters write them."""

import pytest

from agent.errors import ConfigError
from agent.model import Zeroed
from config.profiles.prometheus import map_of, maps
from tests.collectors.prometheus.conftest import Start, by_part, page
from tests.collectors.stopped import StoppedClock
from tests.servers import Fake

IPMI = """\
# HELP ipmi_dcmi_power_consumption_watts Current power consumption in Watts.
# TYPE ipmi_dcmi_power_consumption_watts gauge
ipmi_dcmi_power_consumption_watts 172
# HELP ipmi_power_watts Power reading in Watts.
# TYPE ipmi_power_watts gauge
ipmi_power_watts{id="90",name="Pwr Consumption"} 168
ipmi_power_watts{id="91",name="PS1 Input Power"} 90
# HELP ipmi_up '1' if a scrape of the IPMI device was successful, '0' otherwise.
# TYPE ipmi_up gauge
ipmi_up{collector="dcmi"} 1
ipmi_up{collector="ipmi"} 1
"""
IDRAC = """\
# TYPE idrac_power_control_consumed_watts gauge
idrac_power_control_consumed_watts{id="0",name="System Power Control"} 166
idrac_power_control_consumed_watts{id="1",name="CPU Sub-system Power"} 61
# TYPE idrac_power_supply_input_watts gauge
idrac_power_supply_input_watts{id="0"} 89
idrac_power_supply_input_watts{id="1"} 84
# TYPE idrac_power_supply_output_watts gauge
idrac_power_supply_output_watts{id="0"} 74.5
idrac_power_supply_output_watts{id="1"} 70
"""
KEPLER = """\
# TYPE kepler_node_cpu_active_joules_total counter
kepler_node_cpu_active_joules_total{node_name="n1",path="/sys/intel-rapl:0",zone="package"} 1000.5
kepler_node_cpu_active_joules_total{node_name="n1",path="/sys/intel-rapl:0:0",zone="core"} 800
kepler_node_cpu_active_joules_total{node_name="n1",path="/sys/intel-rapl:0:1",zone="dram"} 100
# TYPE kepler_node_cpu_idle_joules_total counter
kepler_node_cpu_idle_joules_total{node_name="n1",path="/sys/intel-rapl:0",zone="package"} 3000.25
kepler_node_cpu_idle_joules_total{node_name="n1",path="/sys/intel-rapl:0:0",zone="core"} 200
kepler_node_cpu_idle_joules_total{node_name="n1",path="/sys/intel-rapl:0:1",zone="dram"} 400
# TYPE kepler_node_cpu_joules_total counter
kepler_node_cpu_joules_total{node_name="n1",path="/sys/intel-rapl:0",zone="package"} 200000
# TYPE kepler_node_cpu_watts gauge
kepler_node_cpu_watts{node_name="n1",path="/sys/intel-rapl:0",zone="package"} 55.5
kepler_node_cpu_watts{node_name="n1",path="/sys/intel-rapl:0:0",zone="core"} 20
kepler_node_cpu_watts{node_name="n1",path="/sys/intel-rapl:0:1",zone="dram"} 4.5
# TYPE kepler_node_gpu_watts gauge
kepler_node_gpu_watts{gpu="0",gpu_name="H100",gpu_uuid="GPU-8f1c",node_name="n1",vendor="n"} 300
# TYPE kepler_process_cpu_watts gauge
kepler_process_cpu_watts{comm="a",pid="1",zone="package"} 7
"""
KEPLER_OLD = """\
# TYPE kepler_node_platform_joules_total counter
kepler_node_platform_joules_total{instance="n1",mode="dynamic",package="",source="acpi"} 20000
kepler_node_platform_joules_total{instance="n1",mode="idle",package="",source="acpi"} 30000
# TYPE kepler_node_package_joules_total counter
kepler_node_package_joules_total{instance="n1",mode="dynamic",package="0",source="rapl-sysfs"} 9000
kepler_node_package_joules_total{instance="n1",mode="idle",package="0",source="rapl-sysfs"} 6000
# TYPE kepler_node_dram_joules_total counter
kepler_node_dram_joules_total{instance="n1",mode="dynamic",package="0",source="rapl-sysfs"} 500
"""
SCAPHANDRE = """\
# TYPE scaph_host_power_microwatts gauge
scaph_host_power_microwatts 52428800
# TYPE scaph_host_energy_microjoules counter
scaph_host_energy_microjoules 123456789012
# TYPE scaph_socket_power_microwatts gauge
scaph_socket_power_microwatts{socket_id="0"} 50000000
"""
NODE = """\
# TYPE node_rapl_package_joules_total counter
node_rapl_package_joules_total{index="0",path="/sys/class/powercap/intel-rapl:0"} 262000
node_rapl_package_joules_total{index="1",path="/sys/class/powercap/intel-rapl:1"} 1000
# TYPE node_rapl_core_joules_total counter
node_rapl_core_joules_total{index="0",path="/sys/class/powercap/intel-rapl:0:0"} 7
"""
SENTRY4 = """\
# TYPE st4InputCordActivePower gauge
st4InputCordActivePower{st4InputCordName="Cord_A",st4UnitName="Master"} 1701
st4InputCordActivePower{st4InputCordName="Cord_A",st4UnitName="Link"} 1265
# TYPE st4InputCordEnergy gauge
st4InputCordEnergy{st4InputCordName="Cord_A",st4UnitName="Master"} 8937
st4InputCordEnergy{st4InputCordName="Cord_A",st4UnitName="Link"} 25659
# TYPE st4OutletActivePower gauge
st4OutletActivePower{st4InputCordName="Cord_A",st4OutletName="web 1 (a)",st4UnitName="Master"} 44
st4OutletActivePower{st4InputCordName="Cord_A",st4OutletName="Outlet_2",st4UnitName="Master"} -1
# TYPE st4OutletEnergy gauge
st4OutletEnergy{st4InputCordName="Cord_A",st4OutletName="web 1 (a)",st4UnitName="Master"} 1234
"""
RARITAN = """\
# TYPE inletActivePower gauge
inletActivePower{inletIndex="1"} 830
# TYPE outletActivePower gauge
outletActivePower{outletIndex="1",outletLabel="1"} 120
# TYPE outletWattHours gauge
outletWattHours{outletIndex="1",outletLabel="1"} 43210
"""
PDU2 = """\
# TYPE measurementsInletSensorValue gauge
measurementsInletSensorValue{inletId="1",pduId="1",sensorType="5"} 12345
measurementsInletSensorValue{inletId="1",pduId="1",sensorType="8"} 4200
# TYPE inletSensorDecimalDigits gauge
inletSensorDecimalDigits{inletId="1",pduId="1",sensorType="5"} 1
inletSensorDecimalDigits{inletId="1",pduId="1",sensorType="8"} 0
# TYPE measurementsOutletSensorValue gauge
measurementsOutletSensorValue{outletId="7",pduId="1",sensorType="5"} 532
measurementsOutletSensorValue{outletId="8",pduId="1",sensorType="5"} 999
# TYPE outletSensorDecimalDigits gauge
outletSensorDecimalDigits{outletId="7",pduId="1",sensorType="5"} 1
"""
APC_UPS = """\
# TYPE upsAdvOutputActivePower gauge
upsAdvOutputActivePower 1500
# TYPE upsHighPrecOutputEnergyUsage gauge
upsHighPrecOutputEnergyUsage 12345
"""
APC_PDU = """\
# TYPE rPDU2DeviceStatusPower gauge
rPDU2DeviceStatusPower{rPDU2DeviceStatusIndex="1"} 114
# TYPE rPDU2DeviceStatusEnergy gauge
rPDU2DeviceStatusEnergy{rPDU2DeviceStatusIndex="1"} 58137
# TYPE rPDU2PhaseStatusPower gauge
rPDU2PhaseStatusPower{rPDU2PhaseStatusIndex="1"} 114
"""

PAGES: dict[str, tuple[str, dict[str, tuple[float | None, int | None]]]] = {
    "ipmi-exporter": (IPMI, {"": (172, None)}),
    "idrac-exporter": (
        IDRAC,
        {
            "": (166, None),
            "psu-input/0": (89, None),
            "psu-input/1": (84, None),
            "psu-output/0": (74.5, None),
            "psu-output/1": (70, None),
        },
    ),
    "kepler": (
        KEPLER,
        {
            "": (60.0, 4500),
            "module/package": (55.5, 4000),
            "module/core": (20, 1000),
            "module/dram": (4.5, 500),
        },
    ),
    "kepler-gpu": (
        KEPLER,
        {
            "": (360.0, None),
            "module/package": (55.5, None),
            "module/core": (20, None),
            "module/dram": (4.5, None),
            "module/GPU-8f1c": (300, None),
        },
    ),
    "kepler-0.7": (KEPLER_OLD, {"": (None, 50_000)}),
    "scaphandre": (SCAPHANDRE, {"": (52.4288, None), "module/0": (50.0, None)}),
    "node-exporter": (NODE, {"": (None, 0), "module/0": (None, 0), "module/1": (None, 0)}),
    "node-exporter-amd": (NODE, {"": (None, 0), "module/0": (None, 0), "module/1": (None, 0)}),
    "snmp-servertech-sentry4": (
        SENTRY4,
        {
            "": (2966, 34596 * 360_000),
            "inlet/Master.Cord_A": (1701, 8937 * 360_000),
            "inlet/Link.Cord_A": (1265, 25659 * 360_000),
            "outlet/Master.web-1-a": (44, 1234 * 3600),
        },
    ),
    "snmp-raritan": (RARITAN, {"": (830, None), "outlet/1": (120, 43210 * 3600)}),
    "snmp-raritan-pdu2": (
        PDU2,
        {"": (1234.5, 4200 * 3600), "inlet/1.1": (1234.5, 4200 * 3600), "outlet/1.7": (53.2, None)},
    ),
    "snmp-apcups": (APC_UPS, {"": (1500, 12345 * 36_000)}),
    "snmp-apc-rpdu2": (APC_PDU, {"": (1140.0, 58137 * 360_000), "phase/1": (1140.0, None)}),
}


def test_every_map_has_a_page_here() -> None:
    assert set(PAGES) == set(maps())


@pytest.mark.parametrize("name", PAGES)
async def test_a_map_reads_the_page_of_its_exporter(name: str, server: Fake, start: Start) -> None:
    text, expected = PAGES[name]
    server.reply = page(text)
    alone = {"alone": True} if maps()[name].in_band else {}
    readings = by_part(await start(map=name, **alone).collect())
    assert set(readings) == set(expected)
    for part, (power, energy) in expected.items():
        got = readings[part]
        assert got.power == (None if power is None else pytest.approx(power)), part
        assert got.energy == energy, part
        assert got.source.startswith("in-band " if maps()[name].in_band else name), part


async def test_what_began_with_the_exporter_says_so(
    server: Fake, start: Start, clock: StoppedClock
) -> None:
    born = clock.now().timestamp() - 600
    server.reply = page(f"{KEPLER}process_start_time_seconds {born}\n")
    total = by_part(await start(map="kepler", alone=True).collect())[""]
    assert total.register.zeroed is Zeroed.RESTART
    assert total.uptime is not None
    assert total.uptime.total_seconds() == pytest.approx(600)


async def test_counters_of_rapl_are_counted_across_their_span(
    server: Fake, start: Start, clock: StoppedClock
) -> None:
    one = start(map="node-exporter", alone=True)
    server.reply = page(NODE)
    first = by_part(await one.collect())
    assert first[""].flags == ("counting-begins",)
    clock.move(seconds=60)
    server.reply = page(NODE.replace("262000", "5856.67115").replace(" 1000\n", " 4000\n"))
    second = by_part(await one.collect())
    assert second["module/0"].energy == 6000
    assert second["module/0"].power == pytest.approx(100.0)
    assert (second[""].energy, second[""].power) == (9000, pytest.approx(150.0))
    assert second[""].register.zeroed is Zeroed.RESTART
    clock.move(seconds=600)
    again = by_part(await one.collect())
    assert (again[""].energy, again[""].flags) == (0, ("counting-begins",))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- a", "a.yaml: a map is a mapping with name, title and meters"),
        ("name: [", "a.yaml: is not YAML"),
        ("{name: a, title: A, meters: []}", "meters: Tuple should have at least 1 item"),
        ("{name: a, title: A, meters: [{scope: total}]}", "a meter has a power, an energy or both"),
        (
            "{name: a, title: A, meters: [{scope: outlet, power: [{metric: a}]}]}",
            "which outlet a sample is of stands in a label: name it in `key`",
        ),
        (
            "{name: a, title: A, meters: [{key: b, power: [{metric: a}]}]}",
            "a device has one total: leave `key` out",
        ),
        (
            "{name: a, title: A, meters: [{power: [{metric: [a, b]}]}]}",
            "several metrics are for a sum: write `sum: true`, or name one",
        ),
        (
            "{name: a, title: A, meters: [{power: [{metric: a, labels: {b: '~('}}]}]}",
            "is no regular expression",
        ),
        (
            "{name: a, title: A, meters: [{power: [{metric: a}]}, {energy: [{metric: a}]}]}",
            "total stands there twice",
        ),
        ("{name: a, title: A, meters: [{power: [{metric: a, unit: VA}]}]}", "power.0.unit"),
        (
            "{name: a, title: A, meters: [{power: [{metric: a}], conditions: {v: {metric: b}}}]}",
            "'v' is no condition: there are apparent_energy_voltamperehours",
        ),
        ("{name: a, title: A, meter: []}", "meter: there is no such key; do you mean 'meters'?"),
    ],
)
def test_a_map_that_cannot_be_is_refused_with_key_and_cause(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as raised:
        map_of(text, "a.yaml")
    assert words in str(raised.value)
