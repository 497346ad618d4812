"""What a person is told of: the thresholds, each with the reason for its default, and the way."""

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from config.fields import Duration, Share, Strict
from config.problems import nearest, quoted
from config.secret import Secret
from config.web_address import web_address_of

MOST_KG_PER_HOUR = 1e6
MOST_G_PER_KWH = 2000
"""More than any fuel: a figure above it has another unit."""

SHORTEST_LOOK = timedelta(seconds=1)


class AlertName(StrEnum):
    """The alerts. A name with two severities has a threshold for each."""

    CARBON_RATE_HIGH = "CarbondCarbonRateHigh"
    DAY_BUDGET_BURN = "CarbondDayBudgetBurn"
    MONTH_BUDGET_BURN = "CarbondMonthBudgetBurn"
    BUDGET_SPENT = "CarbondBudgetSpent"
    GRID_INTENSITY_HIGH = "CarbondGridIntensityHigh"
    FORECAST_HIGH = "CarbondForecastHigh"
    PUE_DRIFT = "CarbondPueDrift"
    PUE_NOT_MEASURED = "CarbondPueNotMeasured"
    COVERAGE_LOW = "CarbondCoverageLow"
    INTENSITY_STALE = "CarbondIntensityStale"
    ESTIMATED_SHARE_HIGH = "CarbondEstimatedShareHigh"
    FALLBACK_SHARE_HIGH = "CarbondFallbackShareHigh"
    EMISSIONS_UNCOVERED = "CarbondEmissionsUncovered"
    LOAD_HIGH = "CarbondLoadHigh"
    PHASE_IMBALANCE = "CarbondPhaseImbalance"
    REDUNDANCY_BROKEN = "CarbondRedundancyBroken"
    DEVICE_SILENT = "CarbondDeviceSilent"
    RESIDUAL_OUT_OF_BOUNDS = "CarbondResidualOutOfBounds"
    EXPORTER_BACKLOG = "CarbondExporterBacklog"
    LEDGER_NEARLY_FULL = "CarbondLedgerNearlyFull"
    AGENT_DOWN = "CarbondAgentDown"
    AGENT_ABSENT = "CarbondAgentAbsent"
    PAGE_STALE = "CarbondPageStale"


Level = Annotated[Share, Field(gt=0)]
"""A share that is not zero: nothing would ever be above it, or all."""

PAIRS = (
    ("budget_slow_ratio", "budget_fast_ratio"),
    ("load_warning", "load_critical"),
    ("redundancy_warning", "redundancy_critical"),
    ("backlog_warning", "backlog_critical"),
    ("ledger_warning", "ledger_critical"),
)
"""What warns must come before what is critical."""


class AlertThresholds(Strict):
    """The thresholds of all alerts, of Prometheus' and of the agent's own alike."""

    carbon_rate_kg_per_hour: float = Field(default=250.0, gt=0, le=MOST_KG_PER_HOUR)
    """Location-based emissions of a site, kg CO2e an hour. 250 is 1 MW on a grid of 250 g/kWh; what
    is much depends on the site: set it a tenth above the highest hour that you accept.
    """

    budget_fast_ratio: float = Field(default=1.5, gt=1, le=100)
    """Emissions in both windows by what the budget allows in them, critical. At 1.5 a day's budget
    is spent at 16:00, and a month's on the 20th: there is time to act, and none to wait.
    """

    budget_slow_ratio: float = Field(default=1.1, gt=1, le=100)
    """The same, a warning, where the whole period is projected to end above its budget as well. 1.1
    is more than a power or an intensity wavers from one day to the next.
    """

    grid_intensity_g_per_kwh: float = Field(default=500.0, gt=0, le=MOST_G_PER_KWH)
    """Direct intensity of the running hour. 500 is a mix with more coal than gas; set it to what
    one hour in ten of your own grid exceeds: `carbond report` has the hours.
    """

    grid_forecast_g_per_kwh: float = Field(default=500.0, gt=0, le=MOST_G_PER_KWH)
    """The highest direct intensity that is forecast for the next 24 hours: what can wait, or run
    before, is moved. The same as that of the running hour, so that one announces the other.
    """

    pue_drift: Level = 0.05
    """The last day's PUE above that of the 28 days before, as a share of it. Weather moves it by 2
    to 3 % from one week to the next; 5 % is a fan, a valve or a set point.
    """

    pue_measured: Level = 0.9
    """Least share of today's energy in hours whose PUE is measured, of a site where it was measured
    before. 0.9 lets two hours of a day pass.
    """

    coverage: Level = 0.95
    """Least share of the running hour that is known. Below 95 % a total says little about a year:
    it is what auditors ask to be explained.
    """

    intensity_age: Duration = timedelta(hours=3)
    """How old the newest intensity may be. Providers publish an hour one to two hours late at the
    worst of times.
    """

    estimated_share: Level = 0.5
    """Share of today's energy that stands on intensities which their source calls estimates. The
    last hours always do; with half of a day something is late.
    """

    fallback_share: Level = 0.1
    """Share of today's energy for which a stand-in of `fallback` is applied: more than two hours of
    a day.
    """

    uncovered_share: Level = 0.05
    """Share of today's energy that has no intensity at all, and so no emissions: more than an hour
    of a day.
    """

    load_warning: Level = 0.8
    """Load by rating of a PDU, an inlet or a phase. 80 % is what breakers carry for hours on end
    (NFPA 70 section 210.20(A) for continuous loads), and what is usual elsewhere.
    """

    load_critical: Level = 0.95
    """The same, critical: the next server that starts may trip the breaker."""

    imbalance: Level = 0.25
    """Greatest deviation of a phase from the mean of the three, as a share of the mean. With
    single-phase servers 10 to 15 % are usual in a well-filled rack; at 25 % one phase is full while
    a fifth of the PDU is idle.
    """

    imbalance_least_watts: float = Field(default=1000.0, ge=0, le=1e9)
    """Power below which an imbalance is none: of one server in an empty rack it is 200 %."""

    redundancy_warning: Level = 0.9
    """Power of all feeds of a rack together by the rating of what is left without the greatest one,
    of two feeds the smaller: at 90 % a few more servers end the redundancy.
    """

    redundancy_critical: Level = 1.0
    """The same, critical: above 1 the other feeds cannot carry the rack if one fails."""

    silent: Duration = timedelta(minutes=10)
    """How long a device may be silent. Ten polls of a minute: a restart of a PDU's network card
    takes one to three. What is asked more rarely, a grid for one, has missed two questions at
    least.
    """

    residual_ratio: float = Field(default=1.0, gt=0, le=1000)
    """Residual of a node of the metering tree by its bound. Above 1 the meters contradict each
    other by more than their errors.
    """

    backlog_warning: Duration = timedelta(minutes=15)
    """Age of the oldest entry that an exporter has not delivered: longer than a restart of a
    database takes.
    """

    backlog_critical: Duration = timedelta(hours=6)
    """The same, critical: nobody looks at figures of this shift any more."""

    ledger_warning: Level = 0.85
    """Size of the ledger by what it can have (its cap, or its disk). A ledger grows steadily: the
    last 15 % are weeks.
    """

    ledger_critical: Level = 0.95
    """The same, critical: at its cap the oldest minutes go, and on a full disk nothing is booked.
    """

    page_age: Duration = timedelta(minutes=2)
    """How old the page for Prometheus may be, which is made each 5 s. For Prometheus alone."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for low, high in PAIRS:
            first, second = getattr(self, low), getattr(self, high)
            if first >= second:
                raise ValueError(
                    f"{low} ({_plain(first)}) must be below {high} ({_plain(second)}): a warning "
                    "comes before what is critical"
                )
        return self


def _plain(value: float | timedelta) -> str:
    return f"{value.total_seconds():g} s" if isinstance(value, timedelta) else f"{value:g}"


def _named(name: object) -> object:
    """Return the name of an alert. Raises ValueError with the nearest one."""
    if isinstance(name, str) and name not in list(AlertName):
        hint = nearest(name, AlertName) or ": docs/alerts.md lists them"
        raise ValueError(f"unknown alert {quoted(name)}{hint}")
    return name


def _topic(text: str) -> str:
    if not text or text.endswith("/") or any(sign in text for sign in "+#\0"):
        raise ValueError(
            "must be a topic such as carbond/alerts, without + and # and a / at its end"
        )
    return text


def _not_too_often(every: timedelta) -> timedelta:
    if every < SHORTEST_LOOK:
        raise ValueError("must be 1s or longer")
    return every


Named = Annotated[AlertName, BeforeValidator(_named)]


def _webhook(url: str) -> str:
    return web_address_of(url, "http://127.0.0.1:9099/alerts")


class AlertMqttSettings(Strict):
    """A broker to which each alert goes as a message."""

    address: str = Field(min_length=1, max_length=253)
    """Address or name of the broker."""

    port: int | None = Field(default=None, ge=1, le=65535)
    """Its TCP port: 1883, or 8883 with tls, where left out."""

    user: str | None = Field(default=None, min_length=1)
    """The user to log in as."""

    password: Secret | None = None
    """The password of the user."""

    tls: bool = False
    """Whether the connection is encrypted, and the broker's certificate checked."""

    ca_file: Path | None = None
    """The certificates to check the broker's against, in PEM; the system's where left out."""

    topic: Annotated[str, Field(max_length=200), AfterValidator(_topic)] = "carbond/alerts"
    """Under it each alert has a topic of its own. No two agents may have the same."""

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.password is not None and self.user is None:
            raise ValueError("password needs a user: write user: NAME")
        if self.ca_file is not None and not self.tls:
            raise ValueError("ca_file has no use without tls: write tls: true")
        if self.ca_file is not None and not self.ca_file.is_file():
            raise ValueError(f"there is no file {self.ca_file}: correct ca_file")
        return self


class AlertWebhookSettings(Strict):
    """Who is sent the alerts in the form that Alertmanager sends them (version 4)."""

    url: Annotated[str, AfterValidator(_webhook)]
    """Where they are sent by POST."""

    token: Secret | None = None
    """A token that is sent along, `Authorization: Bearer`."""


class AlertOutputs(Strict):
    """Where the agent's own alerts go, beside the console."""

    log: bool = True
    """Whether the log has a line when one begins and when it ends."""

    mqtt: AlertMqttSettings | None = None
    """A broker to which each alert goes as a retained message."""

    webhook: AlertWebhookSettings | None = None
    """Who is sent them by POST, in the form of Alertmanager."""


def _listed(value: object) -> object:
    """Return one name as a list of one."""
    return (value,) if isinstance(value, str) else value


class AlertsSettings(Strict):
    """What a person is told of, by the agent itself or by Prometheus' rules."""

    thresholds: AlertThresholds = AlertThresholds()
    """Above, or below, which values."""

    disabled: Annotated[tuple[Named, ...], BeforeValidator(_listed)] = ()
    """The alerts that nobody wants."""

    hold: dict[Named, Duration] = Field(default_factory=dict)
    """How long it must be so before an alert fires, by alert; that of docs/alerts.md where left
    out.
    """

    every: Annotated[Duration, AfterValidator(_not_too_often)] = timedelta(minutes=1)
    """How often the agent looks."""

    runbook: str = Field(default="deploy/prometheus/runbook.md", min_length=1, max_length=500)
    """Where the page stands that says what to do, as alerts name it."""

    to: AlertOutputs = AlertOutputs()
    """Where the agent's own alerts go, beside the console."""
