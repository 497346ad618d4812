"""The runbook: what each alert means, what to look at and what to do.

It is one page, deploy/prometheus/runbook.md, for people who read it where the rules are. A wheel
holds it as well, so that who is woken can ask the command line.
"""

from collections.abc import Mapping
from pathlib import Path

PLACES = (
    Path(__file__).with_name("runbook.md"),
    Path(__file__).parents[2] / "deploy/prometheus/runbook.md",
)
"""Where the page stands: installed, and in a checkout."""

HEADING = "\n## "


def sections() -> Mapping[str, str]:
    """Return the text about each alert, without its heading, by the alert's name."""
    page = next(place for place in PLACES if place.exists()).read_text(encoding="utf-8")
    parts = (part.partition("\n") for part in page.split(HEADING)[1:])
    return {name.strip(): text.strip() for name, _, text in parts}
