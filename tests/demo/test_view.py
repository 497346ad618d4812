"""What the demo shows, and what it comes to in the end."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from agent.clock import Clock
from agent.demo.result import Booked, Result, compare
from agent.demo.screen import Frame, screen_of
from agent.demo.site import Site
from agent.demo.view import LiveView
from agent.figures import figure, mass, percent, significant, sparkline
from agent.model import (
    Coverage,
    DeviceNow,
    HourIntensity,
    Kind,
    Meter,
    MeterId,
    MeterNow,
    Now,
    Pue,
    Role,
    SiteHour,
    SiteNow,
)
from agent.units import Grams, GramsPerKwh, Joules, Watts

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
SITE = Site(start=START, seed=1)
ADDRESS = "http://127.0.0.1:9464/"


def device(name: str, error: str = "", kind: str = "snmp") -> DeviceNow:
    return DeviceNow(name=name, kind=kind, up=not error, since=START, error=error)


def intensity(kind: Kind, value: float, *, estimated: bool = False) -> HourIntensity:
    return HourIntensity(
        kind=kind,
        value=GramsPerKwh(value),
        source="em",
        version=START,
        estimated=estimated,
        coverage=1.0,
    )


HOUR = SiteHour(
    site="demo",
    hour=START,
    version=1,
    closed=False,
    facility=Joules(1),
    it=Joules(1),
    pue=Pue(value=1.352, measured=True, category=2, coverage=0.25),
    intensities={
        Kind.DIRECT: intensity(Kind.DIRECT, 312.4, estimated=True),
        Kind.MARGINAL: intensity(Kind.MARGINAL, 540),
    },
    emissions={},
    coverage=Coverage(measured=1.0),
    meters=(),
)
ALL = SiteNow(
    site="demo",
    power=Watts(164_800),
    it_power=Watts(121_500),
    energy_today=Joules(1_720_000 * 3600),
    emissions_today={Kind.DIRECT: Grams(1_840_000)},
    coverage_today=0.99996,
    hour=HOUR,
)
NOTHING = SiteNow(
    site="demo",
    power=None,
    it_power=None,
    energy_today=Joules(0),
    emissions_today={},
    coverage_today=None,
    hour=None,
)


def now(site: SiteNow = ALL, *down: DeviceNow) -> Now:
    silent = {each.name for each in down}
    meters = [
        MeterNow(
            meter=Meter(
                id=MeterId(pdu.name),
                device=pdu.name,
                site="demo",
                role=Role.RACK,
                tags={"rack": pdu.rack, "feed": pdu.feed.upper()},
            ),
            since=START,
            at=START,
            power=SITE.power(pdu.name, START),
            booked=Joules(0),
        )
        for pdu in SITE.pdus
        if pdu.name not in silent
    ]
    names = [pdu.name for pdu in SITE.pdus] + [server.name for server in SITE.servers]
    up = [device(name) for name in names if name not in silent]
    return Now(at=START, sites=[site], meters=meters, devices=[*up, *down])


def shown(moment: Now | None, width: int = 80, height: int = 24) -> str:
    frame = Frame(
        now=moment,
        at=START,
        speed=60.0,
        powers=[(START + timedelta(minutes=n), 160_000.0 + 900 * n) for n in range(200)],
        console=ADDRESS,
        ledger="/var/tmp/demo/ledger.db",  # noqa: S108 shown, never opened
        width=width,
        height=height,
    )
    console = Console(width=width, height=height, file=io.StringIO(), record=True)
    console.print(screen_of(frame))
    return console.export_text().rstrip("\n")


SILENT = [device(f"rack-{n:02}-b", f"rack-{n:02}-b: no answer within 3 s") for n in range(1, 9)]


@pytest.mark.parametrize(
    ("width", "height"), [(80, 24), (100, 30), (119, 50), (120, 30), (240, 60)]
)
@pytest.mark.parametrize("down", [SILENT[:0], SILENT[:1], SILENT])
def test_it_fits_terminals_of_all_sizes(width: int, height: int, down: Sequence[DeviceNow]) -> None:
    text = shown(now(ALL, *down), width, height)
    lines = text.splitlines()
    assert len(lines) <= height
    assert max(map(len, lines)) <= width
    assert ADDRESS in text
    assert "rack-12" in text
    for each in down[:1]:
        assert each.name in text


def test_it_shows_each_figure_with_its_unit_and_how_it_is_known() -> None:
    text = shown(now()).replace("\N{THIN SPACE}", " ")
    for words in (
        "165 kW",
        "IT 122 kW · rest 43.3 kW",
        "1.72 MWh",
        "1.35  measured over 15 min, category 2",
        "~312 g/kWh  direct, estimated",
        "540 g/kWh marginal",
        "1.84 t  direct",
        "99.9 %",
        "64 up  none down",
        "60x real time",
        "09:00:00 UTC",
    ):
        assert words in text


def test_what_is_missing_is_a_dash_and_never_a_zero() -> None:
    text = shown(now(NOTHING, *[device(pdu.name, "no answer") for pdu in SITE.pdus]))
    labelled = {line[:16].strip(): line[17:] for line in text.splitlines()}
    for label in ("power now", "PUE this hour", "grid", "emissions today", "coverage today"):
        assert labelled[label].startswith("–"), label
        assert "0" not in labelled[label]


def test_a_rack_with_a_silent_feed_has_no_sum() -> None:
    text = shown(now(ALL, device("rack-03-b", "no answer")), 100, 40)
    row = next(line for line in text.splitlines() if line.startswith("rack-03"))
    assert row.split()[-2:] == ["–", "–"]


def test_what_is_down_is_named_with_its_cause_and_since_when() -> None:
    grid = device("em", "em: HTTP 401: the key is refused", "electricitymaps")
    text = shown(now(ALL, device("ups-a", "ups-a: no answer within 3 s"), grid), 100, 40)
    assert "ups-a  no answer within 3 s  since 09:00" in text
    assert "em  HTTP 401: the key is refused" in text
    assert "● 1 down" in text


def test_before_the_first_readings_it_says_so() -> None:
    assert "first readings are on their way" in shown(None)


def test_a_declared_pue_is_called_declared() -> None:
    hour = replace(HOUR, pue=Pue(value=1.5, measured=False, category=None, coverage=0.0))
    assert "1.50  declared" in shown(now(replace(ALL, hour=hour)))


def view_on(console: Console) -> LiveView:
    clock = Clock(start=START, speed=60.0)
    return LiveView(
        clock, address=ADDRESS, ledger="ledger.db", zone="Europe/Berlin", console=console
    )


async def test_without_a_terminal_it_writes_a_plain_line_a_minute() -> None:
    written = io.StringIO()
    with view_on(Console(file=written, force_terminal=False, width=80)) as view:
        for second in range(0, 180, 10):
            await view.show(replace(now(ALL, *SILENT[:1]), at=START + timedelta(seconds=second)))
    lines = written.getvalue().replace("\N{THIN SPACE}", " ").splitlines()
    assert [line[:20] for line in lines] == [f"2026-03-02 10:0{n} CET" for n in range(3)]
    assert "power 165 kW (IT 122 kW)" in lines[0]
    assert lines[0].endswith("63 devices up, 1 down: rack-01-b")
    assert "\x1b" not in written.getvalue()


async def test_on_a_terminal_it_takes_the_screen_and_gives_it_back() -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=80, height=24)
    with view_on(console) as view:
        await view.show(now())
    text = written.getvalue()
    assert text.index("\x1b[?1049h") < text.index("carbond") < text.index("\x1b[?1049l")


async def test_a_terminal_without_unicode_is_no_reason_to_fail() -> None:
    written = io.BytesIO()
    file = io.TextIOWrapper(written, encoding="ascii")
    with view_on(Console(file=file, force_terminal=True, width=80, height=24)) as view:
        await view.show(now())
        assert view._live is not None
        view._live.refresh()
    file.flush()
    assert b"rack-12" in written.getvalue()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        (0, "0 W"),
        (4.2, "4.20 W"),
        (999.4, "999 W"),
        (999.6, "1.00 kW"),
        (5_490, "5.49 kW"),
        (164_800, "165 kW"),
        (1_234_567, "1.23 MW"),
        (-250, "-250 W"),
    ],
)
def test_figures_have_three_significant_digits_and_a_prefix(
    value: float | None, words: str
) -> None:
    assert figure(value, "W").replace("\N{THIN SPACE}", " ") == words


@given(st.floats(1e-3, 1e9))
def test_a_figure_is_within_half_a_percent_of_its_value(value: float) -> None:
    assert float(significant(value)) == pytest.approx(value, rel=0.005, abs=0.0005)


@pytest.mark.parametrize(
    ("grams", "words"), [(None, "–"), (412_000.0, "412 kg"), (1_840_000.0, "1.84 t")]
)
def test_masses_are_in_grams_kilograms_and_tonnes(grams: float | None, words: str) -> None:
    assert mass(grams).replace("\N{THIN SPACE}", " ") == words


def test_only_all_is_a_hundred_percent() -> None:
    assert percent(0.99999).startswith("99.9")
    assert percent(1.0).startswith("100")
    assert percent(None) == "–"


def test_gaps_in_a_trend_stay_gaps() -> None:
    assert sparkline([1.0, None, 2.0, 3.0]) == "▁ ▅█"
    assert sparkline([5.0, 5.0]) == "▁▁"
    assert sparkline([None]) == ""


def booked_exactly(*names: str) -> dict[MeterId, Booked]:
    """Return what a perfect meter of each element books, each over a span of its own."""
    booked = {}
    for number, name in enumerate(names):
        start, end = START + timedelta(seconds=number), START + timedelta(hours=1, minutes=number)
        booked[MeterId(name)] = (start, end, SITE.energy(name, start, end))
    return booked


def compared(booked: Mapping[MeterId, Booked], *devices: DeviceNow) -> str:
    result = compare(SITE, booked, emissions=Grams(123.0), coverage=0.98, devices=devices)
    return result.json()


def test_what_was_booked_exactly_differs_by_nothing() -> None:
    names = [pdu.name for pdu in SITE.pdus]
    booked = booked_exactly("utility", "ups-a", "ups-b/input", "server-07", *names)
    result = compare(SITE, booked, emissions=None, coverage=None, devices=())
    assert [stage.name for stage in result.stages] == [
        "utility",
        "UPS input",
        "UPS output",
        "racks (IT)",
        "servers",
    ]
    assert all(stage.difference == 0 for stage in result.stages)
    assert result.true_kwh == result.booked_kwh


def test_the_result_has_six_figures_in_their_order() -> None:
    devices = (device("utility"), device("rack-01-a", "gone"), device("em"))
    figures = json.loads(compared(booked_exactly("utility"), *devices))
    assert list(figures) == [
        "true_kwh",
        "booked_kwh",
        "emissions_g",
        "coverage",
        "devices_up",
        "devices_down",
    ]
    assert figures["true_kwh"] == pytest.approx(165, rel=0.1)
    assert (figures["devices_up"], figures["devices_down"]) == (1, 1)


def test_what_was_not_booked_is_null_and_not_zero() -> None:
    figures = json.loads(compared({}))
    assert figures["true_kwh"] is None
    assert figures["booked_kwh"] is None


def test_the_table_names_each_stage_with_its_difference() -> None:
    booked = booked_exactly("utility")
    start, end, energy = booked[MeterId("utility")]
    booked[MeterId("utility")] = (start, end, Joules(round(energy * 1.002)))
    result = compare(SITE, booked, emissions=Grams(5e6), coverage=0.5, devices=())
    console = Console(file=io.StringIO(), width=80, record=True)
    console.print(result.table())
    text = console.export_text().replace("\N{THIN SPACE}", " ")
    assert "+0.20 %" in text
    assert "emissions 5.00 t (direct) · coverage 50.0 %" in text


def test_labels_and_all_kinds_of_emissions_stand_whole_beside_the_racks() -> None:
    grams = {Kind.DIRECT: 271.0, Kind.LIFECYCLE: 714.0, Kind.MARGINAL: 1_620.0}
    site = replace(ALL, emissions_today={kind: Grams(value) for kind, value in grams.items()})
    for width, height in ((80, 24), (119, 40), (120, 24), (120, 40), (200, 50)):
        text = shown(now(site), width, height)
        for whole in ("energy today", "PUE this hour", "emissions today", "coverage today"):
            assert whole in text, (width, height)
        assert f"marginal {mass(1_620)}" in text, (width, height)
        assert len(text.splitlines()) <= height


def test_what_is_not_known_yet_says_when_it_will_be() -> None:
    site = replace(NOTHING, energy_today=None)
    assert "energy today     –  known after the first full minute" in shown(now(site), 120, 40)


def text_of(result: Result, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, record=True)
    console.print(result.table())
    return console.export_text().replace("\N{THIN SPACE}", " ")


def test_what_was_not_read_of_meters_without_a_counter_is_missing_and_no_difference() -> None:
    booked = booked_exactly("utility", "ups-a", "server-07")
    covered = {MeterId(name): 1800.0 for name in booked} | {MeterId("server-07"): 3720.0}
    by_name = {
        stage.name: stage
        for stage in compare(
            SITE, booked, emissions=None, coverage=None, devices=(), covered=covered
        ).stages
    }
    assert by_name["utility"].missing is None, "a counter says afterwards what flowed"
    assert by_name["utility"].difference == 0
    assert by_name["UPS output"].missing == pytest.approx(1 - 1800 / 3660, abs=0.01)
    assert by_name["UPS output"].difference is None
    assert (by_name["servers"].missing, by_name["servers"].difference) == (0, 0)


def test_the_table_says_what_is_missing_on_eighty_columns_and_only_where_it_was_asked() -> None:
    booked = booked_exactly("utility", "ups-a", *[f"{pdu.name}" for pdu in SITE.pdus])
    covered = {MeterId(name): 1800.0 for name in booked}
    none = {"emissions": None, "coverage": None, "devices": ()}
    text = text_of(compare(SITE, booked, covered=covered, **none))  # type: ignore[arg-type] # as its own
    assert "missing" in text.splitlines()[1]
    (line,) = (one for one in text.splitlines() if "UPS output" in one)
    assert line.split()[-3:-1] == ["–", "50.8"]
    assert "UPSs and servers have no counter: what was not read of them is missing" in text
    assert "missing" not in text_of(compare(SITE, booked, **none))  # type: ignore[arg-type] # the same
