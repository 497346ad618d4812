"""The dashboards as they are committed, and their queries as Grafana would send them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
GRAFANA = ROOT / "deploy" / "grafana"
FILES = sorted((GRAFANA / "dashboards").glob("*/*.json"))
PROMETHEUS = [path for path in FILES if path.parent.name == "prometheus"]
RULES = sorted((ROOT / "deploy" / "prometheus").glob("*.rules.yml"))

STANDS_FOR = {"__rate_interval": "10s", "__interval": "1s", "__range": "10m"}
RANGE_SECONDS = 10.0


def read(path: Path) -> dict[str, Any]:
    board: dict[str, Any] = json.loads(path.read_text())
    return board


def panels(board: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All but the rows, those in them too."""
    found: list[dict[str, Any]] = []
    for panel in board["panels"]:
        found += [panel] if panel["type"] != "row" else panel.get("panels", [])
    return found


@dataclass(frozen=True, slots=True)
class Asked:
    """A query of a panel."""

    board: str
    panel: str
    ref: str
    text: str
    instant: bool

    def __str__(self) -> str:
        return f"dashboard {self.board}, panel {self.panel!r}, query {self.ref}: {self.text}"

    @property
    def metrics(self) -> set[str]:
        """The names of metrics in it."""
        return set(re.findall(r"\b(?:[a-z_]+:)?(?:carbond|process|python)_[a-z0-9_:]+", self.text))

    def has_data(self, client: httpx.Client, at: float) -> bool:
        """Whether Prometheus has an answer, as of a moment or over a range before it."""
        times = (
            {"time": at} if self.instant else {"start": at - RANGE_SECONDS, "end": at, "step": 1}
        )
        path = "/api/v1/query" if self.instant else "/api/v1/query_range"
        answer = client.post(path, data={"query": self.text, **times})
        assert answer.is_success, f"{self}: {answer.text}"
        return bool(answer.json()["data"]["result"])


def asked_of(path: Path) -> Iterator[Asked]:
    """Yield the queries of a dashboard, with all chosen of each variable."""
    board = read(path)
    chosen = {variable["name"]: ".+" for variable in board["templating"]["list"]}
    chosen |= {
        variable["name"]: variable["allValue"]
        for variable in board["templating"]["list"]
        if variable.get("allValue")
    }
    for panel in panels(board):
        for target in panel["targets"]:
            # Of what is chosen alone, such as a device, any that has an answer will do.
            text = re.sub(r'="(\$\w+)"', r'=~"\1"', target["expr"])
            text = re.sub(r"\$(\w+)", lambda found: (chosen | STANDS_FOR)[found[1]], text)
            yield Asked(path.stem, panel["title"], target["refId"], text, target["instant"])
