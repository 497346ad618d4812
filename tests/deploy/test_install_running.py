"""install.sh on a machine with a real systemd: it installs, upgrades and removes, and carbond runs.

The tests are in the order in which an operator would do all this, on one machine.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.machine import ROOT, Machine, machine, needs_machine
from tests.deploy.units import SYSTEMD, options
from tests.deploy.wheels import wheel
from tests.servers import wait_for

pytestmark = needs_machine()

INSTALL = str(ROOT / "deploy" / "install.sh")
PYTHON = f"/opt/python/bin/python{sys.version_info.major}.{sys.version_info.minor}"
BEFORE = """\
set -e
drops=/etc/systemd/system/carbond.service.d
install -d /etc/carbond/conf.d /etc/carbond/secrets $drops
for name in snmp-community electricitymaps-key influx tls-key; do
    (umask 077; echo secret >/etc/carbond/secrets/$name)
done
printf '[Service]\\nWatchdogSec=6\\nRestartSec=100ms\\n' >$drops/fast.conf
cp CREDENTIALS $drops/credentials.conf
cat >/etc/carbond/hours.csv <<END
start,intensity
2026-03-10T09:00Z,300
END
cat >/etc/carbond/conf.d/mine.yaml <<END
devices: [{name: ups-a, type: snmp, address: 127.0.0.1, community: {credential: snmp-community}}]
grids: [{name: nl, type: file, path: /etc/carbond/hours.csv}]
END
"""
LEDGER = "/var/lib/carbond/ledger.db"
NEWEST = """
import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("SELECT max(position) FROM entry").fetchone()[0])
"""
NO_START = """
def add_to(commands):
    commands.add_parser("run").add_argument("-c")
    commands.choices["run"].set_defaults(command=lambda _: 2)
"""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Boot a machine, and install carbond on it as an operator does who has prepared all of it."""
    with machine(tmp_path_factory.mktemp("machine")) as booted:
        example = SYSTEMD / "carbond.service.d" / "credentials.conf.example"
        booted.good("sh", "-c", BEFORE.replace("CREDENTIALS", str(example)))
        booted.good(*install(wheel(booted.shared, "0.1.0")), "--start")
        yield booted


def install(package: Path) -> list[str]:
    return [INSTALL, "--package", str(package), "--python", PYTHON]


def status_of(host: Machine, pid: str) -> dict[str, str]:
    lines = host.good("cat", f"/proc/{pid}/status").splitlines()
    return {name: " ".join(rest.split()) for name, rest in (line.split(":", 1) for line in lines)}


def position(host: Machine) -> int:
    """How far the ledger is, told by a copy of it."""
    host.run("rm", "-f", "/run/copy.db")
    told = host.good("carbond", "ledger", "backup", "/run/copy.db", "--ledger", LEDGER, "--json")
    return int(json.loads(told)["position"])


def test_it_runs_as_the_user_that_was_made_and_can_nothing_else(host: Machine) -> None:
    assert host.shows("StatusText") == "1 device, 1 grid, 1 exporter"
    pid = host.shows("MainPID")
    said = status_of(host, pid)
    assert host.good("id", "-u", "carbond") in said["Uid"].split()
    assert {said[name] for name in ("CapPrm", "CapBnd", "CapAmb")} == {"0" * 16}
    assert (said["NoNewPrivs"], said["Seccomp"]) == ("1", "2")
    for path in ("/", "/etc/carbond", "/opt/carbond", "/usr", "/var/lib", "/sys", "/boot"):
        refused = host.run("nsenter", "-t", pid, "-m", "touch", f"{path}/new")
        assert "Read-only file system" in refused.stderr, path
    assert host.good("nsenter", "-t", pid, "-m", "touch", "/var/lib/carbond/new") == ""
    assert (
        host.good("nsenter", "-t", pid, "-m", "ls", "/home", "/root", "/proc").find("meminfo") < 0
    )


def test_it_has_the_secrets_and_nobody_else_has_them(host: Machine) -> None:
    assert "snmp-community" not in host.journal()
    assert host.good("stat", "-c", "%U %a", "/etc/carbond/secrets") == "root 700"
    assert host.good("stat", "-c", "%U %G %a", "/etc/carbond") == "root carbond 2750"
    assert host.good("stat", "-c", "%U %G %a", "/var/lib/carbond") == "carbond carbond 750"
    assert (
        host.good("stat", "-c", "%U %G %a", "/var/lib/carbond/ledger.db") == "carbond carbond 640"
    )


def test_the_console_answers_and_the_command_is_found(host: Machine) -> None:
    assert host.good("carbond", "health") == "ok"
    assert host.good("carbond", "--version") == "carbond 0.1.0"
    assert host.good("readlink", "-f", "/usr/local/bin/carbond").startswith("/opt/carbond/environ")


def test_who_is_in_its_group_may_read_the_ledger_and_not_change_it(host: Machine) -> None:
    ada = ("setpriv", "--reuid=65534", "--regid=carbond", "--clear-groups")
    assert "newest entry" in host.good(*ada, "carbond", "status", "--ledger", LEDGER)
    assert host.run(*ada, "test", "-w", LEDGER).returncode != 0
    assert host.run("setpriv", "--reuid=65534", "--clear-groups", "ls", LEDGER).returncode != 0


def test_a_reload_takes_settings_and_refuses_bad_ones(host: Machine) -> None:
    before = host.shows("MainPID")
    more = "printf 'grids: [{name: de, type: file, path: /etc/carbond/hours.csv}]\\n' >"
    host.good("sh", "-c", f"{more} /etc/carbond/conf.d/more.yaml")
    host.good("systemctl", "reload", "carbond")
    wait_for(lambda: "2 grids" in host.shows("StatusText") or None, "the new grid is there")
    host.good("sh", "-c", "echo 'grids: 7' > /etc/carbond/conf.d/more.yaml")
    host.good("systemctl", "reload", "carbond")
    wait_for(lambda: "the new settings are refused" in host.journal() or None, "it says so")
    wait_for(lambda: host.shows("ActiveState") == "active" or None, "it goes on")
    assert "2 grids" in host.shows("StatusText")
    assert host.shows("MainPID") == before
    host.good("rm", "/etc/carbond/conf.d/more.yaml")


def test_systemd_starts_a_daemon_again_whose_loop_stands_still(host: Machine) -> None:
    pid = host.shows("MainPID")
    first = host.shows("WatchdogTimestampMonotonic")
    beaten = "WatchdogTimestampMonotonic"
    wait_for(lambda: host.shows(beaten) != first or None, "it says that it is alive")
    host.good("kill", "-STOP", pid)
    wait_for(lambda: host.shows("NRestarts") == "1" or None, "systemd starts it again")
    wait_for(lambda: host.shows("ActiveState") == "active" or None, "it is ready")
    assert host.shows("MainPID") != pid
    assert "Watchdog timeout" in host.journal()
    # What each thread was doing, by Python's own handler.
    dumped = re.compile(r"Fatal Python error: Aborted.*File .*agent/cli/run\.py", re.DOTALL)
    wait_for(lambda: dumped.search(host.journal()), "the journal has it")


def test_an_upgrade_keeps_settings_and_ledger_and_makes_a_copy(host: Machine) -> None:
    files = ("sha256sum", "/etc/carbond/carbond.yaml", "/etc/carbond/conf.d/mine.yaml")
    settings, booked = host.good(*files), position(host)
    assert booked > 0
    host.good(*install(wheel(host.shared, "0.2.0")))
    assert host.shows("StatusText") == "1 device, 1 grid, 1 exporter"
    assert host.good("carbond", "--version") == "carbond 0.2.0"
    assert host.good(*files) == settings
    assert position(host) >= booked
    copy = host.good("sh", "-c", "ls /var/backups/carbond/*.db")
    told = host.good(PYTHON, "-c", NEWEST, copy)
    assert int(told) >= booked
    assert len(host.good("ls", "/opt/carbond/environments").split()) == 1
    host.good("rm", copy)


def test_a_version_that_does_not_start_is_taken_back(host: Machine) -> None:
    broken = wheel(host.shared, "0.3.0", {"agent/cli/run.py": NO_START})
    done = host.run(*install(broken))
    assert done.returncode == 2
    assert "the new version did not start" in done.stderr
    assert "the one before runs again" in done.stderr
    assert host.good("systemctl", "is-active", "carbond") == "active"
    assert host.good("carbond", "--version") == "carbond 0.2.0"
    assert len(host.good("ls", "/opt/carbond/environments").split()) == 1


def test_a_dry_run_changes_nothing(host: Machine) -> None:
    files = "find /etc /opt/carbond /usr/local /var/lib/carbond -not -name 'ledger.db*' -printf"
    look = f"{files} '%p %i %T@\\n' | sort"
    before = host.good("sh", "-c", look)
    again = install(host.shared / "carbond-0.2.0-py3-none-any.whl")
    for command in (again, [INSTALL, "--uninstall"], [INSTALL, "--purge"]):
        assert "would run:" in host.good(*command, "--dry-run")
    assert host.good("sh", "-c", look) == before
    assert host.good("systemctl", "is-active", "carbond") == "active"


def test_a_purge_asks_for_words_and_removes_nothing_without_them(host: Machine) -> None:
    done = host.run(INSTALL, "--purge", said="yes\n")
    assert done.returncode == 2
    assert "Type the words: delete the ledger" in done.stdout
    assert "nothing was removed" in done.stderr
    assert host.good("systemctl", "is-active", "carbond") == "active"


def test_it_stops_in_order_within_the_time_it_has(host: Machine) -> None:
    before = host.journal().count("carbond.run stopped")
    host.good("systemctl", "stop", "carbond")
    assert (host.shows("Result"), host.shows("ExecMainStatus")) == ("success", "0")
    assert host.journal().count("carbond.run stopped") == before + 1
    assert options()["TimeoutStopSec"] == ["30"]


def test_what_is_removed_keeps_ledger_and_settings_until_they_are_purged(host: Machine) -> None:
    said = host.good(INSTALL, "--uninstall")
    assert "Kept: /var/lib/carbond, /etc/carbond" in said
    assert host.run("systemctl", "cat", "carbond").returncode != 0
    assert host.run("ls", "/opt/carbond").returncode != 0
    assert host.run("carbond", "--version").returncode == 127
    assert host.good("ls", "/var/lib/carbond/ledger.db", "/etc/carbond/carbond.yaml")
    assert host.good("id", "-un", "carbond") == "carbond"
    done = host.run(INSTALL, "--purge", said="delete the ledger\n")
    assert done.returncode == 0, done.stderr
    assert host.run("ls", "/var/lib/carbond").returncode != 0
    assert host.run("ls", "/etc/carbond").returncode != 0
    assert host.run("id", "carbond").returncode != 0
