"""The process of its own in which the simulated site answers: `python -m agent.demo`.

It says where in one line of JSON on its standard output and serves until its standard input is
closed, or on SIGTERM or SIGINT. So it ends with the process that started it, however that ends.
"""

import argparse
import asyncio
import contextlib
import gc
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import uvloop

from agent.clock import Clock
from agent.demo.addresses import Access, Addresses, GridServer, Login, SnmpAgent
from agent.demo.agents import Agents
from agent.demo.bmc import Bmc
from agent.demo.faults import NONE, Faults
from agent.demo.grids import SimulatedGrid, electricitymaps_app, serving, watttime_app
from agent.demo.lines import Line
from agent.demo.site import Server, Site

ZONE = "DE"
REGION = "DE"
IDLE_SECONDS = 60.0
"""On the simulated clock, after which a BMC that has no free session drops one."""


def main() -> None:
    """Run the simulation that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m agent.demo", description=__doc__)
    parser.add_argument("--start", required=True, type=_moment, help="simulated time at the start")
    parser.add_argument("--since", type=_moment, help="simulated time at which its history begins")
    parser.add_argument("--speed", type=float, default=1.0, help="simulated seconds in a second")
    parser.add_argument("--seed", type=int, default=1, help="another number is another site")
    parser.add_argument("--faults", type=_faults, default=NONE, help="a plan, as JSON")
    asked = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        site = Site(start=asked.since or asked.start, seed=asked.seed)
        runner.run(serve(site, asked.start, asked.speed, asked.faults))


async def serve(site: Site, start: datetime, speed: float, faults: Faults) -> None:
    """Answer as the whole site, with what goes wrong in it, until told to end."""
    origin = time.monotonic()
    clock = Clock(start=start, speed=speed, origin=origin)
    async with contextlib.AsyncExitStack() as stack:
        access = Access(
            community=_secret(), user="carbond", auth_password=_secret(), priv_password=_secret()
        )
        bmc_login = Login(user="carbond", password=_secret())
        addresses = Addresses(
            start=start,
            origin=origin,
            speed=speed,
            seed=site.seed,
            access=access,
            agents=_start_agents(Agents(site, clock, access, faults), stack),
            bmc_login=bmc_login,
            bmcs=await _start_bmcs(site, clock, bmc_login, faults, stack),
            **await _start_grids(SimulatedGrid(ZONE, REGION, site.seed), clock, stack),
        )
        # The MIB trees of the engines live as long as the process: scanning them is for nothing.
        gc.collect()
        gc.freeze()
        told = _told_to_end()
        sys.stdout.write(addresses.line() + "\n")
        sys.stdout.flush()
        await told.wait()


def _start_agents(agents: Agents, stack: contextlib.AsyncExitStack) -> tuple[SnmpAgent, ...]:
    stack.callback(agents.close)
    agents.start()
    return tuple(
        SnmpAgent(name=device.name, port=agents.ports[device.name], version=device.version)
        for device in agents.devices
    )


async def _start_bmcs(
    site: Site, clock: Clock, login: Login, faults: Faults, stack: contextlib.AsyncExitStack
) -> dict[str, int]:
    ports = {}
    for server in site.servers:
        bmc = Bmc(
            _watts(site, clock, server),
            user=login.user,
            password=login.password,
            idle=IDLE_SECONDS / clock.speed,
        )
        line = Line(server.name, faults, lambda: site.seconds(clock.now()))
        bmc.hears = partial(line.carries, bmc.slots.logins.clear)
        ports[server.name] = (await stack.enter_async_context(bmc)).port
    return ports


def _watts(site: Site, clock: Clock, server: Server) -> Callable[[], float]:
    return lambda: site.power(server.name, clock.now())


async def _start_grids(
    grid: SimulatedGrid, clock: Clock, stack: contextlib.AsyncExitStack
) -> dict[str, GridServer]:
    key, login = Login(password=_secret()), Login(user="carbond", password=_secret())
    maps = electricitymaps_app(grid, clock, key.password)
    times = watttime_app(grid, clock, login.user, login.password)
    return {
        "electricitymaps": GridServer(
            url=await stack.enter_async_context(serving(maps)), area=grid.zone, login=key
        ),
        "watttime": GridServer(
            url=await stack.enter_async_context(serving(times)), area=grid.region, login=login
        ),
    }


def _told_to_end() -> asyncio.Event:
    """Return what is set by a signal, or by the end of the standard input."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        with contextlib.suppress(RuntimeError):  # The loop may have been closed meanwhile.
            loop.call_soon_threadsafe(told.set)

    threading.Thread(target=watch, name="stdin", daemon=True).start()
    return told


def _secret() -> str:
    return secrets.token_hex(8)


def _faults(text: str) -> Faults:
    try:
        return Faults.read(text)
    except (KeyError, TypeError) as error:
        raise argparse.ArgumentTypeError(f"is no plan: {error}") from error


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
