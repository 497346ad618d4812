"""The text that people read says what the code does."""

import importlib.util
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.clock import Clock
from agent.errors import Unavailable
from config import ExporterSettings, Kinds, load
from exporters import PLUGINS, Plugin
from exporters.influxdb.measurements import Writer
from exporters.prometheus import Prometheus, PrometheusSettings
from tests.exporters.entries import everything, rich_now
from tests.servers import fake_server, says

NEEDED = {"influxdb": ("name", "type", "url", "bucket", "org"), "prometheus": ("name", "type")}
every_plugin = pytest.mark.parametrize("name", sorted(PLUGINS))


def text_of(plugin: str, file: str) -> str:
    return (files("exporters") / plugin / file).read_text()


def options_of(plugin: str) -> dict[str, object]:
    """Return the sample's options, with all that are commented out."""
    active = re.sub(r"^(    )# ([a-z_]+:)", r"\1\2", text_of(plugin, "sample.yaml"), flags=re.M)
    (options,) = yaml.safe_load(active)["exporters"]
    assert isinstance(options, dict)
    return options


@every_plugin
def test_the_sample_loads(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARBOND_INFLUX_TOKEN", "a token")
    file = tmp_path / "carbond.yaml"
    file.write_text("sites:\n  - name: north\n" + text_of(name, "sample.yaml"))
    kinds = Kinds(exporters={each: plugin.settings for each, plugin in PLUGINS.items()})
    (settings,) = load(file, kinds).exporters
    assert settings.type == name
    assert PLUGINS[name](settings, Clock()).name == settings.name


@every_plugin
def test_the_sample_shows_every_option_and_the_default_of_those_that_have_one(name: str) -> None:
    model: type[ExporterSettings] = PLUGINS[name].settings
    options = options_of(name)
    assert set(options) == set(model.model_fields)
    for option, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if field.is_required() or default is None:
            continue
        needed = {key: options[key] for key in NEEDED[name]}
        settings = model.model_validate(needed | {option: options[option]})
        assert getattr(settings, option) == default, option


@every_plugin
def test_every_option_stands_in_the_readme_with_its_meaning(name: str) -> None:
    readme = text_of(name, "README.md")
    for option, field in PLUGINS[name].settings.model_fields.items():
        assert field.description, option
        assert f"| `{option}` |" in readme, option


@every_plugin
def test_the_sample_in_the_readme_is_the_file(name: str) -> None:
    active = [
        line
        for line in text_of(name, "sample.yaml").splitlines()
        if line and not line.lstrip().startswith("#")
    ]
    blocks = re.findall(r"```yaml\n(.*?)```", text_of(name, "README.md"), flags=re.S)
    assert "\n".join(active) + "\n" in blocks


def test_every_measurement_tag_and_field_stands_in_the_readme_and_no_other() -> None:
    written: dict[str, tuple[set[str], set[str]]] = {}
    for line in Writer({}).lines(everything()):
        identity, fields, _ = re.split(r"(?<!\\) ", line)
        measurement, *tags = re.split(r"(?<!\\),", identity)
        known = written.setdefault(measurement, (set(), set()))
        known[0].update(tag.split("=")[0] for tag in tags)
        known[1].update(field.split("=")[0] for field in fields.split(","))
    readme = text_of("influxdb", "README.md")
    sections = re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", readme, flags=re.M | re.S)
    told = {
        measurement: (
            set(re.findall(r"^\| `(\w+)` \| tag \|", text, flags=re.M)),
            set(re.findall(r"^\| `(\w+)` \| field \|", text, flags=re.M)),
        )
        for measurement, text in sections
    }
    free = {"rack", "room", "feed", "tenant"}
    assert {name: (tags - free, fields) for name, (tags, fields) in written.items()} == told


async def test_every_metric_stands_in_the_readme_and_no_other() -> None:
    view = Prometheus(
        PrometheusSettings.model_validate({"name": "page", "type": "prometheus"}), Clock()
    )
    await view.show(rich_now())
    shown = dict(re.findall(r"^# TYPE (carbond_\w+) (\w+)$", view.body.decode(), flags=re.M))
    readme = text_of("prometheus", "README.md")
    told = dict(re.findall(r"^\| `(carbond_\w+)` \| (\w+) \|", readme, flags=re.M))
    for condition in ("voltage_volts", "current_amperes"):
        assert shown.pop(f"carbond_meter_{condition}") == "gauge"
    assert shown == told


def test_the_readme_shows_the_table_as_it_is() -> None:
    source = (files("exporters") / "__init__.py").read_text()
    table = source[source.index("PLUGINS: ") :]
    readme = (files("exporters") / "README.md").read_text()
    assert all(line in readme for line in table.splitlines())
    for name in PLUGINS:
        assert f"({name}/README.md)" in readme


async def test_the_exporter_that_the_readme_adds_works(tmp_path: Path) -> None:
    readme = (files("exporters") / "README.md").read_text()
    source = re.findall(r"```python\n(.*?)```", readme, flags=re.S)[0]
    (tmp_path / "webhook.py").write_text(source)
    spec = importlib.util.spec_from_file_location("webhook_of_readme", tmp_path / "webhook.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    async with fake_server() as fake:
        plugin: Plugin = module.Webhook
        options = {"name": "hook", "type": "webhook", "url": fake.url}
        exporter: Any = plugin(plugin.settings.model_validate(options), Clock())
        assert await exporter.export(everything()) == []
        fake.reply = says(503)
        with pytest.raises(Unavailable, match=r"^hook: "):
            await exporter.export(everything())
        await exporter.close()
    assert '"site":"north"' in fake.requests[0].lines[0]
