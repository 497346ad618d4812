"""The names of all metrics that there are."""

import re

import yaml

from agent.counts import REGISTRY
from agent.measures import FAMILIES
from agent.measures.meters import LAST_READING
from config.profiles import CONDITIONS
from exporters.prometheus.families import COUNTER_FAMILIES
from exporters.prometheus.own import Own
from tests.deploy.boards import RULES
from tests.exporters.entries import START

SUFFIXES = ("", "_bucket", "_sum", "_count", "_total")


def on_the_page() -> set[str]:
    """Return what the page for Prometheus may have, whatever the devices tell."""
    own = {f"{one.name}{suffix}" for one in REGISTRY.collect() for suffix in SUFFIXES}
    own |= set(re.findall(r"^# HELP (\S+)", Own().body(START, 0.0).decode(), re.MULTILINE))
    own |= {LAST_READING.name, *(family.name for family in COUNTER_FAMILIES.values())}
    return own | set(FAMILIES) | {f"carbond_meter_{name}" for name in CONDITIONS}


def recorded() -> set[str]:
    """Return what the rules record."""
    files = [yaml.safe_load(path.read_text()) for path in RULES]
    rules = [rule for file in files for group in file["groups"] for rule in group["rules"]]
    return {rule["record"] for rule in rules if "record" in rule}
