"""`python -m deploy.grafana`: writes the dashboards' JSON."""

from pathlib import Path

from deploy.grafana.boards import BOARDS
from deploy.grafana.parts.board import write

DASHBOARDS = Path(__file__).parent / "dashboards"


def main() -> None:
    """Write all boards, a folder for each data source."""
    for folder, boards in BOARDS.items():
        write(boards, DASHBOARDS / folder)


if __name__ == "__main__":
    main()
