"""The settings file and `conf.d/*.yaml` beside it, read and joined into one document."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from config.nodes import Node, Place
from config.problems import Problems, quoted, unknown
from config.settings import Settings
from config.yaml_positions import nodes_of

SETTINGS_FILE = "settings file"

LISTS = ("sites", "devices", "grids", "exporters")
"""Keys whose lists are appended, file after file."""

DEFAULTS = "defaults"
KEYS = (*LISTS, DEFAULTS, *(key for key in Settings.model_fields if key not in LISTS))


@dataclass(frozen=True, slots=True)
class Written:
    """An item of one of the lists, and its number in the file it stands in, from 0."""

    node: Node
    number: int


@dataclass(frozen=True, slots=True)
class Document:
    """All files as one: sections by key, items by list, defaults by type."""

    place: Place
    sections: dict[str, Node] = field(default_factory=dict)
    items: dict[str, list[Written]] = field(default_factory=lambda: {key: [] for key in LISTS})
    defaults: dict[str, Node] = field(default_factory=dict)


def read_document(path: Path, problems: Problems) -> Document:
    """Return what the settings file and its `conf.d` say; what cannot be read is noted."""
    document = Document(Place(str(path)))
    text = read_text(path, Place(str(path)), SETTINGS_FILE, problems)
    if text is not None:
        root = nodes_of(text, str(path), problems)
        if root is not None:
            _join(document, root, problems)
        elif not problems.incomplete:
            problems.add_unread(document.place, "the file is empty: it needs at least `sites:`")
    for part in _parts(path.parent / "conf.d", problems):
        text = read_text(part, Place(str(part)), SETTINGS_FILE, problems)
        root = None if text is None else nodes_of(text, str(part), problems)
        if root is not None:
            _join(document, root, problems)
    return document


def _way_out(what: str) -> str:
    if what == SETTINGS_FILE:
        return "create it, or name another one with -c"
    return "create it, or correct the path"


def read_text(path: Path, place: Place, what: str, problems: Problems) -> str | None:
    """Return the text of a UTF-8 file, with or without a byte order mark; None if it has none.

    `place` is where the file is named, and `what` the word for it in what is noted.
    """
    problems.reading(str(path))
    here = place.file == str(path)
    name = "" if here else f" {path}"
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        problems.add_unread(place, f"there is no {what}{name}: {_way_out(what)}")
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problems.add_unread(place, f"cannot read the {what}{name}: {reason}")
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        text = "this is not UTF-8: save the file in that encoding"
        problems.add_unread(Place(str(path), line), text)
        return None


def _parts(folder: Path, problems: Problems) -> Iterator[Path]:
    """Yield the files of `conf.d` in the order of their names, as systemd does."""
    if not folder.is_dir():
        return
    try:
        found = sorted(folder.iterdir(), key=lambda path: path.name)
    except OSError as error:
        problems.add_unread(Place(str(folder)), f"cannot read the folder: {error.strerror}")
        return
    for path in found:
        if path.name.startswith("."):
            continue
        if path.suffix == ".yaml":
            yield path
        elif path.suffix == ".yml":
            problems.add_unread(Place(str(path)), "is not read: give it a name that ends in .yaml")


def _join(document: Document, root: Node, problems: Problems) -> None:
    if not isinstance(root.value, dict):
        problems.add_unread(root.place, "the file must be a mapping, with keys such as `sites:`")
        return
    for key, node in root.value.items():
        if key not in KEYS:
            problems.add(node.key, unknown("key", key, KEYS))
        elif node.nothing:
            continue
        elif key in LISTS:
            _append(document, key, node, problems)
        elif key == DEFAULTS:
            _set_defaults(document, node, problems)
        else:
            _set(document.sections, key, key, node, problems)


def _append(document: Document, key: str, node: Node, problems: Problems) -> None:
    if not isinstance(node.value, list):
        problems.add_unread(node.key, f'"{key}" must be a list: begin each item with "- "')
        return
    for number, item in enumerate(node.value):
        if isinstance(item.value, dict):
            document.items[key].append(Written(item, number))
        else:
            text = f"{key}[{number}] must be a mapping of options, such as - name: NAME"
            problems.add(item.place, text)


def _set_defaults(document: Document, node: Node, problems: Problems) -> None:
    if not isinstance(node.value, dict):
        problems.add(node.key, '"defaults" must be a mapping of types to their options')
    for key, options in node.mapping.items():
        if isinstance(options.value, dict):
            _set(document.defaults, key, f"{DEFAULTS}.{key}", options, problems)
        elif not options.nothing:
            problems.add(options.key, f"{quoted(f'{DEFAULTS}.{key}')} must be a mapping of options")


def _set(sections: dict[str, Node], key: str, name: str, node: Node, problems: Problems) -> None:
    first = sections.setdefault(key, node)
    if first is not node:
        problems.add(node.key, f"{quoted(name)} is set at {first.key} too: keep one of the two")
