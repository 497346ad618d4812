"""From files to `Settings`: read, joined, checked whole, or refused with every fault in them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from config.alerts import AlertsSettings
from config.devices import devices_of
from config.fields import Strict
from config.files import Document, read_document
from config.http import HttpSettings
from config.items import Item, Layer, checked, item_of, model_of, thing_of
from config.problems import Problems
from config.references import check_names
from config.settings import (
    DeviceSettings,
    ExporterSettings,
    GridSettings,
    LedgerSettings,
    LogSettings,
    Settings,
    SiteSettings,
)

SECTIONS: Mapping[str, type[Strict]] = {
    "ledger": LedgerSettings,
    "http": HttpSettings,
    "log": LogSettings,
    "alerts": AlertsSettings,
}

Model = TypeVar("Model", bound=Strict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """The classes of options by the `type:` that chooses them. The plug-ins own them."""

    devices: Mapping[str, type[DeviceSettings]] = field(default_factory=dict)
    grids: Mapping[str, type[GridSettings]] = field(default_factory=dict)
    exporters: Mapping[str, type[ExporterSettings]] = field(default_factory=dict)


def load(path: Path, kinds: Kinds) -> Settings:
    """Return the settings of a file, of `conf.d/*.yaml` beside it and of the lists they name.

    Secrets are read; nothing is connected to. Raises ConfigError, with a line for every fault.
    """
    problems = Problems()
    document = read_document(path, problems)
    if problems.incomplete:
        # What is missing may stand in the part that could not be read.
        problems.raise_if_any()
    items = {key: list(_items(key, document)) for key in ("sites", "grids", "exporters")}
    items["devices"] = list(devices_of(document, kinds.devices, problems))
    if not items["sites"]:
        problems.add(
            document.place, '"sites" is missing: name at least one, such as "- name: home"'
        )
    if not problems.incomplete:
        check_names(items, problems)
    values: dict[str, object] = {
        "sites": _sites(items["sites"], problems),
        "devices": _devices(items["devices"], kinds.devices, problems),
        "grids": _instances(items["grids"], kinds.grids, problems),
        "exporters": _instances(items["exporters"], kinds.exporters, problems),
        **_sections(document, problems),
    }
    problems.raise_if_any()
    return Settings.model_validate(values)


def _items(key: str, document: Document) -> Iterator[Item]:
    for written in document.items[key]:
        thing = thing_of(key, written.number, written.node)
        yield item_of(written.node.place, [Layer(thing, written.node.mapping)])


def _sites(items: Sequence[Item], problems: Problems) -> list[SiteSettings]:
    found = (checked(item, SiteSettings, problems) for item in items)
    return [site for site in found if site is not None]


def _devices(
    items: Sequence[Item], models: Mapping[str, type[DeviceSettings]], problems: Problems
) -> list[DeviceSettings]:
    """Return the devices, and note what cannot be together among those of one type."""
    made = list(_made(items, models, problems))
    alike: dict[type[DeviceSettings], list[tuple[Item, DeviceSettings]]] = {}
    for item, device in made:
        alike.setdefault(type(device), []).append((item, device))
    for model, group in alike.items():
        for clash in model.clashes([device for _, device in group]):
            item, _ = group[clash.number]
            problems.add(item.at(clash.key), clash.text, item.thing)
    return [device for _, device in made]


def _instances(
    items: Sequence[Item], models: Mapping[str, type[Model]], problems: Problems
) -> list[Model]:
    return [instance for _, instance in _made(items, models, problems)]


def _made(
    items: Sequence[Item], models: Mapping[str, type[Model]], problems: Problems
) -> Iterator[tuple[Item, Model]]:
    for item in items:
        model = model_of(item, models, problems)
        instance = None if model is None else checked(item, model, problems)
        if instance is not None:
            yield item, instance


def _sections(document: Document, problems: Problems) -> dict[str, Strict]:
    sections = {}
    for key, node in document.sections.items():
        if not isinstance(node.value, dict):
            problems.add(node.key, f'"{key}" must be a mapping of options')
            continue
        section = checked(Item(node.key, key, dict(node.mapping)), SECTIONS[key], problems)
        if section is not None:
            sections[key] = section
    return sections
