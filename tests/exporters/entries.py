"""What the exporters are given in these tests: a small site in one hour."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from agent.model import (
    HOUR,
    MINUTE,
    Backlog,
    Basis,
    BudgetNow,
    BudgetPeriod,
    Coverage,
    DeviceNow,
    Entry,
    ForecastNow,
    HourEnergy,
    HourIntensity,
    Intensity,
    Kind,
    LedgerNow,
    Meter,
    Metered,
    MeterId,
    MeterNow,
    Minute,
    Now,
    Pue,
    PueNow,
    Rating,
    Residual,
    Role,
    Scope,
    SiteHour,
    SiteNow,
    Stage,
)
from agent.units import Grams, GramsPerKwh, Joules, Millilitres, Watts

START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - 3 * HOUR
"""A recent hour: real servers refuse what is too old or too new."""

PDU = Meter(
    id=MeterId("pdu-1"),
    device="pdu-1",
    site="north",
    role=Role.RACK,
    tags={"rack": "r 07", "room": "hall,1", "tenant": "a=b", "feed": ""},
)
OUTLET = Meter(
    id=MeterId("pdu-1/outlet/12"),
    device="pdu-1",
    site="north",
    role=Role.OUTLET,
    scope=Scope.OUTLET,
    upstream=("pdu-1",),
    tags={"rack": "r 07"},
)
UTILITY = Meter(id=MeterId("main"), device="main", site="north", role=Role.UTILITY)
WATER = Meter(id=MeterId("water"), device="water", site="north", role=Role.WATER)
HEAT = Meter(id=MeterId("heat"), device="heat", site="north", role=Role.HEAT_REUSE)


def minute(
    meter: Meter = PDU,
    *,
    start: datetime = START,
    energy: int | None = 12_000,
    power: float | None = 200.5,
    basis: Basis | None = Basis.COUNTER,
) -> Minute:
    return Minute(
        meter=meter,
        start=start,
        energy=None if energy is None else Joules(energy),
        covered=60.0 if energy is not None else 0.0,
        power=None if power is None else Watts(power),
        basis=basis,
    )


def minutes(count: int, meter: Meter = PDU) -> list[Minute]:
    """Return one meter's minutes, one after the other."""
    return [
        minute(meter, start=START + number * MINUTE, energy=12_000 + number)
        for number in range(count)
    ]


def hour_intensity(kind: Kind, value: float) -> HourIntensity:
    return HourIntensity(
        kind=kind,
        value=GramsPerKwh(value),
        source="wire",
        version=START,
        estimated=kind is Kind.MARGINAL,
        coverage=1.0,
    )


def energy(meter: Meter, joules: int) -> HourEnergy:
    return HourEnergy(
        meter=meter, hour=START, energy=Joules(joules), measured=3000.0, interpolated=600.0
    )


INTENSITIES = {
    Kind.DIRECT: hour_intensity(Kind.DIRECT, 100.0),
    Kind.LIFECYCLE: hour_intensity(Kind.LIFECYCLE, 150.0),
    Kind.MARGINAL: hour_intensity(Kind.MARGINAL, 300.0),
}


PUE = Pue(value=1.5, measured=True, category=2, coverage=0.9)


BROKEN = Residual(node=("pdu-1",), stage=Stage.RACK, energy=Joules(-5_000), bound=Joules(1_000))


def site_hour(
    *,
    version: int = 1,
    intensities: Mapping[Kind, HourIntensity] = INTENSITIES,
    closed: bool = False,
    pue: Pue | None = PUE,
) -> SiteHour:
    """Return an hour of 1.5 kWh at the utility, 1 kWh of it IT."""
    return SiteHour(
        site="north",
        hour=START,
        version=version,
        closed=closed,
        facility=Joules(5_400_000),
        it=Joules(3_600_000),
        pue=pue,
        intensities=intensities,
        emissions={kind: Grams(1.5 * applied.value) for kind, applied in intensities.items()},
        coverage=Coverage(measured=0.95),
        coverages={Metered.IT: Coverage(measured=0.5, interpolated=0.25)},
        meters=(energy(PDU, 3_600_000), energy(UTILITY, 5_400_000)),
    )


def rich_hour() -> SiteHour:
    """Return an hour of a site that has meters of everything."""
    return replace(
        site_hour(),
        grid=Joules(5_000_000),
        onsite=Joules(400_000),
        water=Millilitres(1_500),
        reused=Joules(300_000),
        losses={stage: Joules(1000) for stage in Stage if stage is not Stage.SUPPLY},
        unattributed=Joules(20_000),
        broken=(BROKEN,),
        coverages={name: Coverage(measured=0.5, interpolated=0.25) for name in Metered},
        meters=(
            energy(PDU, 3_600_000),
            energy(UTILITY, 5_400_000),
            energy(WATER, 1_500),
            energy(HEAT, 300_000),
        ),
    )


def intensity(value: float = 100.0, *, updated_at: datetime | None = None) -> Intensity:
    return Intensity(
        grid="home",
        kind=Kind.DIRECT,
        source="wire",
        zone="DE",
        start=START,
        period=HOUR,
        value=GramsPerKwh(value),
        fetched_at=START + HOUR,
        updated_at=updated_at,
        estimated=True,
    )


def everything() -> list[Entry]:
    """Return entries that fill every field there is."""
    return [
        Entry(position=1, minutes=(minute(), minute(OUTLET, basis=Basis.INTERPOLATED))),
        Entry(position=2, minutes=(minute(WATER), minute(HEAT))),
        Entry(position=3, hour=rich_hour()),
        Entry(position=4, intensities=(intensity(),)),
    ]


def meter_now(
    meter: Meter = PDU,
    *,
    at: datetime = START,
    power: float | None = 200.5,
    conditions: Mapping[str, float] | None = None,
) -> MeterNow:
    return MeterNow(
        meter=meter,
        since=START - HOUR,
        at=at,
        power=None if power is None else Watts(power),
        booked=Joules(7_200_000),
        conditions={"voltage_volts": 230.1} if conditions is None else conditions,
    )


def site_now(
    *,
    joules: int = 9_000_000,
    grams: Mapping[Kind, float] | None = None,
    hour: SiteHour | None = None,
) -> SiteNow:
    today = {kind: 250.0 for kind in Kind} if grams is None else grams
    return SiteNow(
        site="north",
        power=Watts(1500.0),
        it_power=Watts(1000.0),
        energy_today=Joules(joules),
        emissions_today={kind: Grams(value) for kind, value in today.items()},
        coverage_today=0.97,
        hour=site_hour() if hour is None else hour,
        standing_today={kind: {"final": 0.75, "estimated": 0.25} for kind in today},
        pue_measured_today=0.5 if today else None,
    )


RATING = Rating(power=Watts(401.0), amperes=32.0)


def rich_site() -> SiteNow:
    """Return a site of which everything is known."""
    return replace(
        site_now(hour=rich_hour()),
        grid_power=Watts(1400.0),
        energy_month=Joules(90_000_000),
        emissions_month={kind: Grams(2500.0) for kind in Kind},
        budgets={
            BudgetPeriod.DAY: BudgetNow(
                budget=Grams(1000.0),
                used=Grams(250.0),
                projected=Grams(900.0),
                burns={"1h": 1.25, "6h": 0.75},
            ),
            BudgetPeriod.MONTH: BudgetNow(budget=Grams(30_000.0), used=None, projected=None),
        },
        pue_now=PueNow(day=1.5, past=1.25, drift=0.2),
        forecasts={Kind.DIRECT: ForecastNow(lowest=GramsPerKwh(80.0), highest=GramsPerKwh(240.0))},
        known_until={Kind.DIRECT: START - HOUR, Kind.MARGINAL: START + HOUR},
        residuals=(BROKEN,),
    )


def rich_now() -> Now:
    """Return a moment that has every measure."""
    pdus = [
        replace(PDU, id=MeterId(name), device=name, tags={"rack": "r07", "feed": feed})
        for name, feed in (("pdu-a", "A"), ("pdu-b", "B"))
    ]
    rated = [replace(pdu, rating=RATING) for pdu in pdus]
    phases = [
        replace(rated[0], id=MeterId(f"pdu-a/phase/{number}"), scope=Scope.PHASE)
        for number in (1, 2, 3)
    ]
    meters = [
        *(meter_now(one) for one in (PDU, WATER, HEAT, *rated)),
        *(
            meter_now(one, conditions={"current_amperes": amperes})
            for one, amperes in zip(phases, (8.0, 10.0, 12.0), strict=True)
        ),
    ]
    return replace(
        now(meters=meters, sites=(rich_site(),)),
        backlogs=(Backlog(exporter="influx", entries=3, oldest=START - HOUR),),
        ledger=LedgerNow(size=200, cap=1000, free=300),
    )


def now(
    *,
    at: datetime = START,
    meters: Sequence[MeterNow] | None = None,
    sites: Sequence[SiteNow] | None = None,
) -> Now:
    since = at - timedelta(hours=2)
    return Now(
        at=at,
        sites=(site_now(),) if sites is None else sites,
        meters=(meter_now(), meter_now(OUTLET)) if meters is None else meters,
        devices=(
            DeviceNow(name="pdu-1", kind="snmp", up=True, since=since, seconds=0.02),
            DeviceNow(name="ups-1", kind="snmp", up=False, since=since, error="no answer"),
        ),
    )


def with_tags(meter: Meter, tags: Mapping[str, str]) -> Meter:
    return replace(meter, tags=tags)
