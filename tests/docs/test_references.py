"""The reference pages are what the code says, and a real agent shows nothing that is not there."""

import inspect
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.parser import text_string_to_metric_families
from pydantic import BaseModel

from agent import counts
from agent.cli import main
from agent.cli.reference_metrics import families, labels_of
from agent.cli.reference_settings import KINDS
from agent.clock import Clock
from config import Settings
from exporters.prometheus import Prometheus, PrometheusSettings
from tests.daemon.processes import bmcs, carbond, write_settings
from tests.docs.pages import ROOT
from tests.exporters.entries import HEAT, WATER, meter_now, now, rich_hour, site_now

DOCS = ROOT / "docs"
CONFIGURATION = (DOCS / "configuration.md").read_text()
METRICS = (DOCS / "metrics.md").read_text()
NOT_LABELS = {"le"}


@pytest.mark.parametrize(
    ("page", "file"), [("settings", "configuration.md"), ("metrics", "metrics.md")]
)
def test_the_page_is_current(page: str, file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reference", page]) == 0
    way = f"run `make dashboards`, or `carbond reference {page} > docs/{file}`"
    assert (DOCS / file).read_text() == capsys.readouterr().out, way


def section_of(heading: str) -> str:
    """Return what stands under a heading, up to the next one of its kind."""
    level = heading.partition(" ")[0]
    found = re.search(
        rf"(?ms)^{re.escape(heading)}$(.*?)(?=^#{{1,{len(level)}}} |\Z)", CONFIGURATION
    )
    assert found, heading
    return found[1]


@pytest.mark.parametrize("key", Settings.model_fields)
def test_every_key_has_a_section_with_an_example_of_it(key: str) -> None:
    example = re.search(r"```yaml\n(.*?)```", section_of(f"## `{key}`"), re.DOTALL)
    assert example, f"{key} has no example: give it one in agent/cli/reference_examples.py"
    assert key in yaml.safe_load(example[1])


@pytest.mark.parametrize(
    ("heading", "shared", "model"),
    [
        (f"### {key[:-1]}: `type: {name}`", shared, model)
        for key, shared, models, _ in KINDS
        for name, model in models.items()
    ],
    ids=str,
)
def test_every_type_has_a_section_with_all_its_own_options(
    heading: str, shared: type[BaseModel], model: type[BaseModel]
) -> None:
    section = section_of(heading)
    options = set(re.findall(r"^\| `([a-z0-9_]+)` \|", section, re.MULTILINE))
    assert model.model_fields.keys() - shared.model_fields.keys() <= options
    assert "```yaml" in section


def test_every_option_says_what_it_means() -> None:
    rows = re.findall(r"^\| `([a-z0-9_.\[\]]+)` \| (.+) \| (.*) \| (.*) \|$", CONFIGURATION, re.M)
    assert len(rows) > 150
    assert [name for name, takes, _, means in rows if not means or not takes] == []


def not_on_the_page(text: str) -> list[str]:
    """Return what a page of an agent has, and the reference has not."""
    known = {one.name: one.type for one in families()}
    strange = []
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE):
        if f"| `{name}` | {kind} |" not in METRICS or known.get(name) != kind:
            strange.append(f"{name} {kind}")
    for family in text_string_to_metric_families(text):
        name = family.name + ("_total" if family.type == "counter" else "")
        for sample in family.samples:
            if more := sample.labels.keys() - NOT_LABELS - set(labels_of(name)):
                strange.append(f"{name}: {more}")
    return strange


async def test_a_page_with_all_that_there_is_has_nothing_that_is_not_in_the_reference() -> None:
    view = Prometheus(
        PrometheusSettings.model_validate({"name": "page", "type": "prometheus"}), Clock()
    )
    meters = [meter_now(), meter_now(WATER), meter_now(HEAT)]
    await view.show(now(meters=meters, sites=[site_now(hour=rich_hour())]))
    text = view.body.decode()
    assert "carbond_site_emissions_location_today_grams" in text
    assert not_on_the_page(text) == []


async def test_a_real_agents_page_has_nothing_that_is_not_in_the_reference(tmp_path: Path) -> None:
    async with bmcs(300.0, 200.0) as servers:
        settings = write_settings(tmp_path, servers)
        async with carbond("run", "-c", str(settings)) as process:
            page = await process.shows("carbond_meter_energy_joules_total{")
            assert await process.end() == 0
    assert "carbond_poll_seconds_bucket" in page.text
    assert not_on_the_page(page.text) == []


def test_the_labels_of_what_is_counted_are_those_of_the_reference() -> None:
    counters = [one for _, one in inspect.getmembers(counts) if isinstance(one, MetricWrapperBase)]
    assert len(counters) > 8
    for one in counters:
        name = one._name + ("_total" if one._type == "counter" else "")
        assert set(labels_of(name)) == set(one._labelnames), name
        assert name in {each.name for each in families()}


def test_every_metric_has_a_meaning_and_says_when_it_is_absent() -> None:
    rows = re.findall(r"^\| `([a-z_0-9]+)` \|(.*)\|$", METRICS, re.MULTILINE)
    assert [name for name, _ in rows] == [*dict.fromkeys(name for name, _ in rows)], "each once"
    assert {name for name, _ in rows} == {one.name for one in families()}
    for name, rest in rows:
        *_, means, absent = (cell.strip() for cell in rest.split(" | "))
        assert means, name
        assert absent, name
