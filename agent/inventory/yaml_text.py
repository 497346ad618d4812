"""Devices as YAML for the settings: the same devices are always the same text."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from agent.inventory.values import Value
from config.nodes import NOTHING

_SIMPLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
"""Texts that are the same in YAML; the writer would take a minute for a large site's."""


class _Writer(yaml.SafeDumper):
    """Writes each text without quotes where YAML allows it: the settings decide what it means."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 PyYAML declares it so

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(writer: _Writer, text: str) -> yaml.ScalarNode:
    style = '"' if text in NOTHING or not text.isprintable() else None
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _nothing(writer: _Writer, _: None) -> yaml.ScalarNode:
    return writer.represent_scalar("tag:yaml.org,2002:str", "~")


_Writer.add_representer(str, _text)
_Writer.add_representer(type(None), _nothing)


def device_lines(device: Mapping[str, Value]) -> Iterator[str]:
    """Yield the lines of a device, an item of the list `devices:`, one key to a line."""
    start = "  - "
    for key, value in device.items():
        yield f"{start}{flow(key)}: {flow(value)}"
        start = "    "


def flow(value: Value) -> str:
    """Return a value on one line, in the flow style of YAML."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        items = [flow(one) for one in value]
        if items == value:
            return f"[{', '.join(items)}]"
    if isinstance(value, str) and _SIMPLE.fullmatch(value) and value not in NOTHING:
        return value
    text: str = yaml.dump(
        value,
        Dumper=_Writer,
        default_flow_style=True,
        sort_keys=False,
        allow_unicode=True,
        width=10**9,
    )
    return text.removesuffix("...\n").rstrip("\n")


def comment(text: str, indent: str = "") -> str:
    """Return a line of comment, whatever the text holds."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    return f"{indent}# {shown}".rstrip()
