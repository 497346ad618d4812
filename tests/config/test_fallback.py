"""What may stand in for an intensity or a PUE, from the settings to the accounting."""

from datetime import timedelta
from pathlib import Path

import pytest

from agent.accounting.site import Annual, Estimate, Forecast, LastYear, OtherSource, Site
from agent.app import load
from agent.app.parts import tree_of
from agent.errors import ConfigError
from agent.model import Kind
from agent.units import GramsPerKwh
from config import RegionRowSettings
from tests.config.kinds import load_text
from tests.config.test_region_metadata import HEADER, PUBLISHED, published

TABLE = HEADER + "2023,Cloud One,east-1,1.3,380\n2024,Cloud One,east-1,1.2,NA\n"
GRIDS = "grids: [{name: de, type: file, path: x}, {name: nl, type: file, path: x}]\n"


def site_of(folder: Path, options: str) -> Site:
    text = "sites:\n- {name: fra1, grid: de, " + options + "}\n" + GRIDS
    return tree_of(load_text(folder, text, **{"regions.csv": TABLE})).sites["fra1"]


def test_only_an_estimate_stands_in_where_nothing_is_said(tmp_path: Path) -> None:
    assert site_of(tmp_path, "timezone: UTC").fallback == (Estimate(),)


def test_nothing_stands_in_where_the_list_is_empty(tmp_path: Path) -> None:
    assert site_of(tmp_path, "fallback: []").fallback == ()


def test_what_stands_in_keeps_its_order_and_its_options(tmp_path: Path) -> None:
    options = """fallback: [
        last-year, {grid: nl}, {forecast: 12h}, estimate,
        annual: {value: 380, year: 2025},
        annual: {value: 420, year: 2025, kind: lifecycle, oldest: 1}]"""
    assert site_of(tmp_path, options).fallback == (
        LastYear(),
        OtherSource(grid="nl"),
        Forecast(oldest=timedelta(hours=12)),
        Estimate(),
        Annual(value=GramsPerKwh(380), year=2025, source="settings, 2025"),
        Annual(
            value=GramsPerKwh(420),
            year=2025,
            source="settings, 2025",
            kind=Kind.LIFECYCLE,
            oldest=1,
        ),
    )


def test_a_forecast_is_at_most_a_day_old_where_nothing_is_said(tmp_path: Path) -> None:
    assert site_of(tmp_path, "fallback: [forecast]").fallback == (Forecast(),)
    assert Forecast().oldest == timedelta(hours=24)


@pytest.mark.parametrize("year", ["", ", year: 2023"])
def test_an_annual_value_of_a_table_says_its_row_year_and_column(tmp_path: Path, year: str) -> None:
    row = "{file: regions.csv, provider: Cloud One, region: east-1" + year + "}"
    assert site_of(tmp_path, f"fallback: [annual: {row}]").fallback == (
        Annual(
            value=GramsPerKwh(380),
            year=2023,
            source="regions.csv, Cloud One east-1 2023, "
            "grid-carbon-intensity-average-consumption-annual",
        ),
    )


def test_two_annual_values_of_two_years_or_kinds_may_stand_in(tmp_path: Path) -> None:
    options = """fallback: [annual: {value: 1, year: 2024}, annual: {value: 2, year: 2025},
        annual: {value: 3, year: 2025, kind: lifecycle}]"""
    assert len(site_of(tmp_path, options).fallback) == 3


@pytest.mark.parametrize(
    ("declared", "value", "source"),
    [
        ("1.4", 1.4, ""),
        ("2", 2.0, ""),
        (
            "{file: regions.csv, provider: Cloud One, region: east-1}",
            1.2,
            "regions.csv, Cloud One east-1 2024",
        ),
        (
            "{file: regions.csv, provider: Cloud One, region: east-1, year: 2023}",
            1.3,
            "regions.csv, Cloud One east-1 2023",
        ),
    ],
)
def test_a_declared_pue_is_a_number_or_that_of_a_row_which_is_named(
    tmp_path: Path, declared: str, value: float, source: str
) -> None:
    site = site_of(tmp_path, f"pue: {{declared: {declared}}}")
    assert (site.pue_declared, site.pue_source) == (value, source)


def test_a_table_stands_beside_the_file_that_names_it_and_is_read_anew_with_it(
    tmp_path: Path,
) -> None:
    text = (
        "sites: [{name: a, pue: {declared: {file: t/r.csv, provider: Cloud One, region: east-1}}}]"
    )
    settings = load_text(tmp_path, text, **{"t/r.csv": TABLE})
    row = settings.sites[0].pue.declared
    assert isinstance(row, RegionRowSettings)
    assert row.file == tmp_path / "t" / "r.csv"
    changed = load_text(tmp_path, text, **{"t/r.csv": TABLE.replace("1.2", "1.25")})
    assert changed != settings
    assert load_text(tmp_path, text, **{"t/r.csv": TABLE}) == settings


@published
def test_a_row_of_the_published_table_is_the_declared_pue(tmp_path: Path) -> None:
    row = f"{{file: {PUBLISHED}, provider: Microsoft Azure, region: westeurope}}"
    site = site_of(tmp_path, f"pue: {{declared: {row}}}")
    assert site.pue_declared is not None
    assert 1 < site.pue_declared < 2
    assert site.pue_source == "Cloud_Region_Metadata.csv, Microsoft Azure westeurope 2023"


@pytest.mark.parametrize("stand_in", ["forecast", "{forecast: 12h}"])
def test_a_forecast_stands_in_only_where_the_grid_is_asked_for_one(
    tmp_path: Path, stand_in: str
) -> None:
    def loaded(options: str = "", grid: str = "nl") -> None:
        grids = (
            "grids:\n- {name: de, type: file, path: x}\n"
            "- {name: nl, type: electricitymaps, zone: NL, key: {file: key}" + options + "}\n"
        )
        site = f"- {{name: fra1, grid: {grid}, fallback: [estimate, {stand_in}]}}\n"
        text = "ledger: {path: ledger.db}\nsites:\n" + site + grids
        (tmp_path / "key").write_text("secret")
        (tmp_path / "key").chmod(0o600)
        (tmp_path / "carbond.yaml").write_text(text)
        load(tmp_path / "carbond.yaml")

    with pytest.raises(ConfigError) as refused:
        loaded()
    assert (
        '"fallback[1]": grid "nl" reads no forecast: give it forecast: 24h, or leave the stand-in '
        "out"
    ) in str(refused.value)
    loaded(", forecast: 24h")
    loaded(grid="de")
