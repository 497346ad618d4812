"""The composition root: it alone knows all parts, builds them and holds the one TaskGroup."""

from agent.app.daemon import Daemon
from agent.app.once import Once, collect_once
from agent.app.parts import kinds, load, number_of, tree_of

__all__ = ["Daemon", "Once", "collect_once", "kinds", "load", "number_of", "tree_of"]
