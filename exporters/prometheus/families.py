"""The families of the page that are not the daemon's own: names, help and values.

Location-based, life-cycle and marginal figures have names of their own and never a label: nobody
must add them up.
"""

import re
from collections.abc import Callable, Mapping

from agent.model import Coverage, DeviceNow, HourIntensity, Kind, SiteHour, SiteNow
from agent.model import Quantity as MeterQuantity
from agent.units import MILLILITRES_PER_LITRE
from exporters.prometheus.accrual import ENERGY, Quantity
from exporters.prometheus.text import Family

CACHED = "Cached: the last reading, shown as long as it is fresh"
TODAY = "in the site's own day, from the ledger, provisional until the hours are closed"
SINCE_START = (
    "since the process began; a provisional accrual that never goes back, the ledger is the"
    " authority"
)

METHODS: Mapping[Kind, tuple[str, str]] = {
    Kind.DIRECT: ("location", "Location-based (Scope 2, average direct intensity)"),
    Kind.LIFECYCLE: ("lifecycle", "Life-cycle (average intensity, upstream included)"),
    Kind.MARGINAL: ("marginal", "Marginal"),
}

POWER = Family(name="carbond_meter_power_watts", help=f"Power in watts. {CACHED}.")
BOOKED = Family(
    name="carbond_meter_energy_joules_total",
    help="Energy in joules booked for the meter since it is known. Cached as of the last reading.",
    type="counter",
)
LAST_READING = Family(
    name="carbond_meter_last_reading_timestamp_seconds",
    help="When the meter was last read, in seconds since 1970. The only sample of a silent meter.",
)
FLOW = Family(name="carbond_meter_water_litres_per_second", help=f"Flow of water. {CACHED}.")
WATER = Family(
    name="carbond_meter_water_litres_total",
    help="Water in litres booked for the meter since it is known. Cached as of the last reading.",
    type="counter",
)
HEAT_FLOW = Family(name="carbond_meter_heat_watts", help=f"Flow of heat in watts. {CACHED}.")
HEAT = Family(
    name="carbond_meter_heat_joules_total",
    help="Heat in joules booked for the meter since it is known. Cached as of the last reading.",
    type="counter",
)
RATES_AND_SUMS: Mapping[MeterQuantity, tuple[Family, Family, int]] = {
    MeterQuantity.ELECTRICITY: (POWER, BOOKED, 1),
    MeterQuantity.HEAT: (HEAT_FLOW, HEAT, 1),
    MeterQuantity.WATER: (FLOW, WATER, MILLILITRES_PER_LITRE),
}
"""What is shown of a meter by its quantity: its rate, its sum, and what they are divided by."""

FIXED_OF_METERS = frozenset(
    {LAST_READING.name, *(one.name for of in RATES_AND_SUMS.values() for one in of[:2])}
)


def condition_family(condition: str) -> Family:
    """Return the family of a condition of a meter, such as `voltage_volts`."""
    name = f"carbond_meter_{re.sub(r'[^a-zA-Z0-9_]', '_', condition)}"
    if name in FIXED_OF_METERS:
        name = f"{name}_condition"
    return Family(name=name, help=f"The condition {condition} in the unit of its name. {CACHED}.")


DEVICE_FAMILIES: tuple[tuple[Family, Callable[[DeviceNow], float | None]], ...] = (
    (
        Family(
            name="carbond_device_up",
            help="1 if the device, grid or exporter answered last time, 0 if not.",
        ),
        lambda device: int(device.up),
    ),
    (
        Family(
            name="carbond_device_answer_seconds",
            help="How long the last answer took, in seconds; absent while there is none.",
        ),
        lambda device: device.seconds if device.up else None,
    ),
)

SITE_FAMILIES: tuple[tuple[Family, Callable[[SiteNow], float | None]], ...] = (
    (
        Family(name="carbond_site_power_watts", help=f"Power of the facility in watts. {CACHED}."),
        lambda site: site.power,
    ),
    (
        Family(name="carbond_site_it_power_watts", help=f"Power of IT in watts. {CACHED}."),
        lambda site: site.it_power,
    ),
    (
        Family(name="carbond_site_energy_today_joules", help=f"Energy in joules {TODAY}."),
        lambda site: site.energy_today,
    ),
    (
        Family(
            name="carbond_site_coverage_ratio",
            help="Share of today that is known, measured or interpolated, 0 to 1.",
        ),
        lambda site: site.coverage_today,
    ),
)

HOUR_FAMILIES: tuple[tuple[Family, Callable[[SiteHour], float | None]], ...] = (
    (
        Family(
            name="carbond_site_pue_ratio",
            help="PUE of the running hour (ISO/IEC 30134-2, interim).",
        ),
        lambda hour: hour.pue.value if hour.pue else None,
    ),
    (
        Family(name="carbond_site_pue_measured", help="1 if the PUE is measured, 0 if declared."),
        lambda hour: int(hour.pue.measured) if hour.pue else None,
    ),
    (
        Family(
            name="carbond_site_pue_coverage_ratio",
            help="Share of the hour in which both sides of the PUE were measured, 0 to 1.",
        ),
        lambda hour: hour.pue.coverage if hour.pue else None,
    ),
    (
        Family(
            name="carbond_site_hour_timestamp_seconds",
            help="Start of the hour that is shown, in seconds since 1970.",
        ),
        lambda hour: hour.hour.timestamp(),
    ),
    (
        Family(
            name="carbond_site_hour_version",
            help="Version of the hour that is shown; higher each time it is computed again.",
        ),
        lambda hour: hour.version,
    ),
    (
        Family(
            name="carbond_site_hour_final",
            help="1 if the hour that is shown is closed, 0 while it is provisional.",
        ),
        lambda hour: int(hour.closed),
    ),
    (
        Family(
            name="carbond_site_hour_coverage_ratio",
            help="Share of the hour that is known, measured or interpolated, 0 to 1.",
        ),
        lambda hour: hour.coverage.known,
    ),
    (
        Family(
            name="carbond_site_hour_interpolated_ratio",
            help="Share of the hour that is known as a sum over a gap or a lower bound, 0 to 1.",
        ),
        lambda hour: hour.coverage.interpolated,
    ),
    (
        Family(
            name="carbond_site_hour_unattributed_joules",
            help="Energy in joules of the hour that no meter behind the boundary has seen.",
        ),
        lambda hour: hour.unattributed,
    ),
    (
        Family(
            name="carbond_site_hour_broken_nodes",
            help="Nodes out of which more flowed than into them, past their meters' errors.",
        ),
        lambda hour: len(hour.broken),
    ),
)

LOSS = Family(
    name="carbond_site_hour_loss_joules",
    help="Energy in joules of the hour that was lost in one stage of the power chain.",
)

SUM_FAMILIES: tuple[tuple[Family, Callable[[Coverage], float]], ...] = (
    (
        Family(
            name="carbond_site_hour_sum_coverage_ratio",
            help=(
                "Share of one sum of the hour (facility, it, grid, onsite, water, reused,"
                " unattributed) that is known, measured or interpolated, 0 to 1."
            ),
        ),
        lambda coverage: coverage.known,
    ),
    (
        Family(
            name="carbond_site_hour_sum_interpolated_ratio",
            help="Share of one sum of the hour that is known over a gap or as a lower bound only.",
        ),
        lambda coverage: coverage.interpolated,
    ),
)

COUNTER_FAMILIES: Mapping[Quantity, Family] = {
    ENERGY: Family(
        name="carbond_site_energy_joules_total",
        help=f"Energy in joules {SINCE_START}.",
        type="counter",
    ),
    **{
        kind: Family(
            name=f"carbond_site_emissions_{name}_grams_total",
            help=f"{method} emissions in grams CO2e {SINCE_START}.",
            type="counter",
        )
        for kind, (name, method) in METHODS.items()
    },
}

PUE_MEASURED_TODAY = Family(
    name="carbond_site_pue_measured_today_ratio",
    help="Share of today's energy in hours whose PUE is measured, 0 to 1.",
)
STANDING_TODAY: Mapping[Kind, Family] = {
    kind: Family(
        name=f"carbond_site_emissions_{name}_today_energy_ratio",
        help=(
            f"Share of today's energy whose {method} emissions stand on final or estimated"
            " intensities, on a fallback, or that is uncovered."
        ),
    )
    for kind, (name, method) in METHODS.items()
}

EMISSIONS_TODAY: Mapping[Kind, Family] = {
    kind: Family(
        name=f"carbond_site_emissions_{name}_today_grams",
        help=f"{method} emissions in grams CO2e {TODAY}.",
    )
    for kind, (name, method) in METHODS.items()
}


def intensity_families(
    kind: Kind,
) -> tuple[tuple[Family, Callable[[HourIntensity], float]], ...]:
    """Return what is shown of the intensity of one kind that is applied to the running hour."""
    return (
        (
            Family(
                name=f"carbond_grid_intensity_{kind}_grams_per_kilowatt_hour",
                help=(
                    f"The {kind} intensity in grams CO2e per kilowatt-hour that is applied to the"
                    " running hour. Cached: as of its last version."
                ),
            ),
            lambda intensity: intensity.value,
        ),
        (
            Family(
                name=f"carbond_grid_intensity_{kind}_estimated",
                help=f"1 if the source calls the {kind} intensity an estimate, 0 if not.",
            ),
            lambda intensity: int(intensity.estimated),
        ),
        (
            Family(
                name=f"carbond_grid_intensity_{kind}_fallback",
                help=f"1 if something stands in for a {kind} intensity that is missing, 0 if not.",
            ),
            lambda intensity: int(intensity.fallback is not None),
        ),
        (
            Family(
                name=f"carbond_grid_intensity_{kind}_coverage_ratio",
                help=f"Share of the running hour that the {kind} intensity has points of, 0 to 1.",
            ),
            lambda intensity: intensity.coverage,
        ),
    )
