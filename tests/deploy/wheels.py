"""Wheels of the checkout as it is, in versions of which some are broken on purpose."""

import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


def wheel(folder: Path, version: str, changed: Mapping[str, str] | None = None) -> Path:
    """Write a wheel of carbond without its requirements, and return its path.

    `changed` has the text of files that are others than in the checkout. It is written by hand
    since building takes ten seconds and an index.
    """
    changed = changed or {}
    info = f"carbond-{version}.dist-info"
    path = folder / f"carbond-{version}-py3-none-any.whl"
    record = []
    with zipfile.ZipFile(path, "w") as made:
        for place in _files():
            if place in changed:
                made.writestr(place, changed[place])
            else:
                made.write(ROOT / place, place)
            record.append(f"{place},,")
        for name, text in _info(version).items():
            made.writestr(f"{info}/{name}", text)
            record.append(f"{info}/{name},,")
        made.writestr(f"{info}/RECORD", "\n".join([*record, f"{info}/RECORD,,", ""]))
    return path


def _files() -> list[str]:
    return [
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    ]


def _info(version: str) -> dict[str, str]:
    scripts = "\n".join(f"{name} = {at}" for name, at in PROJECT["project"]["scripts"].items())
    return {
        "METADATA": f"Metadata-Version: 2.1\nName: carbond\nVersion: {version}\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "entry_points.txt": f"[console_scripts]\n{scripts}\n",
    }
