"""The simulation as a process of its own, and the settings that are written for it."""

import asyncio
import json
import os
import shutil
import signal
import stat
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psutil
import pytest
import pytest_asyncio

import agent
from agent.app import load
from agent.clock import Clock
from agent.demo.addresses import Addresses
from agent.demo.files import write_settings
from agent.demo.simulation import Simulation
from agent.errors import ConfigError, Unavailable
from agent.model import Kind, Reading, Role
from collectors import DEVICES

pytestmark = pytest.mark.asyncio(loop_scope="module")

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOME = str(Path(agent.__file__).parents[1])
UPTIME = "1.3.6.1.2.1.1.3.0"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def simulation() -> AsyncIterator[Simulation]:
    async with Simulation(start=START, speed=2.0, seed=3) as running:
        yield running


async def gone(pid: int) -> bool:
    """Return whether the process ends within some seconds."""
    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return True
    try:
        await asyncio.to_thread(process.wait, 15)
    except psutil.TimeoutExpired:
        # Where process 1 is no init, nobody takes leave of an orphan that has ended.
        return process.status() == psutil.STATUS_ZOMBIE
    return True


async def by_hand() -> tuple[Process, Addresses]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "agent.demo",
        "--start=2026-03-02T09:00",
        stdin=PIPE,
        stdout=PIPE,
        limit=1 << 20,
        env=os.environ | {"PYTHONPATH": HOME},
    )
    assert process.stdout is not None
    return process, Addresses.of(await process.stdout.readline())


async def test_it_says_where_everything_answers(simulation: Simulation) -> None:
    said = simulation.addresses
    assert len(said.agents) == 27
    assert len(said.bmcs) == 40
    ports = [agent.port for agent in said.agents] + list(said.bmcs.values())
    assert len(set(ports)) == 67
    assert Addresses.of(said.line()) == said
    for secret in (said.access.community, said.bmc_login.password, said.watttime.login.password):
        assert secret not in repr(said)


async def test_both_grid_services_answer(simulation: Simulation) -> None:
    maps, times = simulation.addresses.electricitymaps, simulation.addresses.watttime
    async with httpx.AsyncClient() as client:
        answer = await client.get(
            f"{maps.url}/v4/carbon-intensity/latest",
            params={"zone": maps.area, "disableCallerLookup": "true"},
            headers={"auth-token": maps.login.password},
        )
        assert answer.json()["zone"] == maps.area
        login = (times.login.user, times.login.password)
        answer = await client.get(f"{times.url}/login", auth=login)
        assert answer.json()["token"]


@pytest.mark.skipif(
    shutil.which("snmpget") is None, reason="snmpget is not installed (Debian: snmp)"
)
async def test_both_processes_show_the_same_time(simulation: Simulation) -> None:
    said = simulation.addresses
    address = f"127.0.0.1:{said.agents[0].port}"
    before = simulation.clock.now()
    process = await asyncio.create_subprocess_exec(
        "snmpget", "-v2c", "-c", said.access.community, "-Oqvt", address, UPTIME, stdout=PIPE
    )
    ticks, _ = await process.communicate()
    after = simulation.clock.now()
    midnight = simulation.site.midnight
    shown = midnight + timedelta(seconds=int(ticks) / 100 - 3_600_000)
    assert before - timedelta(seconds=0.02) <= shown <= after


async def test_the_real_collectors_read_the_truth_with_the_settings_it_writes(
    simulation: Simulation, tmp_path: Path
) -> None:
    site, clock = simulation.site, simulation.clock
    settings = load(write_settings(tmp_path, site, simulation.addresses))
    plugins = {name: plugin(clock) for name, plugin in DEVICES.items()}
    collectors = [plugins[device.type].collector(device) for device in settings.devices]
    seen: list[Reading] = []
    for collector in collectors:
        seen += [one for one in await collector.collect() if isinstance(one, Reading)]
    for collector in collectors:
        await collector.close()
    for plugin in plugins.values():
        await plugin.close()
    assert len({reading.meter for reading in seen}) == len(seen)
    assert {reading.meter for reading in seen} >= {"utility", "ups-a/input", "rack-12-b"}
    known = [reading for reading in seen if reading.meter in site.loads]
    assert len(known) == 1 + 4 + 24 + 12 * 24 + 2 * 3 + 40
    for reading in known:
        assert reading.power is not None
        truth = site.power(reading.meter, reading.at)
        assert reading.power == pytest.approx(truth, rel=0.005, abs=8), reading.meter
        assert (reading.energy is not None) == (reading.meter in site.steps)


async def test_the_settings_are_those_of_a_site(simulation: Simulation, tmp_path: Path) -> None:
    path = write_settings(tmp_path, simulation.site, simulation.addresses, http_port=8123)
    settings = load(path)
    roles = [device.role for device in settings.devices]
    assert (roles.count(Role.RACK), roles.count(Role.DEVICE)) == (24, 40)
    assert (roles.count(Role.UTILITY), roles.count(Role.UPS_OUTPUT)) == (1, 2)
    upstream = {device.name: device.upstream for device in settings.devices}
    assert upstream["server-01"] == ("rack-01-a",)
    assert upstream["rack-01-a"] == ("ups-a",)
    assert upstream["ups-a"] == ("utility",)
    assert [grid.kinds for grid in settings.grids] == [
        (Kind.DIRECT, Kind.LIFECYCLE),
        (Kind.MARGINAL,),
    ]
    assert settings.sites[0].pue.declared == 1.5
    assert settings.http.port == 8123
    assert settings.ledger.path == tmp_path / "ledger.db"


async def test_secrets_are_in_files_of_their_own_that_only_the_owner_reads(
    simulation: Simulation, tmp_path: Path
) -> None:
    write_settings(tmp_path, simulation.site, simulation.addresses)
    write_settings(tmp_path, simulation.site, simulation.addresses)
    check_secrets(tmp_path)


def check_secrets(tmp_path: Path) -> None:
    secrets = sorted((tmp_path / "secrets").iterdir())
    assert len(secrets) == 6
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    others = [path for path in tmp_path.rglob("*") if path.is_file() and path not in secrets]
    for secret in secrets:
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
        assert not any(secret.read_text().strip() in path.read_text() for path in others)


async def test_a_folder_that_cannot_be_written_is_said(
    simulation: Simulation, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(ConfigError, match=r"taken: cannot write .* --folder"):
        write_settings(tmp_path / "taken", simulation.site, simulation.addresses)


async def test_it_ends_and_leaves_no_process_behind() -> None:
    async with Simulation(start=START) as running:
        pid = running.pid
        assert pid is not None
        assert psutil.pid_exists(pid)
    assert await gone(pid)


@pytest.mark.parametrize("way", ["closed input", signal.SIGTERM, signal.SIGINT])
async def test_the_process_ends_cleanly_when_told(way: str | signal.Signals) -> None:
    process, _ = await by_hand()
    if isinstance(way, signal.Signals):
        process.send_signal(way)
    else:
        assert process.stdin is not None
        process.stdin.close()
    assert await process.wait() == 0


async def test_it_ends_when_the_process_that_started_it_is_killed(tmp_path: Path) -> None:
    program = """
import asyncio
from datetime import datetime, UTC
from agent.demo.simulation import Simulation

async def main():
    async with Simulation(start=datetime(2026, 3, 2, tzinfo=UTC)) as running:
        print(running.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=PIPE, env=os.environ | {"PYTHONPATH": HOME}
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    parent.kill()
    await parent.wait()
    assert await gone(pid)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'there is no room' >&2; exit 3", "did not start: there is no room"),
        ("exit 0", "did not start: it said nothing"),
        ("echo nonsense; exec sleep 60", "did not start: it said nothing"),
    ],
)
async def test_a_simulation_that_dies_at_the_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, said: str
) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(Unavailable, match=said):
        async with Simulation(start=START):
            pytest.fail("it has started")


async def test_a_folder_with_packages_of_the_same_names_is_no_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("agent", "config", "collectors"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('another package')")
    monkeypatch.chdir(tmp_path)
    async with Simulation(start=START) as simulation:
        assert simulation.addresses.agents


async def test_an_end_that_nobody_asked_for_is_noticed() -> None:
    async with Simulation(start=START) as running:
        assert running.pid is not None
        os.kill(running.pid, signal.SIGKILL)
        assert await running.ended() == "it was ended by signal 9"


async def test_the_line_is_one_line_of_json() -> None:
    with pytest.raises(KeyError):
        Addresses.of("{}")
    with pytest.raises(json.JSONDecodeError):
        Addresses.of(b"")


async def test_clocks_of_one_origin_agree() -> None:
    one = Clock(start=START, speed=60, origin=1000.0)
    other = Clock(start=START, speed=60, origin=1000.0)
    first, second, third = one.now(), other.now(), one.now()
    assert first <= second <= third
