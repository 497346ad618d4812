"""The sites at a glance: the power now, the hour, today, the month, and what needs a look."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.responses import Response

from agent.accounting.hours import hour_of
from agent.accounting.periods.calendar import day_of, hours_of, period_of
from agent.accounting.periods.figures import METHOD
from agent.accounting.periods.totals import Totals
from agent.accounting.site import Site
from agent.console.api.answers import answer, desk_of
from agent.console.api.asked import After, Format, Limit, Name
from agent.console.api.paging import page_of
from agent.console.api.problems import not_there
from agent.console.api.site_said import (
    BudgetSaid,
    EmissionsSaid,
    HourSaid,
    IntensityUsed,
    MonthSaid,
    Reporting,
    Sites,
    SiteSaid,
    StandingSaid,
    TodaySaid,
)
from agent.console.api.tables import Table
from agent.console.scene import Outlook, outlook_of
from agent.console.troubles import Scene, looks_of
from agent.ledger import Connection
from agent.ledger.hours.totals import totals
from agent.ledger.readers import Budget
from agent.model import FRESH, BudgetNow, Kind, MeterNow, SiteHour, SiteNow
from agent.units import Grams, kilograms, kwh

router = APIRouter(tags=["sites"])


@router.get("/sites", response_model=Sites, summary="Sites at a glance")
async def sites(
    request: Request, limit: Limit = 200, after: After = None, format: Format = None
) -> Response:
    """Return a page of the sites in the settings."""
    outlook = await outlook_of(desk_of(request))

    def work(connection: Connection, budget: Budget) -> Sites:
        page, following = page_of(
            request, outlook.now.sites, lambda one: one.site, after=after, limit=limit
        )
        said = [said_of(connection, budget, outlook, one) for one in page]
        return Sites(items=said, next=following)

    return await answer(request, work, Table(COLUMNS, rows_of), link=True)


@router.get("/sites/{site}", response_model=SiteSaid, summary="One site at a glance")
async def one_site(request: Request, site: Name) -> Response:
    """Return a site."""
    outlook = await outlook_of(desk_of(request))
    now = site_in(outlook, site)
    return await answer(
        request, lambda connection, budget: said_of(connection, budget, outlook, now)
    )


def site_in(outlook: Outlook, name: str) -> SiteNow:
    """Return a site of the settings. Raises Refusal."""
    for one in outlook.now.sites:
        if one.site == name:
            return one
    raise not_there("the settings have", "site", name, outlook.tree.sites)


def said_of(connection: Connection, budget: Budget, outlook: Outlook, now: SiteNow) -> SiteSaid:
    """Return a site at a glance."""
    scene = outlook.scene(connection, budget, now)
    return SiteSaid(
        name=now.site,
        timezone=scene.site.timezone,
        grid=scene.site.grid,
        at=outlook.now.at,
        meters=_reporting(scene),
        power_watts=now.power,
        it_power_watts=now.it_power,
        hour=None if now.hour is None else _hour(now.hour),
        today=_today(now),
        month=_month(connection, budget, scene.site, outlook.now.at),
        budget={period: _budget(one) for period, one in now.budgets.items()},
        troubles=len(looks_of(scene)),
    )


def _reporting(scene: Scene) -> Reporting:
    heard = (reports(scene, device, read) for device, read in scene.meters.items())
    return Reporting(total=len(scene.meters), reporting=sum(heard))


def reports(scene: Scene, device: str, read: MeterNow | None) -> bool:
    """Return whether a device answers; where it was not asked yet, whether it was read just now."""
    state = scene.standing.devices.get(device)
    if state is not None:
        return state.up
    return read is not None and scene.at - read.at < FRESH


def _hour(hour: SiteHour) -> HourSaid:
    pue = hour.pue
    return HourSaid(
        start=hour.hour,
        pue=pue.value if pue else None,
        pue_measured=pue.measured if pue else None,
        pue_category=pue.category if pue else None,
        coverage=hour.coverage.known,
        intensities={
            kind: IntensityUsed(
                value_g_per_kwh=used.value,
                source=used.source,
                estimated=used.estimated,
                fallback=used.fallback,
                version=used.version,
            )
            for kind, used in sorted(hour.intensities.items())
        },
    )


def _today(now: SiteNow) -> TodaySaid:
    return TodaySaid(
        energy_kwh=None if now.energy_today is None else kwh(now.energy_today),
        emissions_kg=_emissions(now.emissions_today),
        coverage=now.coverage_today,
        standing={
            METHOD[kind]: StandingSaid(**shares) for kind, shares in now.standing_today.items()
        },
        pue_measured_share=now.pue_measured_today,
    )


def _month(connection: Connection, budget: Budget, site: Site, at: datetime) -> MonthSaid:
    month = period_of(day_of(hour_of(at), site.timezone).name[: len("2026-11")], site.timezone)
    budget.spend(month.hours)
    found: Totals = totals(connection, site, month, until=at)
    grams = {kind: one.grams for kind, one in found.emissions.items() if one.grams is not None}
    return MonthSaid(
        name=month.name,
        energy_kwh=None if found.energy is None else kwh(found.energy),
        emissions_kg=_emissions(grams),
        coverage=found.coverage.known,
        days_over=hours_of(month, at) / 24,
        days=month.hours / 24,
    )


def _budget(now: BudgetNow) -> BudgetSaid:
    return BudgetSaid(
        budget_kg=kilograms(now.budget),
        used_kg=None if now.used is None else kilograms(now.used),
        projected_kg=None if now.projected is None else kilograms(now.projected),
        burn=dict(now.burns),
    )


def _emissions(grams: Mapping[Kind, Grams]) -> EmissionsSaid:
    found = {METHOD[kind]: kilograms(one) for kind, one in grams.items()}
    return EmissionsSaid(**{method: found.get(method) for method in METHOD.values()})


COLUMNS = (
    "name",
    "at",
    "meters",
    "meters_reporting",
    "power_watts",
    "it_power_watts",
    "pue",
    "today_energy_kwh",
    "today_coverage",
    "today_emissions_location_kg",
    "month_energy_kwh",
    "month_emissions_location_kg",
    "troubles",
)


def rows_of(found: Sites) -> Iterator[dict[str, object]]:
    """Yield the sites as the rows of a table."""
    for one in found.items:
        hour = one.hour
        cells = (
            one.name,
            one.at,
            one.meters.total,
            one.meters.reporting,
            one.power_watts,
            one.it_power_watts,
            hour.pue if hour else None,
            one.today.energy_kwh,
            one.today.coverage,
            one.today.emissions_kg.location,
            one.month.energy_kwh,
            one.month.emissions_kg.location,
            one.troubles,
        )
        yield dict(zip(COLUMNS, cells, strict=True))
