"""The composition root: it alone knows all parts, builds them and holds the one TaskGroup."""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.app.daemon import Daemon
    from agent.app.once import Once, collect_once
    from agent.app.parts import kinds, load, number_of, tree_of

__all__ = ["Daemon", "Once", "collect_once", "kinds", "load", "number_of", "tree_of"]

_HOMES: Mapping[str, str] = {
    "Daemon": "daemon",
    "Once": "once",
    "collect_once": "once",
    "kinds": "parts",
    "load": "parts",
    "number_of": "parts",
    "tree_of": "parts",
}


def __getattr__(name: str) -> object:
    # Who only reads a ledger needs no collector and no web server: together they take a second.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
