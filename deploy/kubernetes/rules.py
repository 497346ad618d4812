"""The rules of Prometheus as the resource that the Prometheus operator reads."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

RULES = Path(__file__).parents[1] / "prometheus"
TARGET = Path(__file__).parent / "components" / "monitoring" / "prometheusrule.yaml"

HEAD = """\
# Made of deploy/prometheus/*.rules.yml by `python -m deploy.kubernetes`: do not edit.
"""


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as they are, so that a query can be read."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def resource() -> Mapping[str, Any]:
    """Return the resource with the groups of all files, in the order of their names."""
    files = sorted(RULES.glob("*.rules.yml"))
    groups = [group for file in files for group in yaml.safe_load(file.read_text())["groups"]]
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "carbond", "namespace": "carbond"},
        "spec": {"groups": groups},
    }


def prometheus_rule() -> str:
    """Return the text of the file."""
    return HEAD + yaml.dump(resource(), Dumper=_Dumper, sort_keys=False, width=10_000)
