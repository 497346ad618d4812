"""The lines themselves: what stands in them and what never does."""

import math
from dataclasses import replace

import pytest
from pydantic import ValidationError

from agent.model import Entry, Kind
from config import Secret
from exporters.influxdb import InfluxSettings
from exporters.influxdb.lines import kept, line_of, tags_text
from exporters.influxdb.measurements import FIELDS, Writer
from exporters.influxdb.settings import Grain
from tests.exporters.entries import (
    INTENSITIES,
    OUTLET,
    PDU,
    START,
    everything,
    intensity,
    minute,
    site_hour,
    with_tags,
)

SECONDS = int(START.timestamp())


def lines_of(*entries: Entry) -> list[str]:
    return list(Writer({}).lines(entries))


def fields_of(line: str) -> dict[str, str]:
    """Return the fields of a line whose tags have no spaces."""
    return dict(pair.split("=") for pair in line.split(" ")[1].split(","))


def test_a_minute_is_one_line_with_sorted_tags_floats_and_seconds() -> None:
    (line,) = lines_of(Entry(position=1, minutes=(minute(OUTLET),)))
    assert line == (
        r"carbond_minute,device=pdu-1,meter=pdu-1/outlet/12,rack=r\ 07,role=outlet,scope=outlet,"
        "site=north energy_joules=12000.0,power_watts=200.5,covered_seconds=60.0,interpolated=0.0,"
        f"lower_bound=0.0 {SECONDS}"
    )


def test_what_is_missing_has_no_field_and_is_never_zero() -> None:
    unknown = minute(with_tags(PDU, {}), energy=None, power=None, basis=None)
    (line,) = lines_of(Entry(position=1, minutes=(unknown,)))
    assert fields_of(line) == {"covered_seconds": "0.0"}

    bare = replace(site_hour(intensities={}, pue=None), facility=None, meters=())
    (line,) = lines_of(Entry(position=2, hour=bare))
    assert set(fields_of(line)) == {
        "it_joules",
        "coverage_ratio",
        "interpolated_ratio",
        "it_coverage_ratio",
        "it_interpolated_ratio",
        "broken_nodes",
        "version",
        "closed",
    }


def test_each_sum_of_a_site_has_its_coverage_beside_the_boundarys() -> None:
    (site, *_) = lines_of(Entry(position=1, hour=site_hour()))
    fields = fields_of(site)
    assert (fields["coverage_ratio"], fields["interpolated_ratio"]) == ("0.95", "0.0")
    assert (fields["it_coverage_ratio"], fields["it_interpolated_ratio"]) == ("0.75", "0.25")
    assert "water_coverage_ratio" not in fields, "the site has no meter of it"
    assert fields["intensity_direct_coverage_ratio"] == "1.0"


def test_a_meter_without_a_factor_has_no_emission() -> None:
    hour = site_hour(intensities={Kind.DIRECT: INTENSITIES[Kind.DIRECT]}, pue=None)
    _, pdu, main = lines_of(Entry(position=1, hour=hour))
    assert "emissions_location_grams=150.0" in main
    assert "emissions_lifecycle_grams" not in main
    assert "emissions" not in pdu


def test_finality_and_quality_are_fields_and_never_tags() -> None:
    provisional = lines_of(*everything())
    final = lines_of(
        Entry(position=1, hour=site_hour(version=9, closed=True)),
        Entry(position=2, intensities=(replace(intensity(), estimated=False),)),
    )
    assert {line.split(" ")[0] for line in final if "carbond_minute" not in line} <= {
        line.split(" ")[0] for line in provisional
    }


def test_of_an_hour_only_its_highest_version_is_written() -> None:
    hours = [site_hour(version=version) for version in (3, 5, 4)]
    lines = lines_of(*(Entry(position=n, hour=hour) for n, hour in enumerate(hours)))
    assert len(lines) == 1 + len(hours[0].meters)
    assert "version=5.0" in lines[0]


def test_of_an_intensity_only_its_newest_version_is_written() -> None:
    new = intensity(90.0, updated_at=START.replace(minute=30))
    old = intensity(100.0, updated_at=START.replace(minute=10))
    (line,) = lines_of(Entry(position=1, intensities=(new,)), Entry(position=2, intensities=(old,)))
    assert fields_of(line)["grams_per_kilowatt_hour"] == "90.0"


def test_tags_that_a_server_would_refuse_are_renamed() -> None:
    meter = with_tags(PDU, {"time": "a", "_field": "b", "version": "c", "site": "d"})
    writer = Writer({"closed": "e", "dc": "f"})
    line = next(writer.lines([Entry(position=1, minutes=(minute(meter),))]))
    tags = line.split(" ")[0].split(",")[1:]
    assert tags == sorted(tags)
    assert {"tag_time=a", "tag__field=b", "tag_version=c", "tag_closed=e", "dc=f"} < set(tags)
    assert "site=north" in tags
    assert "site=d" not in tags


@pytest.mark.parametrize("grain", list(Grain))
def test_what_is_not_to_be_written_there_has_no_line(grain: Grain) -> None:
    written = {line.split(",")[0] for line in Writer({}, [grain]).lines(everything())}
    assert (
        written
        == {
            Grain.MINUTES: {"carbond_minute"},
            Grain.HOURS: {"carbond_site_hour", "carbond_hour"},
            Grain.INTENSITIES: {"carbond_intensity"},
        }[grain]
    )
    rest = [each for each in Grain if each is not grain]
    others = {line.split(",")[0] for line in Writer({}, rest).lines(everything())}
    assert len(written | others) == 4
    assert not written & others


def test_a_changed_tag_of_a_meter_is_seen() -> None:
    writer = Writer({})
    entry = Entry(position=1, minutes=(minute(),))
    moved = Entry(position=2, minutes=(minute(with_tags(PDU, {"rack": "r08"})),))
    assert "r\\ 07" in next(writer.lines([entry]))
    assert "rack=r08" in next(writer.lines([moved]))


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("a b", "a b"),
        ("a\\b", "a\\b"),
        ("a\\", "a/"),
        ("a\\\\", "a//"),
        ("\\ ", "/ "),
        ("a\\,b\\=", "a/,b/="),
        ("a\nb\tc", "a b c"),
        ("\n", ""),
        (" ", ""),
        ("", ""),
        ("\ud800", "?"),
        ("é", "é"),
    ],
)
def test_what_the_protocol_cannot_carry_is_replaced(text: str, stored: str) -> None:
    assert kept(text) == stored


def test_tags_are_sorted_escaped_and_never_empty() -> None:
    tags = {"b,": "1 2", "a=": "x,y", "c": "", "": "d", "d": "\\"}
    assert tags_text(tags) == r",a\==x\,y,b\,=1\ 2,d=/"


def test_a_value_that_is_not_finite_is_left_out() -> None:
    fields = [("a", math.nan), ("b", math.inf), ("c", 1), ("d", None)]
    assert line_of("m", "", fields, START) == f"m c=1.0 {SECONDS}"
    assert line_of("m", "", fields[:2], START) is None


def test_every_field_is_known_as_one_so_that_no_tag_is_called_like_it() -> None:
    lines = lines_of(*everything())
    plain = [line.replace("\\ ", "_").replace("\\,", "_") for line in lines]
    assert {name for line in plain for name in fields_of(line)} == FIELDS


GOOD = {"name": "db", "type": "influxdb", "url": "http://localhost:8086"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "version 2 needs `bucket`"),
        ({"bucket": "b"}, "version 2 needs `org`"),
        ({"version": 1}, "version 1 needs `database`"),
        ({"version": 3}, "version 3 needs `database`"),
        ({"version": 1, "database": "d", "bucket": "b"}, "version 1 has no `bucket`"),
        ({"version": 1, "database": "d", "user": "u"}, "`user` and `password` go together"),
        ({"version": 1, "database": "d", "url": "localhost:8086"}, "must be an address such as"),
        ({"version": 1, "database": "d", "url": "http://u:p@h"}, "must not hold a password"),
        ({"version": 1, "database": "d", "url": "http://h/write?db=x"}, "must end with the path"),
        ({"version": 1, "database": "d", "url": "http://a..b"}, "must be an address"),
        ({"version": 1, "database": "d", "url": "http://h:99999"}, "must have a port"),
        (
            {"version": 1, "database": "d", "ca_file": "/no/such.pem"},
            "must be a file",
        ),
        ({"version": 4, "database": "d"}, "Input should be 1, 2 or 3"),
        ({"version": 1, "database": "d", "gzipp": True}, "Extra inputs are not permitted"),
    ],
)
def test_wrong_settings_say_what_is_wrong(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        InfluxSettings.model_validate(GOOD | options)


def test_secrets_do_not_print() -> None:
    options = {"version": 3, "database": "d", "token": Secret("s3cr3t")}
    settings = InfluxSettings.model_validate(GOOD | options)
    assert "s3cr3t" not in repr(settings)
    assert "s3cr3t" not in settings.model_dump_json(exclude={"token"})
