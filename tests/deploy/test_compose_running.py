"""What the compose file starts, started: the real programs with the files that they mount."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.daemon.processes import CARBOND
from tests.deploy.compose import BIN, CONTAINER, laid_out, option, says, services
from tests.servers import needs


@needs("promtool", "prometheus")
def test_prometheus_finds_nothing_wrong_with_its_settings_and_rules(tmp_path: Path) -> None:
    service = services()["prometheus"]
    settings = laid_out(service, tmp_path) / option(service, "--config.file").lstrip("/")
    found = says(["promtool", "check", "config", str(settings)])
    assert found.returncode == 0, found.stderr
    assert "rules found" in found.stdout


@needs("amtool", "prometheus-alertmanager")
def test_alertmanager_finds_nothing_wrong_with_its_settings(tmp_path: Path) -> None:
    service = services()["alertmanager"]
    settings = laid_out(service, tmp_path) / option(service, "--config.file").lstrip("/")
    found = says(["amtool", "check-config", str(settings)])
    assert found.returncode == 0, found.stderr


def test_carbond_finds_nothing_wrong_with_the_settings_of_a_site(tmp_path: Path) -> None:
    folder = laid_out(services()["carbond"], tmp_path) / "etc/carbond"
    with_files_of(folder, tmp_path)
    found = says([*CARBOND, "check", "-c", str(folder / "carbond.yaml")])
    assert found.returncode == 0, found.stderr


def with_files_of(settings: Path, folder: Path) -> None:
    """Have settings look in a folder for what the container has at its root."""
    (folder / "var/lib/carbond").mkdir(parents=True)
    secrets = folder / "secrets/agent"
    secrets.mkdir(parents=True)
    (secrets / "influxdb-token").write_text("one\n")
    for path in settings.rglob("*.yaml"):
        text = path.read_text().replace("/secrets/", f"{folder}/secrets/")
        path.write_text(text.replace("/var/lib/", f"{folder}/var/lib/"))


def test_secrets_are_made_once_and_nobody_is_shown_them(tmp_path: Path) -> None:
    for name in ("influxdb", "agent", "grafana"):
        (tmp_path / name).mkdir()
    environment = {**os.environ, "ROOT": str(tmp_path), "INFLUXDB": str(os.getuid())}
    command = ["sh", str(CONTAINER / "influxdb/secrets.sh")]
    first = says(command, env=environment)
    assert (first.returncode, first.stdout, first.stderr) == (0, "", "")
    made = contents(tmp_path)
    assert set(made) == {"influxdb/password", "influxdb/admin-token", "grafana/password"}
    assert len(set(made.values())) == 3
    assert all(len(bytes.fromhex(secret)) == 24 for secret in made.values())
    assert says(command, env=environment).returncode == 0
    assert contents(tmp_path) == made, "what InfluxDB was set up with goes on"


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


STAND_IN = """\
#!/bin/sh
echo "$@" >>"$LOG"
form='{\\n\\t"id": "1",\\n\\t"token": "%s",\\n\\t"status": "active"\\n}\\n'
case "$*" in "auth create"*) printf "$form" "$TOKEN";; esac
"""


def set_up(folder: Path, token: str) -> "subprocess.CompletedProcess[str]":
    """Run the set-up of InfluxDB with a stand-in for its command, which writes down its words."""
    for name in ("bin", "agent", "grafana"):
        (folder / name).mkdir(exist_ok=True)
    stand_in = folder / "bin/influx"
    stand_in.write_text(STAND_IN)
    stand_in.chmod(0o755)
    environment = {
        "PATH": f"{stand_in.parent}:{os.environ['PATH']}",
        "LOG": str(folder / "log"),
        "ROOT": str(folder),
        "TOKEN": token,
        "DOCKER_INFLUXDB_INIT_BUCKET_ID": "0011",
        **services()["influxdb"]["environment"],
    }
    return says(["sh", str(CONTAINER / "influxdb/setup.sh")], env=environment)


def test_influxdb_is_set_up_with_a_mapping_and_two_tokens_of_few_rights(tmp_path: Path) -> None:
    done = set_up(tmp_path, "abc==")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "log").read_text().splitlines() == [
        "v1 dbrp create --org carbond --db carbond --rp autogen --default --bucket-id 0011",
        "auth create --org carbond --write-bucket 0011 --description carbond --json",
        "auth create --org carbond --read-bucket 0011 --description grafana --json",
    ]
    for name in ("agent", "grafana"):
        assert (tmp_path / name / "influxdb-token").read_text() == "abc=="


def test_a_set_up_after_one_that_was_broken_off_replaces_its_tokens(tmp_path: Path) -> None:
    set_up(tmp_path, "first")
    before = (tmp_path / "agent/influxdb-token").stat()
    assert before.st_mode & 0o777 == 0o444, "its own writer, who is not root, cannot write to it"
    assert set_up(tmp_path, "second").returncode == 0
    for name in ("agent", "grafana"):
        assert [path.name for path in (tmp_path / name).iterdir()] == ["influxdb-token"]
        assert (tmp_path / name / "influxdb-token").read_text() == "second"
    assert (tmp_path / "agent/influxdb-token").stat().st_ino != before.st_ino, "another file"


def test_a_token_that_was_not_made_ends_the_set_up_and_says_so(tmp_path: Path) -> None:
    done = set_up(tmp_path, "")
    assert done.returncode == 1
    assert "influx auth create has printed no token for" in done.stderr


@pytest.mark.parametrize("script", sorted(CONTAINER.rglob("*.sh")), ids=lambda path: path.name)
def test_shellcheck_finds_nothing_wrong(script: Path) -> None:
    found = says([str(BIN / "shellcheck"), str(script)])
    assert found.returncode == 0, found.stdout
    assert os.access(script, os.X_OK)
