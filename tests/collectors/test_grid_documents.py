"""What is written about the grids is true: the samples load, and nothing is left unsaid."""

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.clock import Clock
from collectors import GRIDS
from config import GridSettings, Kinds, load

FOLDERS = {
    "electricitymaps": "electricitymaps",
    "watttime": "watttime",
    "file": "intensityfile",
}
# Options whose default is none or empty stand in the sample as an example.
EXAMPLES = {"average_region", "model", "average_model", "zone", "forecast"}


def text_of(kind: str, name: str) -> str:
    return files(f"collectors.{FOLDERS[kind]}").joinpath(name).read_text()


def class_of(kind: str) -> type[GridSettings]:
    settings = GRIDS[kind].settings
    assert issubclass(settings, GridSettings)
    return settings


@pytest.fixture(autouse=True)
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.joinpath("electricitymaps-key").write_text("a-key\n")
    tmp_path.joinpath("watttime-password").write_text("a-password\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))


def loaded(kind: str, sample: str, folder: Path) -> GridSettings:
    path = folder / "carbond.yaml"
    path.write_text("sites: [{name: home}]\n" + sample)
    kinds = Kinds(grids={name: class_of(name) for name in FOLDERS})
    (grid,) = load(path, kinds).grids
    assert isinstance(grid, class_of(kind))
    return grid


def uncommented(kind: str) -> str:
    names = "|".join(class_of(kind).model_fields)
    return re.sub(rf"(?m)^    # (({names}): .*)$", r"    \1", text_of(kind, "sample.yaml"))


@pytest.mark.parametrize("kind", FOLDERS)
def test_the_sample_loads_as_it_stands(kind: str, tmp_path: Path) -> None:
    grid = loaded(kind, text_of(kind, "sample.yaml"), tmp_path)
    assert grid.type == kind
    collector = GRIDS[kind](Clock()).collector(grid)
    assert collector.name == grid.name
    assert collector.every == grid.every


@pytest.mark.parametrize("kind", FOLDERS)
def test_every_option_stands_in_the_sample_with_its_default(kind: str) -> None:
    (written,) = yaml.safe_load(uncommented(kind))["grids"]
    fields = class_of(kind).model_fields
    assert set(written) == set(fields)
    optional = {name for name, field in fields.items() if not field.is_required()}
    shown: dict[str, Any] = {name: written[name] for name in optional - EXAMPLES - {"region"}}
    required = {name: written[name] for name in fields if name not in optional}
    region = {"region": written["region"]} if "region" in written else {}
    grid = class_of(kind)(**required, **region, **shown)
    for name in shown:
        assert getattr(grid, name) == fields[name].default, name


@pytest.mark.parametrize("kind", FOLDERS)
def test_the_readme_names_every_option(kind: str) -> None:
    readme = text_of(kind, "README.md")
    own = set(class_of(kind).__annotations__) - {"type"}
    assert [name for name in own if f"`{name}`" not in readme] == []
    for words in ("## Limits", "## Checklist", "`sample.yaml`"):
        assert words in readme


def test_the_sample_of_the_file_stands_in_its_readme() -> None:
    readme, table = text_of("file", "README.md"), text_of("file", "sample.csv")
    assert f"```csv\n{table}```" in readme
