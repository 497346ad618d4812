"""Answers of NetBox kept in a file, for sites without a way to it over the network."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.errors import ConfigError
from agent.inventory.netbox.answers import DEVICES, LISTS, SITES, Answers, Object

_SHAPE = (
    'it must be an object with what the API has answered by path: {"dcim/sites": ..., '
    '"dcim/devices": ...}'
)


def read_dump(path: Path) -> Answers:
    """Return the answers in a file: each an answer of the API, several pages of one, or its list.

    Paths may begin with `/api/`; others than those that are read are passed over. Raises
    ConfigError for what is no such file.
    """
    content = _read(path)
    if not isinstance(content, Mapping):
        raise ConfigError(f"{path}: {_SHAPE}")
    answers: dict[str, list[Object]] = {}
    for key, value in content.items():
        name = re.sub(r"^/?(api/)?|/?(\?.*)?$", "", key)
        if name in LISTS:
            answers.setdefault(name, []).extend(_objects(path, key, value))
    for name in (SITES, DEVICES):
        if name not in answers:
            raise ConfigError(f'{path}: there is no "{name}" in it: {_SHAPE}')
    return answers


def _read(path: Path) -> Any:  # noqa: ANN401 what stands in JSON
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot read it: {error.strerror}: name a file of answers"
        ) from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: it is not JSON: {error}: {_SHAPE}") from error


def _objects(path: Path, key: str, value: object) -> list[Object]:
    """Return the objects of one answer or several; an answer that is not the last page needs
    the others.
    """
    if isinstance(value, Mapping) and isinstance(value.get("results"), list):
        found = value["results"]
        count = value.get("count")
        if isinstance(count, int) and count > len(found) and value.get("previous") is None:
            raise ConfigError(
                f'{path}: "{key}" has {len(found)} of {count}: ask with limit=0, or put all '
                "pages into a list"
            )
        return [one for one in found if isinstance(one, Mapping)]
    if isinstance(value, list):
        if all(isinstance(one, Mapping) and "results" in one for one in value) and value:
            return _pages(path, key, value)
        return [one for one in value if isinstance(one, Mapping)]
    raise ConfigError(f'{path}: "{key}" is neither an answer of the API nor a list: {_SHAPE}')


def _pages(path: Path, key: str, pages: list[Any]) -> list[Object]:
    objects: list[Object] = []
    for page in pages:
        objects += _objects(path, key, {"results": page["results"]})
    count = pages[0].get("count")
    if isinstance(count, int) and count > len(objects):
        raise ConfigError(
            f'{path}: "{key}" has {len(objects)} of {count} in its pages: add the others'
        )
    return objects
