"""Worked examples of the accounting rules, answered by the functions that the daemon uses.

The project's own are in `examples/`. Further ones, in files of the same form, are read from the
path in WORKED_EXAMPLES, a file or a folder of them, and from the published ones beside the project
(CARBOND_SHARED), where they are there.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.accounting.examples.topics import faults
from tests.shared import SHARED

HERE = Path(__file__).parent / "examples"
PUBLISHED = SHARED / "worked-examples.json"


def _files() -> Iterator[Path]:
    yield from sorted(HERE.glob("*.json"))
    if PUBLISHED.is_file():
        yield PUBLISHED
    yield from _further()


def _further() -> list[Path]:
    """Return the files that WORKED_EXAMPLES names: one, or all of a folder."""
    named = os.environ.get("WORKED_EXAMPLES")
    if not named:
        return []
    path = Path(named)
    found = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not found or not all(one.is_file() for one in found):
        raise pytest.UsageError(
            f"WORKED_EXAMPLES: {path} is neither a file of examples nor a folder with *.json"
        )
    return found


def _examples() -> Iterator[Any]:
    for path in _files():
        for example in json.loads(path.read_text(encoding="utf-8"))["examples"]:
            yield pytest.param(example, id=example["name"])
    if not PUBLISHED.is_file():
        missing = pytest.mark.skip(reason=f"no {PUBLISHED.name} is there (set CARBOND_SHARED)")
        yield pytest.param({}, id="published-examples", marks=missing)


@pytest.mark.parametrize("example", list(_examples()))
def test_a_worked_example_comes_out_as_it_must(example: dict[str, Any]) -> None:
    wrong = faults(example)
    assert not wrong, "\n".join(wrong)


SPLIT: Mapping[str, Any] = {
    "topic": "hour-boundary energy splitting",
    "inputs": {
        "interval_start": "2026-03-10T09:48:00Z",
        "interval_end": "2026-03-10T10:08:00Z",
        "energy_kwh": 6,
        "intensity_g_per_kwh": {"2026-03-10T09:00:00Z": 300},
    },
    "expected": {
        "parts_kwh": {"2026-03-10T09:00:00Z": 3.6, "2026-03-10T10:00:00Z": 2.4},
        "emissions_g": None,
    },
    "tolerance": {"abs": 1e-9},
}
SCI: Mapping[str, Any] = {
    "topic": "SCI",
    "inputs": {
        "energy_kwh": 1,
        "intensity_g_per_kwh": 400,
        "embodied_g": 100,
        "functional_units": 100,
    },
    "expected": {"sci_g_per_unit": 5},
    "tolerance": {"rel": 1e-9},
}


def test_the_examples_that_are_made_wrong_below_are_right() -> None:
    assert faults(SPLIT) == []
    assert faults(SCI) == []


@pytest.mark.parametrize(
    ("expected", "fault"),
    [
        ({"parts_kwh": {"2026-03-10T09:00:00Z": 3.6, "2026-03-10T10:00:00Z": 2.5}}, "expected 2.5"),
        ({"parts_kwh": {"2026-03-10T09:00:00Z": 3.6}}, "parts_kwh: expected"),
        ({"parts_kwh": {}}, "parts_kwh: expected"),
        ({"parts_kwh": "error"}, "expected a refusal"),
        ({"emissions_g": 0}, "expected 0, got None"),
        ({"emissions_g": "error"}, "expected a refusal, got None"),
        ({"covered_kwh": None}, "expected None, got 3.6"),
        ({"covered_kwh": 3.6000001}, "expected 3.6000001"),
        ({"hours": 3}, "expected 3, got 2"),
        ({"hours": True}, "expected True, got 2"),
        ({"wue_l_per_kwh": 1}, "no answer is of this name and unit"),
        ("error", "expected a refusal"),
    ],
)
def test_an_example_that_does_not_come_out_is_a_fault(expected: Any, fault: str) -> None:  # noqa: ANN401 as in a file
    assert fault in "\n".join(faults({**SPLIT, "expected": expected}))


def test_a_refusal_is_a_fault_where_a_value_is_expected_and_null_is_no_refusal() -> None:
    refused = {**SCI, "inputs": {**SCI["inputs"], "functional_units": 0}}
    assert "refused" in "\n".join(faults(refused))
    assert "refused" in "\n".join(faults({**refused, "expected": {"sci_g_per_unit": None}}))
    assert faults({**refused, "expected": "error"}) == []
    assert faults({**refused, "expected": {"sci_g_per_unit": "error"}}) == []


def test_an_example_that_nothing_fits_says_of_what_it_is() -> None:
    (fault,) = faults({**SCI, "topic": "tides", "inputs": {"moon": "full", "depth_m": 3}})
    assert fault == "nothing calculates 'tides' from moon, depth_m"


def test_further_examples_are_read_from_a_file_or_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "more.json"
    file.write_text(json.dumps({"examples": [{"name": "one", **SCI}]}), encoding="utf-8")
    for path in (file, tmp_path):
        monkeypatch.setenv("WORKED_EXAMPLES", str(path))
        assert _further() == [file]
    monkeypatch.setenv("WORKED_EXAMPLES", str(tmp_path / "nowhere"))
    with pytest.raises(pytest.UsageError, match="nowhere is neither"):
        _further()
