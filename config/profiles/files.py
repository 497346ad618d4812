"""Files of data about devices: how each kind of them is loaded, and what is said of a bad one."""

from collections.abc import Callable, Collection, Iterable, Iterator
from difflib import get_close_matches
from importlib.resources import files
from typing import Any, Protocol, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from agent.errors import ConfigError

# Written in C it is eight times as fast, and there are many files to load.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Named(Protocol):
    @property
    def name(self) -> str: ...


Data = TypeVar("Data", bound=BaseModel)
One = TypeVar("One", bound=_Named)


def data_of(
    model: type[Data], text: str, origin: str, *, wants: str, keys: Collection[str] = ()
) -> Data:
    """Return what a YAML text holds, as a model of it.

    `wants` says what kind of mapping it must be, and `keys` are all that can stand in one. Raises
    ConfigError with `origin`, the key and the cause of one fault.
    """
    try:
        return model.model_validate(mapping_of(text, wants))
    except ValidationError as error:
        raise ConfigError(f"{origin}: {next(faults_in(error, keys))}") from error
    except ValueError as error:
        raise ConfigError(f"{origin}: {error}") from error


def mapping_of(text: str, wants: str) -> object:
    """Return what a YAML text holds. Raises ValueError if it is no mapping."""
    try:
        data: Any = yaml.load(text, _LOADER)  # noqa: S506 it is one of the two safe ones
    except yaml.YAMLError as error:
        raise ValueError(f"is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise ValueError(wants)  # noqa: TRY004 what a person wrote is wrong
    return data


def keys_of(models: Iterable[type[BaseModel]]) -> frozenset[str]:
    """Return all keys of some models, as people write them."""
    return frozenset(
        field.alias or name for model in models for name, field in model.model_fields.items()
    )


def faults_in(error: ValidationError, keys: Collection[str]) -> Iterator[str]:
    """Yield the key and the cause of each fault; unknown keys first, as they explain more."""
    problems = sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    yield from dict.fromkeys(_fault(one, keys) for one in problems)


def _fault(problem: ErrorDetails, keys: Collection[str]) -> str:
    key = ".".join(str(part) for part in problem["loc"]) or "the file"
    if problem["type"] != "extra_forbidden":
        return f"{key}: {problem['msg'].removeprefix('Value error, ')}"
    wrong = str(problem["loc"][-1])
    close = get_close_matches(wrong, set(keys) - {wrong}, n=1)
    return f"{key}: there is no such key" + (f"; do you mean {close[0]!r}?" if close else "")


def by_name(folder: str, load: Callable[[str, str], One]) -> dict[str, One]:
    """Return what the files of a folder here hold, by their names.

    `load` makes one of a text and of what to call it in a message. Raises ConfigError for a bad
    one.
    """
    found: dict[str, One] = {}
    for file in sorted(files("config").joinpath(folder).iterdir(), key=lambda one: one.name):
        if not file.name.endswith(".yaml"):
            continue
        origin = f"config/{folder}/{file.name}"
        one = load(file.read_text(), origin)
        if one.name != file.name.removesuffix(".yaml"):
            raise ConfigError(f"{origin}: name: {one.name!r} is not the name of its file")
        found[one.name] = one
    return found


def known(
    name: str, load: Callable[[], Collection[str]], what: str, *, shown_by: str | None = None
) -> str:
    """Return a name that is one of those there are. Raises ValueError with the nearest one.

    `shown_by` is the command that shows them, where they are too many for a message.
    """
    try:
        names = load()
    except ConfigError as error:
        raise ValueError(str(error)) from error
    if name in names:
        return name
    every = f"`{shown_by}` shows them" if shown_by else f"there are {', '.join(names)}"
    close = get_close_matches(name, names, n=1)
    raise ValueError(
        f"there is no {what} {name!r}: " + (f"do you mean {close[0]!r}?" if close else every)
    )
