"""The rules about carbon: rates, budgets, the grid's intensity, and the PUE."""

from collections.abc import Iterator
from datetime import timedelta

from agent.alerts.rule import Comparison, Rule, Severity
from config.alerts import AlertName, AlertThresholds

MINUTES = timedelta(minutes=1)
HOURS = timedelta(hours=1)
GRAMS_PER_KG = 1000


def carbon_rules(to: AlertThresholds) -> Iterator[Rule]:
    """Yield them with a site's own thresholds."""
    yield Rule(
        name=AlertName.CARBON_RATE_HIGH,
        severity=Severity.WARNING,
        when=(
            Comparison(
                metric="carbond_site_emissions_location_grams_per_hour",
                threshold=to.carbon_rate_kg_per_hour * GRAMS_PER_KG,
            ),
        ),
        hold=15 * MINUTES,
        keep=15 * MINUTES,
        summary="{site} emits {value:scaled}g CO2e an hour (location-based), more than "
        "{threshold:scaled}g.",
    )
    yield from _burns(to, AlertName.DAY_BUDGET_BURN, "day", ("1h", "6h"), 10 * MINUTES)
    yield from _burns(to, AlertName.MONTH_BUDGET_BURN, "month", ("1d", "3d"), HOURS)
    yield Rule(
        name=AlertName.BUDGET_SPENT,
        severity=Severity.WARNING,
        when=(Comparison(metric="carbond_site_budget_used_ratio", threshold=1),),
        hold=5 * MINUTES,
        summary="{site} has used {value:percent} of its carbon budget of the {period}.",
    )
    yield from _grid(to)
    yield from _pue(to)


def _burns(
    to: AlertThresholds, name: AlertName, period: str, windows: tuple[str, str], hold: timedelta
) -> Iterator[Rule]:
    """Yield the fast and the slow burn of a budget.

    The short window lets the alert end soon after the cause has, the long one keeps it from firing
    for what is over by itself. Where the period is projected to end within its budget nobody is
    told of a slow burn, nor on one fast day of a month.
    """
    short, long = windows
    over = Comparison(
        metric="carbond_site_budget_projected_ratio", threshold=1, matchers={"period": period}
    )
    fast, slow = (_burn(period, windows, ratio) for ratio in _ratios(to))
    for severity, burning in ((Severity.CRITICAL, fast), (Severity.WARNING, slow)):
        yield Rule(
            name=name,
            severity=severity,
            when=(*burning, over),
            on=("site",),
            hold=hold,
            keep=hold,
            summary="{site} emits {value:hundredths} times what its carbon budget of the "
            f"{period} allows, for {short} and for {long}: more than {{threshold:hundredths}} "
            "times. The budget will not last.",
        )


def _ratios(to: AlertThresholds) -> tuple[float, float]:
    return to.budget_fast_ratio, to.budget_slow_ratio


def _burn(period: str, windows: tuple[str, str], ratio: float) -> tuple[Comparison, ...]:
    return tuple(
        Comparison(
            metric="carbond_site_budget_burn_ratio",
            threshold=ratio,
            matchers={"period": period, "window": window},
        )
        for window in windows
    )


def _grid(to: AlertThresholds) -> Iterator[Rule]:
    yield Rule(
        name=AlertName.GRID_INTENSITY_HIGH,
        severity=Severity.WARNING,
        when=(
            Comparison(
                metric="carbond_grid_intensity_direct_grams_per_kilowatt_hour",
                threshold=to.grid_intensity_g_per_kwh,
            ),
        ),
        hold=15 * MINUTES,
        keep=15 * MINUTES,
        summary="The grid of {site} emits {value:scaled}g CO2e/kWh in this hour ({source}), more "
        "than {threshold:scaled}g.",
    )
    yield from _ahead(to)


def _ahead(to: AlertThresholds) -> Iterator[Rule]:
    yield Rule(
        name=AlertName.FORECAST_HIGH,
        severity=Severity.INFO,
        when=(
            Comparison(
                metric="carbond_grid_forecast_highest_grams_per_kilowatt_hour",
                threshold=to.grid_forecast_g_per_kwh,
                matchers={"kind": "direct", "horizon": "24h"},
            ),
        ),
        hold=30 * MINUTES,
        keep=HOURS,
        summary="The grid of {site} is forecast to emit up to {value:scaled}g CO2e/kWh within 24 "
        "hours, more than {threshold:scaled}g.",
    )
    yield Rule(
        name=AlertName.INTENSITY_STALE,
        severity=Severity.WARNING,
        when=(
            Comparison(
                metric="carbond_grid_intensity_age_seconds",
                threshold=to.intensity_age.total_seconds(),
                matchers={"kind": "direct"},
            ),
        ),
        hold=5 * MINUTES,
        summary="The newest intensity of the grid of {site} ended {value:duration} ago, more than "
        "{threshold:duration}.",
    )


def _pue(to: AlertThresholds) -> Iterator[Rule]:
    yield Rule(
        name=AlertName.PUE_DRIFT,
        severity=Severity.WARNING,
        when=(Comparison(metric="carbond_site_pue_drift_ratio", threshold=to.pue_drift),),
        hold=HOURS,
        keep=HOURS,
        summary="The PUE of {site} was {value:percent} higher in the last day than in the 28 days "
        "before, more than {threshold:percent}.",
    )
    yield Rule(
        name=AlertName.PUE_NOT_MEASURED,
        severity=Severity.INFO,
        when=(
            Comparison(
                metric="carbond_site_pue_measured_today_ratio",
                sign="<",
                threshold=to.pue_measured,
            ),
            # Where it never was there is nothing to be told of.
            Comparison(metric="carbond_site_pue_past_ratio", threshold=0),
        ),
        on=("site",),
        hold=2 * HOURS,
        summary="The PUE of {site} is measured for {value:percent} of today's energy, less than "
        "{threshold:percent}: the rest stands on a declared one, or on none.",
    )
