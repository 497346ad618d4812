"""Boards: rows of panels, written as the JSON that Grafana reads."""

import json
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.builders.dashboard import Row as GrafanaRow
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, Panel

from deploy.grafana.parts.links import siblings
from deploy.grafana.parts.variables import Variables


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Panels side by side; their widths fill 24 columns. The first row of a board has no title."""

    title: str = ""
    panels: Sequence[Builder[Panel]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A dashboard. Its name is that of its file, its uid that name after `carbond-`."""

    name: str
    title: str
    says: str
    tag: str
    """The data source in the names of tags: boards link to those with the same one."""

    variables: Variables
    rows: Sequence[Row]
    time: str = "now-24h"
    tags: Sequence[str] = field(default=())

    @property
    def uid(self) -> str:
        """What links and bookmarks know it by."""
        return uid_of(self.name, self.tag)

    def json(self) -> str:
        """Return the text of its file."""
        board = Dashboard(self.title).uid(self.uid).description(self.says)
        board.tags(["carbond", f"carbond-{self.tag}", *self.tags]).editable().timezone("browser")
        board.time(self.time, "now").refresh("1m").tooltip(DashboardCursorSync.CROSSHAIR)
        board.link(siblings(f"carbond-{self.tag}")).variables(list(self.variables))
        for row in self.rows:
            if row.title:
                board.with_row(GrafanaRow(row.title))
            for panel in row.panels:
                # It is given its place in itself, and may be on several boards.
                board.with_panel(deepcopy(panel))
        return _text(json.loads(JSONEncoder().encode(board.build())))


def uid_of(name: str, tag: str) -> str:
    """Return the uid of the board of a name, for links to it."""
    return f"carbond-{name}" if tag == "prometheus" else f"carbond-{tag}-{name}"


def _text(board: dict[str, Any]) -> str:
    for number, panel in enumerate(board["panels"], start=1):
        panel["id"] = number
    return json.dumps(board, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def write(boards: Sequence[Board], folder: Path) -> None:
    """Write the files of boards, and delete those of boards that there are no more."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {folder / f"{board.name}.json": board.json() for board in boards}
    for old in set(folder.glob("*.json")) - set(files):
        old.unlink()
    for path, text in files.items():
        path.write_text(text)
