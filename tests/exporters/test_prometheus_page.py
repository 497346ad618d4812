"""The page: what stands on it, what does not, and that every parser reads it."""

import gzip
import math
import subprocess
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from pydantic import ValidationError

from agent import counts
from agent.clock import Clock
from agent.measures import Family
from agent.model import Kind, MeterId, MeterNow, Now, Scope
from exporters.prometheus import Prometheus, PrometheusSettings
from exporters.prometheus.text import family_text, labels_text
from tests.exporters.entries import (
    HEAT,
    INTENSITIES,
    OUTLET,
    PDU,
    RATING,
    START,
    WATER,
    meter_now,
    now,
    rich_now,
    site_hour,
    site_now,
    with_tags,
)
from tests.servers import needs

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


def prometheus(**options: object) -> Prometheus:
    named = {"name": "page", "type": "prometheus", **options}
    return Prometheus(PrometheusSettings.model_validate(named), Clock())


def read(body: bytes) -> Series:
    """Return the series of a page, by prometheus-client's own parser."""
    samples = [
        (sample.name, frozenset(sample.labels.items()), sample.value)
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    ]
    series = {(name, labels): value for name, labels, value in samples}
    assert len(series) == len(samples)
    return series


async def shown(moment: Now, **options: object) -> Series:
    view = prometheus(**options)
    await view.show(moment)
    return read(view.body)


def of_meter(series: Series, name: str, meter: str = "pdu-1") -> float | None:
    found = [
        value
        for (each, labels), value in series.items()
        if each == name and ("meter", meter) in labels
    ]
    return found[0] if found else None


def of_site(series: Series, name: str) -> float | None:
    found = [value for (each, _), value in series.items() if each == name]
    return found[0] if found else None


async def test_a_sensor_has_its_conditions_and_no_energy() -> None:
    probe = replace(PDU, id=MeterId(f"{PDU.id}/sensor/1"), scope=Scope.SENSOR)
    warm = replace(
        meter_now(probe, power=None, conditions={"temperature_celsius": 24.5}), booked=None
    )
    series = await shown(replace(now(), meters=[warm]))
    names = {name for name, labels in series if ("scope", "sensor") in labels}
    assert names == {
        "carbond_meter_temperature_celsius",
        "carbond_meter_last_reading_timestamp_seconds",
    }


async def test_a_meter_has_its_power_energy_conditions_and_time() -> None:
    series = await shown(now())
    labels = {
        "site": "north",
        "device": "pdu-1",
        "meter": "pdu-1",
        "role": "rack",
        "scope": "total",
        "rack": "r 07",
        "room": "hall,1",
        "tenant": "a=b",
    }
    assert series["carbond_meter_power_watts", frozenset(labels.items())] == 200.5
    assert of_meter(series, "carbond_meter_energy_joules_total") == 7_200_000
    assert of_meter(series, "carbond_meter_voltage_volts") == 230.1
    assert of_meter(series, "carbond_meter_power_watts", "pdu-1/outlet/12") == 200.5
    last = of_meter(series, "carbond_meter_last_reading_timestamp_seconds")
    assert last == START.timestamp()


async def test_a_silent_meter_has_no_sample_but_the_time_of_its_last_reading() -> None:
    late = now(
        at=START + timedelta(seconds=151),
        meters=(meter_now(), meter_now(OUTLET, at=START + timedelta(seconds=60))),
    )
    series = await shown(late)
    names = {name for name, labels in series if ("meter", "pdu-1") in labels}
    assert names == {"carbond_meter_last_reading_timestamp_seconds"}
    assert of_meter(series, "carbond_meter_power_watts", "pdu-1/outlet/12") == 200.5
    patient = await shown(late, stale_after="10m")
    assert of_meter(patient, "carbond_meter_power_watts") == 200.5


async def test_what_is_missing_has_no_sample_and_is_never_zero() -> None:
    meter = meter_now(power=None, conditions={"load_ratio": math.nan})
    site = replace(site_now(grams={}), power=None, coverage_today=None, hour=None)
    series = await shown(now(meters=(meter,), sites=(site,)))
    shown_of = ("carbond_meter_", "carbond_device_", "carbond_site_", "carbond_grid_")
    names = {name for name, _ in series if name.startswith(shown_of)}
    assert names == {
        "carbond_meter_energy_joules_total",
        "carbond_meter_last_reading_timestamp_seconds",
        "carbond_device_up",
        "carbond_device_answer_seconds",
        "carbond_device_silent_seconds",
        "carbond_device_missed_polls",
        "carbond_site_it_power_watts",
        "carbond_site_energy_today_joules",
        "carbond_site_energy_joules_total",
    }


async def test_a_site_has_its_pue_intensities_emissions_and_finality() -> None:
    hour = site_hour(version=3, closed=True)
    series = await shown(now(sites=(site_now(hour=hour),)))
    expected = {
        "carbond_site_power_watts": 1500.0,
        "carbond_site_it_power_watts": 1000.0,
        "carbond_site_pue_ratio": 1.5,
        "carbond_site_pue_measured_today_ratio": 0.5,
        "carbond_site_pue_measured": 1.0,
        "carbond_site_pue_coverage_ratio": 0.9,
        "carbond_site_coverage_ratio": 0.97,
        "carbond_site_hour_final": 1.0,
        "carbond_site_hour_version": 3.0,
        "carbond_site_energy_today_joules": 9_000_000.0,
        "carbond_site_emissions_location_today_grams": 250.0,
        "carbond_grid_intensity_direct_grams_per_kilowatt_hour": 100.0,
        "carbond_grid_intensity_lifecycle_grams_per_kilowatt_hour": 150.0,
        "carbond_grid_intensity_marginal_grams_per_kilowatt_hour": 300.0,
        "carbond_grid_intensity_direct_estimated": 0.0,
        "carbond_grid_intensity_marginal_estimated": 1.0,
    }
    assert {name: of_site(series, name) for name in expected} == expected
    standing = frozenset({("site", "north"), ("standing", "estimated")})
    assert series["carbond_site_emissions_location_today_energy_ratio", standing] == 0.25


async def test_each_sum_of_the_hour_has_its_coverage_and_what_has_no_meter_has_none() -> None:
    series = await shown(now())
    name = "carbond_site_hour_sum"
    known = {
        (each.removeprefix(f"{name}_"), dict(labels)["sum"]): value
        for (each, labels), value in series.items()
        if each.startswith(name)
    }
    assert known == {("coverage_ratio", "it"): 0.75, ("interpolated_ratio", "it"): 0.25}
    assert of_site(series, "carbond_site_hour_coverage_ratio") == 0.95
    assert of_site(series, "carbond_grid_intensity_direct_coverage_ratio") == 1.0


async def test_water_and_heat_have_names_and_units_of_their_own() -> None:
    series = await shown(now(meters=[meter_now(), meter_now(WATER), meter_now(HEAT)]))
    assert of_meter(series, "carbond_meter_water_litres_total", "water") == 7200.0
    assert of_meter(series, "carbond_meter_heat_joules_total", "heat") == 7_200_000.0
    for name in ("water", "heat"):
        assert of_meter(series, "carbond_meter_energy_joules_total", name) is None
        assert of_meter(series, "carbond_meter_power_watts", name) is None


async def test_methods_are_names_and_never_labels() -> None:
    series = await shown(now())
    emissions = {name: dict(labels) for name, labels in series if "emissions" in name}
    assert len(emissions) == 3 * len(Kind)
    assert all(labels.keys() <= {"site", "standing"} for labels in emissions.values())


async def test_a_kind_without_an_intensity_is_absent() -> None:
    only = {Kind.DIRECT: INTENSITIES[Kind.DIRECT]}
    site = site_now(grams={Kind.DIRECT: 1.0}, hour=site_hour(intensities=only))
    series = await shown(now(sites=(site,)))
    assert not [name for name, _ in series if "lifecycle" in name or "marginal" in name]


async def test_a_device_is_up_or_down_and_only_an_answer_has_a_time() -> None:
    series = await shown(now())
    up = frozenset({("device", "pdu-1"), ("kind", "snmp")})
    down = frozenset({("device", "ups-1"), ("kind", "snmp")})
    assert series["carbond_device_up", up] == 1
    assert series["carbond_device_up", down] == 0
    assert series["carbond_device_answer_seconds", up] == 0.02
    assert ("carbond_device_answer_seconds", down) not in series


async def test_scopes_and_labels_are_chosen() -> None:
    series = await shown(now(), scopes=["total"], labels=["rack-unit", "rack"])
    meters = {dict(labels)["meter"] for name, labels in series if name.startswith("carbond_meter")}
    assert meters == {"pdu-1"}
    (labels,) = (dict(labels) for name, labels in series if name == "carbond_meter_power_watts")
    assert set(labels) == {"site", "device", "meter", "role", "scope", "rack"}


async def test_a_tag_with_a_name_that_is_no_label_becomes_one() -> None:
    meter = with_tags(PDU, {"rack-unit": "7", "2nd": "x"})
    view = prometheus(labels=["rack-unit", "2nd"])
    await view.show(now(meters=(meter_now(meter),)))
    assert b'rack_unit="7"' in view.body
    assert b'_2nd="x"' in view.body


async def test_a_changed_roster_is_seen() -> None:
    view = prometheus()
    await view.show(now(meters=(meter_now(),)))
    moved = with_tags(PDU, {"rack": "r08"})
    await view.show(now(meters=(meter_now(moved), meter_now(OUTLET, power=7.0))))
    series = read(view.body)
    assert ("rack", "r08") in next(iter(labels for name, labels in series if "power" in name))
    assert of_meter(series, "carbond_meter_power_watts", "pdu-1/outlet/12") == 7.0


async def test_a_condition_of_any_name_breaks_nothing() -> None:
    conditions = {"power_watts": 1.0, "a-b": 2.0, "a b": 3.0, "é": 4.0}
    view = prometheus()
    await view.show(now(meters=(meter_now(conditions=conditions),)))
    text = view.body.decode()
    assert text.count("# TYPE carbond_meter_power_watts gauge") == 1
    assert text.count("# TYPE carbond_meter_a_b gauge") == 1
    assert "carbond_meter_power_watts_condition{" in text


async def test_the_compressed_page_is_the_page_and_there_is_no_timestamp() -> None:
    view = prometheus()
    assert gzip.decompress(view.body_gzip) == view.body == b""
    await view.show(now())
    assert gzip.decompress(view.body_gzip) == view.body
    samples = [line for line in view.body.decode().splitlines() if not line.startswith("#")]
    assert all(len(line.rsplit("}", 1)[-1].split()) <= 2 for line in samples)


async def test_what_the_daemon_counts_stands_on_the_same_page() -> None:
    view = prometheus()
    before = counts.BOOKED._value.get()
    counts.BOOKED.inc(3)
    await view.show(now())
    series = read(view.body)
    assert of_site(series, "carbond_booked_readings_total") == before + 3
    assert of_site(series, "process_cpu_seconds_total") is not None
    assert of_site(series, "carbond_metrics_updated_timestamp_seconds") == START.timestamp()
    assert not [name for name, _ in series if name.endswith("_created")]


async def test_showing_twice_changes_nothing() -> None:
    view = prometheus()
    bodies = []
    for _ in range(2):
        await view.show(now())
        bodies.append(
            [line for line in view.body.decode().splitlines() if line.startswith("carbond_meter")]
            + [line for line in view.body.decode().splitlines() if line.startswith("carbond_site")]
        )
    assert bodies[0] == bodies[1]


@given(st.dictionaries(st.sampled_from("abcde"), st.text()))
def test_whatever_a_label_says_reads_back_equal(labels: dict[str, str]) -> None:
    text = family_text(Family(name="m", help="a\\b\nc"), [labels_text(labels)], [1.5])
    (family,) = text_string_to_metric_families(text)
    (sample,) = family.samples
    assert sample.labels == {name: value for name, value in labels.items() if value}
    assert sample.value == 1.5
    assert family.documentation == "a\\b\nc"


@needs("promtool", "prometheus")
async def test_promtool_has_nothing_to_say_about_the_page() -> None:
    conditions = {
        "voltage_volts": 230.0,
        "current_amperes": 1.0,
        "frequency_hertz": 50.0,
        "power_factor_ratio": 0.9,
        "apparent_power_voltamperes": 240.0,
        "load_ratio": 0.5,
        "battery_ratio": 1.0,
        "temperature_celsius": 22.0,
        "humidity_ratio": 0.4,
        "state": 1.0,
    }
    odd = with_tags(PDU, {"rack": 'a"b\\c\nd', "room": "é"})
    meters: tuple[MeterNow, ...] = (meter_now(odd, conditions=conditions), meter_now(OUTLET))
    for moment in (now(meters=meters), rich_now()):
        view = prometheus()
        await view.show(moment)
        checked = subprocess.run(
            ["promtool", "check", "metrics"], input=view.body, capture_output=True, check=False
        )
        assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
        assert read(view.body)


async def test_parts_that_are_not_shown_still_say_how_their_device_is_loaded() -> None:
    series = await shown(rich_now(), scopes=["total"])
    assert of_meter(series, "carbond_meter_imbalance_ratio", "pdu-a") == pytest.approx(0.2)
    loads = {name for name, labels in series if ("scope", "phase") in labels}
    assert loads == set()


async def test_a_load_is_on_the_page_once_whether_it_is_rated_or_said() -> None:
    said = meter_now(conditions={"load_ratio": 0.4})
    series = await shown(now(meters=(said,)))
    assert of_meter(series, "carbond_meter_load_ratio") == 0.4
    rated = replace(said, meter=replace(PDU, rating=RATING))
    series = await shown(now(meters=(rated,)))
    assert of_meter(series, "carbond_meter_load_ratio") == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": ["site"]}, "must not name 'site': every meter has"),
        ({"labels": ["a-b", "a_b"]}, "two tags that become the label a_b"),
        ({"labels": ["__name"]}, "must be tags that can be labels"),
        ({"labels": [""]}, "must be tags that can be labels"),
        ({"scopes": []}, "at least 1 item"),
        ({"scopes": ["plug"]}, "Input should be 'total', 'input'"),
        ({"outlets": True}, "Extra inputs are not permitted"),
    ],
)
def test_wrong_settings_say_what_is_wrong(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        prometheus(**options)


def test_all_scopes_are_shown_unless_chosen() -> None:
    settings = PrometheusSettings.model_validate({"name": "page", "type": "prometheus"})
    assert set(settings.scopes) == set(Scope)
