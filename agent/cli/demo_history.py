"""The days before a demo, booked while a bar shows how far it has come."""

from datetime import datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from agent.demo.grids_simulated import SimulatedGrid
from agent.demo.history import book_history
from agent.demo.site import Site


async def past(
    ledger: Path,
    site: Site,
    grid: SimulatedGrid,
    console: Console,
    *,
    until: datetime,
    of: timedelta,
) -> None:
    """Book the time `of` before `until`. Nothing is shown where there is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    bar = Progress(*columns, TimeRemainingColumn(), console=console, transient=True)
    hours = of.total_seconds() / 3600
    with bar:
        task = bar.add_task(f"Booking the {hours:g} h before", total=1.0)
        await book_history(
            ledger,
            site,
            grid,
            start=until - of,
            end=until,
            said=lambda share: bar.update(task, completed=share),
        )
