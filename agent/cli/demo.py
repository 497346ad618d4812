"""`carbond demo`: the real agent against a simulated data centre."""

import argparse
import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from agent import log as logs
from agent.app import Daemon, load
from agent.cli.demo_folder import LOG, demo_folder
from agent.cli.demo_history import past
from agent.cli.options import Commands, add_command, add_json
from agent.cli.run import run_fast
from agent.clock import Clock
from agent.demo.addresses import LOOPBACK
from agent.demo.fault_plans import plan_of
from agent.demo.faults import NONE
from agent.demo.files import LEDGER, SITE, TIMEZONE, write_settings
from agent.demo.grids_simulated import SimulatedGrid
from agent.demo.history import faults_of
from agent.demo.result import Result, compare
from agent.demo.serving import REGION, ZONE
from agent.demo.simulation import Simulation
from agent.demo.site import Site
from agent.demo.view import LiveView
from agent.errors import ConfigError
from agent.ledger import status_of, total_of
from agent.loops import show_forever
from agent.model import HOUR
from config.quantities import duration_of

TEXT = """\
It starts rack PDUs and a utility meter that answer SNMP, UPSs, servers with BMCs that answer
IPMI, and the two grid services, all on loopback, and runs the daemon against them with
settings like yours. It shows what the daemon sees until Ctrl-C, then prints the energy that
was truly used beside the energy that was booked. The settings, the log and the ledger stay in
its folder until the next demo there: look at them with `carbond status` and `sqlite3`. Energy
and PUE are known after the first full minute, which --speed makes shorter.

examples:
  carbond demo
  carbond demo --speed 60 --duration 2h
  carbond demo --duration 10m --json
  carbond demo --faults --speed 30
  carbond demo --add /etc/carbond/influxdb.yaml
"""

FASTEST = 120.0
HIGHEST_PORT = 65535
LONGEST_HISTORY = timedelta(days=31)
LOOKS_PER_SECOND = 1.0


def add_to(commands: Commands) -> None:
    """Add the command."""
    command = add_command(commands, "demo", "See it at work on a simulated data centre.", TEXT)
    _add_time(command)
    _add_places(command)
    _add_world(command)
    add_json(command)
    command.set_defaults(command=main)


def _add_time(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--duration",
        type=_duration,
        metavar="TIME",
        help="End after this time on the demo's clock, such as 10m; at Ctrl-C where left out.",
    )
    command.add_argument(
        "--history",
        type=_history,
        default=timedelta(hours=48),
        metavar="TIME",
        help="Begin with so much history in the ledger, booked in some seconds; 48h where left "
        "out, 0 for none.",
    )
    command.add_argument(
        "--speed",
        type=_speed,
        default=1.0,
        metavar="N",
        help=f"Let the demo's clock run N times as fast as the world, up to {FASTEST:g}; the delay "
        "of an answer then counts N times too.",
    )


def _add_places(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--folder",
        type=Path,
        default=Path("carbond-demo"),
        metavar="FOLDER",
        help="Keep settings, log and ledger here; carbond-demo where left out.",
    )
    command.add_argument(
        "--port",
        type=_port,
        default=0,
        metavar="PORT",
        help="Serve the console on this port; a free one where left out.",
    )
    command.add_argument(
        "--host",
        default=LOOPBACK,
        metavar="ADDRESS",
        help=f"Serve the console at this address; {LOOPBACK} where left out. At any other one, "
        "such as 0.0.0.0 in a container, whoever reaches it may read, and nothing is encrypted.",
    )
    command.add_argument(
        "--add",
        type=_settings,
        action="append",
        default=[],
        metavar="FILE",
        help="Add the settings of this file, such as an exporter or a device of your own. Paths in "
        "it are absolute. Once for each file.",
    )


def _add_world(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--seed", type=int, default=1, metavar="N", help="Simulate another data centre."
    )
    command.add_argument(
        "--faults",
        action="store_true",
        help="Let packets get lost, devices fall silent, restart and be replaced, registers roll "
        "over, stand still and say nonsense, and the clock be put forward and back: within "
        "--duration, or the first hour.",
    )


def _duration(text: str) -> timedelta:
    try:
        return duration_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _history(text: str) -> timedelta:
    history = timedelta(0) if text == "0" else _duration(text)
    if history > LONGEST_HISTORY:
        raise argparse.ArgumentTypeError(f"write at most {LONGEST_HISTORY.days}d")
    return history


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"write a whole number up to {HIGHEST_PORT}")
    return int(text)


def _settings(text: str) -> Path:
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text}")
    return Path(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= FASTEST:
        raise argparse.ArgumentTypeError(f"write a number above 0, up to {FASTEST:g}")
    return speed


def main(arguments: argparse.Namespace) -> int:
    """Run the demo and print its result."""
    with demo_folder(arguments.folder) as log:
        logs.setup("info", "text", log)
        run_fast(_demonstrate(arguments))
    return 0


async def _demonstrate(arguments: argparse.Namespace) -> None:
    console = Console(stderr=arguments.json)
    console.print("Starting a data centre of 24 PDUs, 2 UPSs, a utility meter and 40 servers …")
    async with await _prepared(arguments, console) as simulation:
        settings = write_settings(
            arguments.folder,
            simulation.site,
            simulation.addresses,
            http_host=arguments.host,
            http_port=arguments.port,
            added=arguments.add,
        )
        await _watch(arguments, settings, simulation, console)
    result = _result(arguments, simulation)
    if arguments.json:
        sys.stdout.write(f"{result.json()}\n")
        return
    console.print(result.table())
    ledger, log = arguments.folder / LEDGER, arguments.folder / LOG
    for line in (
        f"\nThe ledger:  carbond status -c {settings}",
        f"             sqlite3 {ledger} .dump",
        f"The log:     {log}",
    ):
        console.print(line, highlight=False, soft_wrap=True)


async def _prepared(arguments: argparse.Namespace, console: Console) -> Simulation:
    """Return the simulation, once the ledger holds what was before it."""
    history: timedelta = arguments.history
    until = datetime.now(UTC).replace(second=0, microsecond=0)
    since = until - history
    site = Site(start=since, seed=arguments.seed)
    faults = NONE
    if history:
        faults = faults_of(site, since, until)
        grid = SimulatedGrid(ZONE, REGION, arguments.seed)
        ledger = arguments.folder / LEDGER
        await past(ledger, site, grid, console, until=until, of=history)
    start = datetime.now(UTC)
    if arguments.faults:
        plan = plan_of(site, start=site.seconds(start), length=arguments.duration or HOUR)
        faults = replace(plan, faults=plan.faults + faults.faults)
    return Simulation(
        start=start, since=since, speed=arguments.speed, seed=arguments.seed, faults=faults
    )


async def _watch(
    arguments: argparse.Namespace, settings: Path, simulation: Simulation, console: Console
) -> None:
    """Run the daemon and show it, until Ctrl-C or the end of the duration."""
    clock = simulation.clock
    daemon = Daemon(lambda: load(settings), clock)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(daemon.run(), name="daemon")
        ready = group.create_task(daemon.ready.wait(), name="ready")
        await asyncio.wait([running, ready], return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            ready.cancel()
            return
        address = f"{daemon.console.address}/"
        console.print(f"Its console: {address}", highlight=False, soft_wrap=True)
        view = LiveView(
            clock,
            address=address,
            ledger=str(arguments.folder / LEDGER),
            zone=TIMEZONE,
            console=console,
        )
        every = timedelta(seconds=clock.speed / LOOKS_PER_SECOND)
        with view:
            shows = show_forever(view, daemon.ledger, daemon.health, clock, every=every)
            tasks = [
                group.create_task(shows, name="view"),
                group.create_task(_end(daemon, clock, arguments.duration), name="duration"),
                group.create_task(_fail(simulation), name="simulation"),
            ]
            await daemon.ending.wait()
            for task in tasks:
                task.cancel()


async def _end(daemon: Daemon, clock: Clock, duration: timedelta | None) -> None:
    if duration is not None:
        await clock.sleep(duration.total_seconds())
        daemon.stop()


async def _fail(simulation: Simulation) -> None:
    said = await simulation.ended()
    raise ConfigError(f"the simulated data centre has ended: {said}: start the demo again")


def _result(arguments: argparse.Namespace, simulation: Simulation) -> Result:
    ledger = arguments.folder / LEDGER
    total = total_of(ledger, SITE)
    booked = {
        meter: (*simulation.true_span(first, last), energy)
        for meter, (first, last, energy) in total.booked.items()
    }
    return compare(
        simulation.site,
        booked,
        covered=total.covered if arguments.faults else None,
        emissions=total.emissions,
        coverage=total.coverage,
        devices=status_of(ledger).devices,
    )
