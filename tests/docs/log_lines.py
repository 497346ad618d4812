"""What the product can write to its log, found in its code."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("agent", "collectors", "config", "exporters")
LEVELS = {
    "debug": "DEBUG",
    "info": "INFO",
    "warning": "WARN",
    "error": "ERROR",
    "exception": "ERROR",
    "critical": "FATAL",
    "log": "",
}
"""The word in the log, by the method; of `log` it depends."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log: `…` stands for what changes."""

    logger: str
    level: str
    text: str
    place: str


def lines() -> list[Line]:
    """Return all, in the order of the code."""
    paths = (path for one in PACKAGES for path in sorted((ROOT / one).rglob("*.py")))
    return [line for path in paths for line in _lines_of(path)]


def _lines_of(path: Path) -> Iterator[Line]:
    tree = ast.parse(path.read_text())
    loggers = dict(_loggers(tree))
    place = path.relative_to(ROOT).as_posix()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=of, attr=method)) if method in LEVELS:
                named = ast.unparse(of).removeprefix("self.").lstrip("_")
                if named in {"log", "logger", "logging"}:
                    text = node.args[method == "log"]
                    logger = loggers.get(named, "")
                    yield Line(logger, LEVELS[method], _shown(text, place), place)


def _loggers(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(
                    func=ast.Attribute(attr="getLogger"), args=[ast.Constant(value=str(logger))]
                ),
            ):
                yield name.lstrip("_"), logger


def _shown(text: ast.expr, place: str) -> str:
    assert isinstance(text, ast.Constant), f"{place}: {ast.unparse(text)} is no text of its own"
    assert isinstance(text.value, str)
    return re.sub(r"%[a-z]", "…", text.value).replace("\n", " ")
