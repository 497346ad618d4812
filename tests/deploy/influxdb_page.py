"""docs/influxdb.md, and what its tables say."""

import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "influxdb.md").read_text()
FREE = {"rack", "room", "feed", "tenant"}
"""Tags of the settings: they are on no table."""


def told() -> dict[str, dict[str, list[str]]]:
    """Return by measurement what its table says of each name."""
    return {
        measurement: {
            name: [cell.strip() for cell in cells.split("|")]
            for name, cells in re.findall(r"^\| `(\w+)` \|(.*)\|$", text, flags=re.M)
        }
        for measurement, text in re.findall(
            r"^### `(carbond_\w+)`\n(.*?)(?=^##|\Z)", PAGE, flags=re.M | re.S
        )
    }
