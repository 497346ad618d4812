"""One device as a command's options describe it: its keys, and the settings that they make."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agent.app import kinds
from agent.cli.probe_options import Given
from agent.cli.snmp_access import protocol_of
from agent.errors import ConfigError
from config import DeviceSettings, Secret
from config.fitting import fitted_keys, shapes_of
from config.nodes import Node, Place
from config.problems import Problems, listed, unknown
from config.wording import faults_of
from config.yaml_positions import nodes_of

SNMP = "snmp"
PLACES = ("address", "url")
"""The keys that ADDRESS may be the value of: the first that a type has."""

TIMEOUT = "2s"
"""Of a probe by SNMP, for each of three tries: a person waits who does not know the device."""

TWICE = "--community: community is given twice: leave one of the two out"

_WAYS = {
    "address": "ADDRESS",
    "url": "ADDRESS",
    "user": "--user NAME",
    "password": "--password-file FILE",
}
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._:-]+")
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A device as the options describe it."""

    kind: str
    model: type[DeviceSettings]
    nodes: Mapping[str, Node]
    """Its keys as they were written."""

    more: Mapping[str, object]
    """What is taken for granted where nothing was written, and a community that stood on the
    command line, which no settings file may hold.
    """

    @property
    def written(self) -> dict[str, Any]:
        """Its keys as they can stand in any settings file: paths are whole."""
        return fitted_keys(self.nodes, shapes_of(self.model))

    @property
    def address(self) -> str | None:
        """Where it is asked; None of a type that needs no address."""
        return next((self.written[key] for key in PLACES if key in self.nodes), None)

    def settings(self) -> DeviceSettings:
        """Return its settings, secrets read. Raises ConfigError with a line for each fault."""
        values = {**self.more, **self.written}
        self._check_whole(values)
        try:
            return self.model.model_validate(values)
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
            faults = faults_of(details, self.model, self.nodes)
            lines = dict.fromkeys(f"--type {self.kind}: {fault.text}" for fault in faults)
            raise ConfigError("\n".join(lines)) from None

    def _check_whole(self, values: Mapping[str, object]) -> None:
        needed = (name for name, one in self.model.model_fields.items() if one.is_required())
        missing = [name for name in needed if name not in values]
        if missing:
            ways = (_WAYS.get(name, f"--set {name}=VALUE") for name in missing)
            raise ConfigError(f"--type {self.kind} needs {', '.join(ways)}")


def asked_of(kind: str | None, address: str | None, given: Sequence[Given]) -> Asked:
    """Return the device of some options, by SNMP where they name no type. Raises ConfigError."""
    kind = kind or SNMP
    model = _model_of(kind)
    keys = _Keys()
    keys.put("--type", "type", Node(kind, keys.place, keys.place))
    if address is not None:
        keys.put(address, _place_of(kind, model), Node(address, keys.place, keys.place))
    community = None
    for one in given:
        _check_fits(one, kind, model)
        if one.key == "community" and not one.is_yaml:
            if community is not None:
                raise ConfigError(TWICE)
            community = Secret(one.text)
        else:
            keys.take(one)
    more: dict[str, object] = {"name": _name_of(address or "") or kind}
    if kind == SNMP:
        more |= _granted(keys, community)
    return Asked(kind=kind, model=model, nodes=keys.root, more=more)


def _model_of(kind: str) -> type[DeviceSettings]:
    known = kinds().devices
    if kind not in known:
        raise ConfigError(f"--type: {unknown('type', kind, sorted(known))}")
    return known[kind]


def _place_of(kind: str, model: type[DeviceSettings]) -> str:
    place = next((key for key in PLACES if key in shapes_of(model)), None)
    if place is None:
        raise ConfigError(f"--type {kind} has no address: leave ADDRESS out")
    return place


def _check_fits(one: Given, kind: str, model: type[DeviceSettings]) -> None:
    """Raises ConfigError for an option that the type does not have."""
    key = one.key.partition(".")[0]
    if one.of not in ("", kind):
        raise ConfigError(f"{one.option} is of --type {one.of}, not of {kind}")
    if one.is_yaml or key in shapes_of(model):
        return
    having = [name for name, other in kinds().devices.items() if key in shapes_of(other)]
    raise ConfigError(f"{one.option} is not of --type {kind}, but of {listed(sorted(having))}")


def _granted(keys: "_Keys", community: Secret | None) -> dict[str, object]:
    """Return what a probe takes for granted of SNMP. Raises ConfigError for two communities."""
    keys.complete("version", "v3" if "user" in keys.root else "v2c")
    if "community" in keys.root and community is not None:
        raise ConfigError(TWICE)
    if "community" not in keys.root and community is None and keys.root["version"].text != "v3":
        community = Secret("public")
    return {"timeout": TIMEOUT} | ({} if community is None else {"community": community})


def _name_of(address: str) -> str:
    """Return a name for a device that has none: its host."""
    host = address.rpartition("//")[2].partition("/")[0].rpartition("@")[2]
    return _NOT_IN_NAMES.sub("-", host).strip("-._:")[:_LONGEST_NAME]


class _Keys:
    """The keys of a device, each given once."""

    def __init__(self) -> None:
        # Relative paths are those of the folder that the command was called in.
        self.place = Place(str(Path.cwd() / "options"))
        self.root: dict[str, Node] = {}

    def complete(self, key: str, text: str) -> None:
        """Set a key that has not been given."""
        self.root.setdefault(key, Node(text, self.place, self.place))

    def take(self, given: Given) -> None:
        """Raises ConfigError for a key that is given twice, and for what is no YAML."""
        if given.is_yaml:
            self.put(given.option, given.key, self._node_of(given))
        elif given.key in ("auth", "priv"):
            self.put(given.option, given.key, self._nodes(protocol_of(given.key, given.text)))
        else:
            self.put(given.option, given.key, Node(given.text, self.place, self.place))

    def put(self, option: str, key: str, node: Node) -> None:
        """Set a key. Raises ConfigError if it, or a part of it, has been given."""
        *path, last = key.split(".")
        inner = self.root
        for part in path:
            holder = inner.setdefault(part, Node({}, self.place, self.place))
            if not isinstance(holder.value, dict):
                raise ConfigError(f"{option}: {part} is given twice: leave one of the two out")
            inner = holder.value
        if last in inner:
            raise ConfigError(f"{option}: {key} is given twice: leave one of the two out")
        inner[last] = node

    def _node_of(self, given: Given) -> Node:
        problems = Problems()
        node = nodes_of(given.text, self.place.file, problems)
        try:
            problems.raise_if_any()
        except ConfigError as error:
            cause = re.sub(rf"(?m)^{re.escape(self.place.file)}(:\d+)?: ", "", str(error))
            raise ConfigError(f"{given.option}: {cause}") from None
        return Node("", self.place, self.place) if node is None else node

    def _nodes(self, value: Any) -> Node:  # noqa: ANN401 a tree of texts
        if isinstance(value, dict):
            inner = {key: self._nodes(one) for key, one in value.items()}
            return Node(inner, self.place, self.place)
        return Node(value, self.place, self.place)
