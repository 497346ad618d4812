"""From files to settings, and from settings to the metering tree and what the ledger keeps."""

from pathlib import Path
from typing import Any

import config
from agent.accounting.metering.tree import Tree
from agent.accounting.site import Site
from agent.app.plugins import device_plugins, exporter_plugins, grid_plugins
from agent.app.stand_ins import stand_in_of
from agent.errors import ConfigError
from agent.ledger import Keep
from agent.model import Meter, MeterId, Rating, Role
from agent.units import Grams, Watts
from config import (
    DeviceSettings,
    Kinds,
    RatingSettings,
    RegionRowSettings,
    Settings,
    SiteSettings,
)

TAGS = ("rack", "room", "feed", "tenant")


def load(path: Path) -> Settings:
    """Return the settings, checked whole with the options of all plug-ins. Raises ConfigError."""
    return config.load(path, kinds())


def kinds() -> Kinds:
    """Return the classes of options of all plug-ins. Raises ConfigError."""
    return Kinds(
        devices={name: _options(one) for name, one in device_plugins().items()},
        grids={name: _options(one) for name, one in grid_plugins().items()},
        exporters={name: _options(one) for name, one in exporter_plugins().items()},
    )


def _options(plugin: Any) -> Any:  # noqa: ANN401 a plug-in of any of the three tables
    """Return the class of a plug-in's options; an installed one may have none."""
    options = getattr(plugin, "settings", None)
    if options is None:
        raise ConfigError(f"the plug-in {plugin!r} has no `settings` class: upgrade or remove it")
    return options


def tree_of(settings: Settings) -> Tree:
    """Return the metering tree that the settings describe."""
    return Tree.of(
        [_site_of(site) for site in settings.sites],
        [_meter_of(device, settings) for device in settings.devices],
    )


def _site_of(site: SiteSettings) -> Site:
    declared, source = _declared_of(site)
    budget = site.carbon_budget
    return Site(
        name=site.name,
        timezone=site.timezone,
        grid=site.grid,
        marginal_grid=site.marginal_grid,
        pue_measured=site.pue.measured,
        pue_declared=declared,
        pue_source=source,
        it_role=None if site.pue.it is None else Role(site.pue.it),
        partial=site.pue.partial,
        least_coverage=site.least_coverage,
        fallback=tuple(stand_in_of(item) for item in site.fallback),
        budget_day=None if budget is None or budget.day is None else Grams(budget.day),
        budget_month=None if budget is None or budget.month is None else Grams(budget.month),
    )


def _declared_of(site: SiteSettings) -> tuple[float | None, str]:
    declared = site.pue.declared
    if isinstance(declared, RegionRowSettings):
        return declared.found.value, declared.found.source
    return declared, ""


def _meter_of(device: DeviceSettings, settings: Settings) -> Meter:
    own = {name: getattr(device, name) for name in TAGS}
    return Meter(
        id=MeterId(device.name),
        device=device.name,
        site=device.site or settings.sites[0].name,
        role=device.role,
        upstream=device.upstream,
        tags={**device.tags, **{name: value for name, value in own.items() if value}},
        accuracy=device.accuracy,
        rating=None if device.rating is None else _rating_of(device.rating),
    )


def _rating_of(rating: RatingSettings) -> Rating:
    power = None if rating.power is None else Watts(rating.power)
    return Rating(power=power, amperes=rating.current)


def number_of(count: int, word: str) -> str:
    """Return `1 device` or `2 devices`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def keep_of(settings: Settings) -> Keep:
    """Return what the ledger keeps, and for how long."""
    keep = settings.ledger.keep
    return Keep(hourly=keep.hourly, minutes=keep.minutes, cap=keep.cap)
