"""What holds for any settings: what is written is read, and nothing but ConfigError is raised."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.errors import ConfigError
from agent.model import Role
from config import load
from config.quantities import current_of, duration_of, mass_of, power_of, size_of
from tests.config.kinds import KINDS, load_text, write

QUICK = settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,20}", fullmatch=True)
durations = st.sampled_from(["250ms", "60s", "5m", "1.5h", "100d"])


def some(**options: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Any subset of options."""
    return st.fixed_dictionaries({}, optional=options)


devices = some(
    role=st.sampled_from([str(role) for role in Role]),
    rack=texts,
    room=texts,
    feed=texts,
    tenant=texts,
    tags=st.dictionaries(texts, texts, max_size=3),
    every=durations,
    limit_watts=st.floats(min_value=1, max_value=1e6),
    rating=st.fixed_dictionaries(
        {"power": st.sampled_from(["7.4 kW", "900W", "1.25MW"])},
        optional={"current": st.sampled_from(["32 A", "16A", "1.6kA"])},
    ),
    accuracy=st.floats(min_value=1e-4, max_value=0.5),
    port=st.integers(min_value=1, max_value=65535),
    version=st.sampled_from(["1", "2c", "3"]),
    outlets=st.lists(st.integers(min_value=0, max_value=99), max_size=3),
)
sections = some(
    ledger=some(keep=some(minutes=durations, cap=st.sampled_from(["500MB", "20GB", "1.5TB"]))),
    http=some(
        host=st.sampled_from(["127.0.0.1", "::1", "localhost"]),
        port=st.integers(min_value=0, max_value=65535),
    ),
    log=some(
        level=st.sampled_from(["debug", "info", "warning", "error"]),
        form=st.sampled_from(["text", "json"]),
    ),
)
sites = some(
    timezone=st.sampled_from(["UTC", "Europe/Berlin", "America/Argentina/Ushuaia"]),
    fallback=st.lists(st.sampled_from(["estimate", "forecast", "last-year"]), unique=True),
    pue=some(
        measured=st.booleans(),
        it=st.sampled_from(["rack", "ups-output", "device", "outlet"]),
        declared=st.floats(min_value=1, max_value=10),
        partial=st.booleans(),
    ),
    least_coverage=st.floats(min_value=0, max_value=1),
    carbon_budget=st.fixed_dictionaries(
        {"month": st.sampled_from(["60 t", "800kg", "0.5 kt"])},
        optional={"day": st.sampled_from(["2 t", "900 g"])},
    ),
)


def plain(value: object, written: object) -> object:
    """Return a loaded value as it would be written, to be compared with what was."""
    match value:
        case timedelta():
            return value == duration_of(written)
        case int() if isinstance(written, str):
            return value == size_of(written)
        case float() if isinstance(written, str):
            return value in _measured(written)
        case tuple():
            return list(value) == written
        case _:
            return value == written


def _measured(written: str) -> list[float]:
    """Return what a text is as a mass, a power and a current, as far as it is one."""
    found = []
    for read in (mass_of, power_of, current_of):
        with suppress(ValueError):
            found.append(read(written))
    return found


def test_masses_and_ratings_are_in_grams_watts_and_amperes() -> None:
    masses = {"2 t": 2e6, "800kg": 8e5, "1.5 kt": 1.5e9, "12 g": 12.0}
    assert {text: mass_of(text) for text in masses} == masses
    assert [power_of("7.4 kW"), power_of("90W"), power_of("1 MW")] == [7400.0, 90.0, 1e6]
    assert [current_of("32 A"), current_of("1.6kA")] == [32.0, 1600.0]


@QUICK
@given(device=devices, site=sites, rest=sections, name=names)
def test_any_subset_of_options_is_read_as_it_was_written(
    tmp_path: Path, device: dict[str, Any], site: dict[str, Any], rest: dict[str, Any], name: str
) -> None:
    written = {
        "sites": [{"name": name, **site}],
        "devices": [{"name": name, "type": "snmp", "host": "h", **device}],
        **rest,
    }
    text = yaml.safe_dump(written, allow_unicode=True)
    dumped = load_text(tmp_path, text).model_dump()
    assert dumped["devices"][0]["site"] == name
    assert_contains(dumped, written)


def assert_contains(loaded: Any, written: Any) -> None:  # noqa: ANN401 settings of any shape
    if isinstance(written, dict):
        for key, value in written.items():
            assert_contains(loaded[key], value)
    elif isinstance(written, list) and written and isinstance(written[0], dict):
        for one, other in zip(loaded, written, strict=True):
            assert_contains(one, other)
    else:
        assert plain(loaded, written)


words = st.sampled_from(
    [
        *("sites", "devices", "grids", "exporters", "defaults", "ledger", "http", "log", "keep"),
        *("name", "type", "from", "site", "upstream", "tags", "user", "community", "file", "env"),
        *(
            "snmp",
            "ipmi",
            "influxdb",
            "a",
            "b",
            "a/input",
            "<<",
            "pue",
            "timezone",
            "host",
            "every",
        ),
        *("outlets", "path", "minutes", "cap", "grid", "credential", "list.csv", "mib", "kinds"),
        *("fallback", "annual", "forecast", "value", "year", "declared", "provider", "region"),
    ]
)
scalars = words | texts | st.integers() | st.floats() | st.booleans() | st.none() | st.dates()
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=5),
    max_leaves=30,
)
documents = st.dictionaries(words, trees, max_size=6).map(yaml.safe_dump)
fragments = st.lists(
    words
    | st.sampled_from([": ", "\n", "  ", "- ", "[", "]", "{", "}", "&a ", "*a", "!", "'", '"']),
    max_size=40,
).map("".join)


@QUICK
@given(text=documents | fragments | st.text(max_size=60).map(str))
def test_no_text_raises_anything_but_a_config_error(tmp_path: Path, text: str) -> None:
    files = {"carbond.yaml": text.encode(errors="surrogatepass")}
    assert lines_of_no_file(tmp_path, files) == []


@QUICK
@given(content=st.binary(max_size=60))
def test_no_bytes_raise_anything_but_a_config_error(tmp_path: Path, content: bytes) -> None:
    assert lines_of_no_file(tmp_path, {"carbond.yaml": content}) == []


@QUICK
@given(rows=st.text(st.sampled_from('name,host.;\t\n\r"# \x00\x85é7'), max_size=80))
def test_no_list_raises_anything_but_a_config_error(tmp_path: Path, rows: str) -> None:
    text = "sites: [{name: home}]\ndevices: [{from: list.csv, type: snmp, host: h}]\n"
    files = {"carbond.yaml": text, "list.csv": "name," + rows}
    assert lines_of_no_file(tmp_path, files) == []


def lines_of_no_file(folder: Path, files: Mapping[str, str | bytes]) -> list[str]:
    """What is said of settings without the file that it is of; nothing of those that load."""
    path = write(folder, dict(files))
    try:
        load(path, KINDS)
    except ConfigError as error:
        lines = str(error).splitlines() or [""]
        return [line for line in lines if not line.startswith((str(folder), "... and"))]
    return []


@pytest.mark.parametrize("size", [1, 7, 500])
def test_a_long_chain_is_no_circle_and_each_circle_is_said_once(tmp_path: Path, size: int) -> None:
    chain = "".join(
        f"- {{name: d{n}, type: snmp, host: h, upstream: d{n + 1}}}\n" for n in range(size)
    )
    top = f"- {{name: d{size}, type: snmp, host: h UP}}\n"
    text = "sites: [{name: home}]\ndevices:\n" + chain + top
    assert len(load_text(tmp_path, text.replace(" UP", "")).devices) == size + 1
    with pytest.raises(ConfigError) as caught:
        load_text(tmp_path, text.replace(" UP", ", upstream: d0"))
    assert str(caught.value).count("goes in a circle: d0 -> d1") == 1


@QUICK
@given(feeds=st.lists(st.lists(st.integers(0, 7), unique=True, max_size=3), min_size=8, max_size=8))
def test_a_tree_of_several_feeds_is_refused_if_and_only_if_it_has_a_circle(
    tmp_path: Path, feeds: list[list[int]]
) -> None:
    lines = [
        f"- {{name: d{n}, type: snmp, host: h, upstream: [{', '.join(f'd{m}' for m in above)}]}}\n"
        for n, above in enumerate(feeds)
    ]
    text = "sites: [{name: home}]\ndevices:\n" + "".join(lines)
    graph = {n: set(above) for n, above in enumerate(feeds)}
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError:
        with pytest.raises(ConfigError, match="goes in a circle"):
            load_text(tmp_path, text)
    else:
        assert len(load_text(tmp_path, text).devices) == len(feeds)
