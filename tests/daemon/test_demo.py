"""`carbond demo`, as a new user types it."""

import asyncio
import json
import os
import pty
import re
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families

from agent.cli.demo_folder import demo_folder
from agent.demo.history import ZEROED
from agent.measures import FAMILIES
from tests.daemon.processes import CARBOND, carbond_says
from tests.waiting import until

WITHOUT = {
    *(f"carbond_meter_{name}" for name in ("water_litres_total", "water_litres_per_second")),
    *(f"carbond_meter_{name}" for name in ("heat_joules_total", "heat_watts")),
    *(f"carbond_exporter_backlog_{unit}" for unit in ("entries", "seconds")),
    *(f"carbond_site_pue_{name}_ratio" for name in ("past", "drift")),
}
"""The demo has neither water nor heat, no exporter but the page, and no week behind it."""

KEYS = ["true_kwh", "booked_kwh", "emissions_g", "coverage", "devices_up", "devices_down"]


async def test_ten_minutes_are_booked_within_half_a_percent_of_the_truth(tmp_path: Path) -> None:
    # A reading has the time at which its answer is taken up. On a clock that is ten times as fast,
    # a tenth of a second that this process had to wait is one second: 0.2 % of ten minutes.
    folder = tmp_path / "demo"
    code, out, errors = await carbond_says(
        *("demo", "--duration", "10m", "--speed", "10", "--history", "2h"),
        *("--json", "--folder", str(folder)),
    )
    assert code == 0, errors
    result = json.loads(out)
    assert list(result) == KEYS
    assert abs(result["booked_kwh"] / result["true_kwh"] - 1) < 0.005
    assert (result["devices_up"], result["devices_down"]) == (67, 0)
    assert result["emissions_g"] > 0
    assert 0.8 < result["coverage"] <= 1
    code, out, _ = await carbond_says("status", "-c", str(folder / "carbond.yaml"))
    assert code == 0
    assert "site       demo" in out
    with closing(sqlite3.connect(folder / "ledger.db")) as connection:
        (meters,) = connection.execute("SELECT count(*) FROM account").fetchone()
        oddities = connection.execute(
            "SELECT DISTINCT device, oddity FROM finding JOIN meter ON meter = number"
        ).fetchall()
    assert meters > 67
    assert oddities == [(ZEROED, "reset")], "the devices go on from where the history ends"
    assert "password" not in (folder / "carbond.log").read_text()


async def test_in_a_terminal_it_shows_the_site_and_ctrl_c_ends_it_cleanly(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    parent, child = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *CARBOND,
        *("demo", "--speed", "60", "--history", "3h", "--folder", str(folder)),
        stdin=child,
        stdout=child,
        stderr=child,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"},
    )
    os.close(child)
    screen = _Screen(parent)
    try:
        await until(lambda: "kWh" in screen.text and "http://127.0.0.1" in screen.text, seconds=60)
        await _has_every_measure(screen)
        children = psutil.Process(process.pid).children(recursive=True)
        assert children, "the simulation is a process of its own"
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(30):
            assert await process.wait() == 0
        await until(lambda: "Booked and true energy" in screen.text)
        await until(lambda: not any(one.is_running() for one in children))
    finally:
        screen.close()
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _has_every_measure(screen: "_Screen") -> None:
    """Wait until the page of the real agent has all that its settings and devices allow for."""
    found = re.search(r"http://127\.0\.0\.1:[0-9]+", screen.text)
    assert found is not None
    seen: set[str] = set()
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(300):
            page = await client.get(f"{found[0]}/metrics")
            families = text_string_to_metric_families(page.text)
            seen |= {sample.name for family in families for sample in family.samples}
            if set(FAMILIES) - seen <= WITHOUT:
                return
            await asyncio.sleep(0.1)
    raise AssertionError(f"not on the page: {sorted(set(FAMILIES) - seen - WITHOUT)}")


class _Screen:
    """What a terminal was sent."""

    def __init__(self, descriptor: int) -> None:
        self.text = ""
        self._descriptor = descriptor
        os.set_blocking(descriptor, False)
        asyncio.get_running_loop().add_reader(descriptor, self._read)

    def _read(self) -> None:
        try:
            self.text += os.read(self._descriptor, 65536).decode(errors="replace")
        except OSError:
            asyncio.get_running_loop().remove_reader(self._descriptor)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)


async def test_a_folder_that_is_no_demos_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("dear aunt")
    code, _, errors = await carbond_says("demo", "--folder", str(tmp_path))
    assert code == 2
    assert "is not a demo's folder: name another one with --folder" in errors


async def test_a_folder_that_cannot_be_written_to_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        code, _, errors = await carbond_says("demo", "--folder", str(folder))
        assert code == 2
        assert errors == (
            f"carbond: {folder}: the demo cannot write there (Not a directory): name another "
            "folder with --folder\n"
        )


async def test_a_second_demo_in_a_folder_leaves_the_first_alone(tmp_path: Path) -> None:
    with demo_folder(tmp_path):
        (tmp_path / "carbond.yaml").write_text("# Written by `carbond demo`\n")
        (tmp_path / "ledger.db").write_text("the first one's")
        code, _, errors = await carbond_says("demo", "--folder", str(tmp_path))
        assert code == 2
        assert "another demo runs there: end that one, or name another folder" in errors
        assert (tmp_path / "ledger.db").exists()
    with demo_folder(tmp_path):
        assert not (tmp_path / "ledger.db").exists(), "two sites in one ledger are no site"


async def test_a_simulation_that_is_killed_ends_the_demo_and_it_says_why(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *CARBOND,
        *("demo", "--history", "0", "--folder", str(tmp_path / "demo")),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        log = tmp_path / "demo" / "carbond.log"
        await until(lambda: log.exists() and "ready" in log.read_text(), seconds=60)
        for child in psutil.Process(process.pid).children():
            child.kill()
        async with asyncio.timeout(30):
            _, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 2
    cause = "the simulated data centre has ended: it was ended by signal 9"
    assert errors.decode().splitlines() == [f"carbond: {cause}: start the demo again"]


async def test_with_a_clock_that_is_put_the_truth_is_asked_of_the_time_that_has_passed(
    tmp_path: Path,
) -> None:
    code, out, errors = await carbond_says(
        *("demo", "--faults", "--duration", "20m", "--speed", "60", "--history", "0"),
        *("--folder", str(tmp_path / "demo")),
    )
    assert code == 0, errors
    lines = {line[:14].strip(): line.split() for line in out.splitlines()}
    true, booked = (float(value) for value in lines["utility"][2:4])
    assert abs(booked / true - 1) < 0.05
    assert "–" in lines["servers"], "what was not read of them is missing"
    assert "UPSs and servers have no counter" in out
