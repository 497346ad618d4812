"""What docs/influxdb.md says is what is written, made and taken."""

import re
import shlex

import yaml

from deploy.influxdb import prepare
from exporters.influxdb import InfluxSettings
from exporters.influxdb.measurements import FIELDS, Writer
from exporters.influxdb.settings import Grain
from tests.deploy.influxdb_page import FREE, PAGE, told
from tests.exporters.entries import everything

UNITS = {
    "_joules": "J",
    "_watts": "W",
    "_watts_most": "W",
    "_litres": "L",
    "_litres_per_second": "L/s",
    "_seconds": "s",
    "_grams": "g CO2e",
    "grams_per_kilowatt_hour": "g CO2e/kWh",
    "_ratio": "share of 1",
}


def written() -> dict[str, dict[str, str]]:
    """Return by measurement the tags and fields of all that is ever written."""
    found: dict[str, dict[str, str]] = {}
    for line in Writer({}).lines(everything()):
        identity, fields, _ = re.split(r"(?<!\\) ", line)
        measurement, *tags = re.split(r"(?<!\\),", identity)
        names = {tag.split("=")[0]: "tag" for tag in tags}
        names |= {field.split("=")[0]: "field" for field in fields.split(",")}
        found.setdefault(measurement, {}).update(names)
    return {name: {k: v for k, v in of.items() if k not in FREE} for name, of in found.items()}


def test_the_layout_is_what_is_written_and_no_more() -> None:
    page = {
        measurement: {name: cells[0] for name, cells in rows.items()}
        for measurement, rows in told().items()
        if measurement != prepare.QUARTERS
    }
    assert page == written()
    names = {name for rows in page.values() for name, kind in rows.items() if kind == "field"}
    assert names == FIELDS


def test_each_field_has_the_unit_of_its_name() -> None:
    for rows in told().values():
        for name, (kind, unit, *_) in rows.items():
            ends = [end for end in UNITS if name.endswith(end)]
            if kind == "field" and ends and name != "pue_ratio":
                assert unit == UNITS[max(ends, key=len)], name
            assert (unit == "") == (kind == "tag"), name


def test_a_tag_is_never_written_over_and_a_minute_neither() -> None:
    for measurement, rows in told().items():
        for name, (kind, _, over) in rows.items():
            assert (over == "stays") == (kind == "tag"), name
            assert (over == "never") == (kind == "field" and measurement == "carbond_minute"), name


def test_every_command_of_the_page_is_one_that_the_script_takes() -> None:
    commands = re.findall(r"^\S+ deploy/influxdb/prepare\.py (.*)$", PAGE, flags=re.M)
    assert len(commands) == 3
    for command in commands:
        prepare.wanted_of(prepare.parser().parse_args(shlex.split(command)))
    for option in re.findall(r"`(--[a-z]+)", PAGE):
        assert option in prepare.parser().format_help(), option


def test_the_settings_of_the_page_write_each_thing_once_to_what_the_script_makes() -> None:
    (text,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, flags=re.M | re.S)
    exporters = [InfluxSettings.model_validate(one) for one in yaml.safe_load(text)["exporters"]]
    assert sorted(grain for one in exporters for grain in one.write) == sorted(Grain)
    wanted = prepare.wanted_of(prepare.parser().parse_args(["--version", "1"]))
    assert [one.database for one in exporters] == [wanted.hours.name, wanted.minutes.name]


def test_the_times_of_the_page_are_those_of_the_script() -> None:
    assert "| `carbond_minutes` | 15 weeks |" in PAGE
    assert prepare.KEEP_MINUTES.days == 15 * 7
    assert f"--retention-period {prepare.KEEP_MINUTES.days}d carbond_minutes" in PAGE
    assert f"the last {prepare.LOOK_BACK.days} days are computed again" in PAGE
