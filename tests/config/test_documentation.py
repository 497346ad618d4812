"""The sample and the README say what the code takes."""

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from agent.model import Role
from config import (
    AnnualSettings,
    DeviceSettings,
    ExporterSettings,
    GridSettings,
    Kinds,
    PueSettings,
    RegionRowSettings,
    Secret,
    Settings,
    SiteSettings,
    StandInSettings,
    load,
)
from config.alerts import AlertsSettings
from config.files import KEYS
from config.fitting import shapes_of
from config.http import HttpSettings
from config.settings import (
    CarbonBudgetSettings,
    KeepSettings,
    LedgerSettings,
    LogSettings,
    RatingSettings,
)
from tests.config.kinds import write

SAMPLE = files("config").joinpath("sample.yaml").read_text()
README = files("config").joinpath("README.md").read_text()
OPTION = re.compile(r"^( *)# ( *(?:- )?[a-z0-9_]+:(?: .*)?)$")

MODELS: list[tuple[str, type[BaseModel]]] = [
    ("sites.0", SiteSettings),
    ("sites.0.pue", PueSettings),
    ("sites.0.carbon_budget", CarbonBudgetSettings),
    ("devices.0", DeviceSettings),
    ("devices.0.rating", RatingSettings),
    ("grids.0", GridSettings),
    ("exporters.0", ExporterSettings),
    ("ledger", LedgerSettings),
    ("ledger.keep", KeepSettings),
    ("http", HttpSettings),
    ("log", LogSettings),
    ("alerts", AlertsSettings),
]

# Options without a default: the sample shows an example in its place.
EXAMPLES = {"it", "declared", "grid", "marginal_grid", "site", "upstream", "limit_watts"}
EXAMPLES |= {"rack", "room", "feed", "tenant", "accuracy", "tls", "tokens"}
EXAMPLES |= {"carbon_budget", "day", "month", "rating", "power", "current"}


class Device(DeviceSettings):
    """A type of device with the options that the sample sets."""

    address: str
    community: Secret


class Grid(GridSettings):
    zone: str | None = None
    forecast: str | None = None
    region: str | None = None
    user: str | None = None
    key: Secret | None = None
    password: Secret | None = None


class Influx(ExporterSettings):
    url: str
    bucket: str
    org: str
    token: Secret


KINDS = Kinds(
    devices={"snmp": Device},
    grids={"electricitymaps": Grid, "watttime": Grid},
    exporters={"influxdb": Influx, "prometheus": ExporterSettings},
)

BESIDE: dict[str, str | bytes] = {
    "pdus.csv": "name,address\npdu-1,192.0.2.1\n",
    "more-pdus.csv": "name,address\nr08,192.0.2.8\n",
    "regions.csv": "year,cloud-provider,cloud-region,power-usage-effectiveness,"
    "grid-carbon-intensity-average-consumption-annual\n2024,Google Cloud,europe-west4,1.1,300\n",
    **{f"secrets/{name}": "x" for name in re.findall(r"file: secrets/([a-z-]+)", SAMPLE)},
}


def uncommented() -> str:
    """Return the sample with every option in force."""
    return "\n".join(OPTION.sub(r"\1\2", line) for line in SAMPLE.splitlines())


def at(tree: Any, path: str) -> Any:  # noqa: ANN401 settings of any shape
    for part in path.split("."):
        tree = tree[int(part)] if part.isdigit() else tree[part]
    return tree


def loaded(folder: Path, text: str) -> Settings:
    return load(write(folder, {"carbond.yaml": text, **BESIDE}), KINDS)


def test_the_sample_loads_as_it_stands(tmp_path: Path) -> None:
    settings = loaded(tmp_path, SAMPLE)
    assert settings.ledger == LedgerSettings()
    assert [device.name for device in settings.devices] == ["ups-1", "utility-1"]


def test_the_sample_loads_with_every_option_in_force(tmp_path: Path) -> None:
    settings = loaded(tmp_path, uncommented())
    assert [device.name for device in settings.devices] == ["ups-1", "utility-1", "pdu-1"]
    assert settings.sites[0].pue.it == "rack"


@pytest.mark.parametrize(("path", "model"), MODELS, ids=[path for path, _ in MODELS])
def test_every_option_stands_in_the_sample_with_its_default(
    tmp_path: Path, path: str, model: type[BaseModel]
) -> None:
    written = at(yaml.safe_load(uncommented()), path)
    assert set(shapes_of(model)) <= set(written)
    got = at(loaded(tmp_path, uncommented()).model_dump(), path)
    for name, field in model.model_fields.items():
        if field.is_required() or name in EXAMPLES or isinstance(field.default, BaseModel):
            continue
        assert got[name] == field.get_default(call_default_factory=True), name


def test_every_key_of_the_top_stands_in_the_sample_and_in_the_readme() -> None:
    assert set(yaml.safe_load(uncommented())) == set(KEYS)
    assert {key for key in KEYS if f"| `{key}` |" in README} == set(KEYS)


@pytest.mark.parametrize(("path", "model"), MODELS, ids=[path for path, _ in MODELS])
def test_every_option_stands_in_the_readme(path: str, model: type[BaseModel]) -> None:
    (row,) = [line for line in README.splitlines() if line.startswith(f"| `{path.split('.')[0]}`")]
    assert [key for key in model.model_fields if f"`{key}`" not in row] == []


def test_the_settings_of_the_readme_load(tmp_path: Path) -> None:
    example, fallback = re.findall(r"```yaml\n(.*?)```", README, flags=re.DOTALL)
    devices = loaded(tmp_path, example).devices
    assert [device.name for device in devices] == ["pdu-r07-a", "r08"]
    (site,) = loaded(tmp_path, fallback).sites
    assert len(site.fallback) == 5
    assert isinstance(site.pue.declared, RegionRowSettings)


@pytest.mark.parametrize("model", [AnnualSettings, RegionRowSettings, StandInSettings])
def test_every_option_of_what_stands_in_is_in_the_readme(model: type[BaseModel]) -> None:
    named = [key for key in model.model_fields if re.search(rf"`(\{{)?{key}\b", README)]
    assert named == list(model.model_fields)


def test_the_sample_s_comments_are_sentences_and_no_option_is_taken_for_one() -> None:
    prose = [line.strip() for line in SAMPLE.splitlines() if OPTION.match(line) is None]
    text = "\n".join(line for line in prose if line.startswith("#") or not line)
    for paragraph in re.split(r"\n\s*\n", text):
        words = paragraph.replace("#", "").strip()
        assert not words or (words[0].isupper() or words[0] == "`"), words
        assert not words or words.endswith("."), words


def test_the_readme_says_what_each_role_means() -> None:
    table = README.partition("| `role` |")[2].partition("\n\n")[0]
    told = re.findall(r"`([a-z-]+)`", "\n".join(re.findall(r"^\|([^|]+)\|", table, re.MULTILINE)))
    assert sorted(told) == sorted(Role)


def test_the_settings_of_the_page_on_access_load(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "access.md").read_text()
    example, _ = re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL)
    http = loaded(tmp_path, f"sites: [{{name: fra, timezone: UTC}}]\n{example}").http
    assert (http.host, http.names) == ("10.0.0.5", ("carbond.example",))
    assert [one.name for one in http.tokens] == ["grafana"]
