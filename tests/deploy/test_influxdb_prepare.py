"""What carbond needs in an InfluxDB of version 1 is made, in a real one, and nothing is deleted."""

import itertools
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from config.settings import KeepSettings
from deploy.influxdb import prepare
from tests.servers import influxd_in, needs, running

COUNT = itertools.count()
DAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=2)
pytestmark = needs("influxd", "influxdb")


@pytest.fixture(scope="module")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("influxd")
    with running(influxd_in(folder), "/ping", folder) as url:
        yield url


@pytest.fixture
def names() -> tuple[str, str]:
    number = next(COUNT)
    return f"hours{number}", f"minutes-{number}"


def ask(url: str, query: str, database: str = "") -> list[Mapping[str, Any]]:
    """Return the rows of a query, each with the tags of its series."""
    params = {"q": query, "db": database, "epoch": "s"}
    (result,) = httpx.post(f"{url}/query", params=params, trust_env=False).json()["results"]
    assert "error" not in result, result
    return [
        {"": one.get("name", "")}
        | one.get("tags", {})
        | dict(zip(one["columns"], values, strict=True))
        for one in result.get("series", ())
        for values in one.get("values", ())
    ]


def write(url: str, database: str, *lines: str) -> None:
    params = {"db": database, "precision": "s"}
    answer = httpx.post(
        f"{url}/write", params=params, content="\n".join(lines).encode(), trust_env=False
    )
    assert answer.status_code == 204, answer.text


def run(url: str, names: tuple[str, str], *more: str) -> int:
    hours, minutes = names
    chosen = ["--version", "1", "--url", url, "--hours", hours, "--minutes", minutes]
    return prepare.main([*chosen, *more])


def kept(url: str, database: str) -> tuple[str, str, bool]:
    (row,) = ask(url, f'SHOW RETENTION POLICIES ON "{database}"')
    return row["duration"], row["shardGroupDuration"], row["default"]


def test_hours_are_kept_for_good_and_minutes_longer_than_in_the_ledger(
    influxd: str, names: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(influxd, names) == 0
    assert kept(influxd, names[0]) == ("0s", f"{13 * 7 * 24}h0m0s", True)
    assert kept(influxd, names[1]) == (f"{15 * 7 * 24}h0m0s", "168h0m0s", True)
    assert KeepSettings().minutes < prepare.KEEP_MINUTES
    assert "made, keeps for good" in capsys.readouterr().out


def test_run_again_it_changes_nothing(
    influxd: str, names: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    run(influxd, names, "--quarters")
    before = [kept(influxd, name) for name in names], ask(influxd, "SHOW CONTINUOUS QUERIES")
    capsys.readouterr()
    assert run(influxd, names, "--quarters") == 0
    assert ([kept(influxd, name) for name in names], ask(influxd, "SHOW CONTINUOUS QUERIES")) == (
        before
    )
    assert capsys.readouterr().out.count("is as it should be") == 2


def test_what_keeps_too_little_is_made_to_keep_more(influxd: str, names: tuple[str, str]) -> None:
    for name in names:
        ask(influxd, f'CREATE DATABASE "{name}" WITH DURATION 3w NAME "own"')
    assert run(influxd, names) == 0
    assert [kept(influxd, name)[0] for name in names] == ["0s", f"{15 * 7 * 24}h0m0s"]


def test_what_keeps_longer_is_left_alone_and_that_is_said(
    influxd: str, names: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    ask(influxd, f'CREATE DATABASE "{names[1]}"')
    assert run(influxd, names) == 0
    assert kept(influxd, names[1])[0] == "0s"
    assert "left alone, keeps for good: 105 days would delete" in capsys.readouterr().out


def test_a_day_of_minutes_becomes_its_quarters_and_late_ones_are_taken_in_when_asked(
    influxd: str, names: tuple[str, str]
) -> None:
    run(influxd, names)
    tags = "carbond_minute,site=north,meter=pdu-1,role=rack,rack=r07"
    start = round(DAY.timestamp())

    def minutes(some: range, watts: int) -> None:
        lines = [
            f"{tags} energy_joules={60 * watts},power_watts={watts + at},covered_seconds=60"
            f" {start + 60 * at}"
            for at in some
        ]
        write(influxd, names[1], *lines)

    minutes(range(20), 100)
    day = f"{DAY:%Y-%m-%d}"
    assert run(influxd, names, "--again", day, day) == 0
    assert ask(influxd, "SELECT * FROM carbond_quarter_hour", names[0]) == [
        {
            "": "carbond_quarter_hour",
            "time": start + 900 * number,
            "site": "north",
            "meter": "pdu-1",
            "role": "rack",
            "rack": "r07",
            "energy_joules": count * 6000,
            "covered_seconds": count * 60,
            "power_watts_most": most,
        }
        for number, count, most in ((0, 15, 114), (1, 5, 119))
    ]
    minutes(range(20, 30), 100)
    assert run(influxd, names, "--again", day, day) == 0
    (_, second) = ask(influxd, "SELECT * FROM carbond_quarter_hour", names[0])
    assert (second["energy_joules"], second["covered_seconds"]) == (15 * 6000, 900)


def test_every_day_the_last_week_of_minutes_is_taken_in_again(
    influxd: str, names: tuple[str, str]
) -> None:
    run(influxd, names, "--quarters")
    rows = ask(influxd, "SHOW CONTINUOUS QUERIES")
    (query,) = [row["query"] for row in rows if row[""] == names[1]]
    assert "RESAMPLE EVERY 1d FOR 8d BEGIN SELECT sum(energy_joules)" in query
    assert f"INTO {names[0]}.autogen.carbond_quarter_hour" in query
    assert query.endswith("GROUP BY time(15m), * END")
    assert "carbond_hour" not in query, "an hour may be restated long after: none is down-sampled"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--hours", "a", "--minutes", "a"], "cannot keep both"),
        (["--hours", 'a"b'], "must begin with a letter"),
        (["--again", "2026-02-02", "2026-02-01"], "turn them round"),
        (["--version", "2"], "version 2 needs an organisation"),
    ],
)
def test_what_does_not_fit_together_is_told_before_anything_is_made(
    influxd: str, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = ask(influxd, "SHOW DATABASES")
    try:
        code: object = prepare.main(["--version", "1", "--url", influxd, *arguments])
    except SystemExit as end:
        code = end.code
    assert code == 2
    assert said in capsys.readouterr().err
    assert ask(influxd, "SHOW DATABASES") == before


def test_a_server_that_is_away_is_one_line_with_the_way_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert prepare.main(["--version", "1", "--url", "http://127.0.0.1:9"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("http://127.0.0.1:9: ")
    assert said.endswith("check --url\n")
    assert said.count("\n") == 1


def test_it_runs_alone_wherever_it_lies(influxd: str, names: tuple[str, str]) -> None:
    script = Path(prepare.__file__).resolve()
    chosen = ["--version", "1", "--url", influxd, "--hours", names[0], "--minutes", names[1]]
    ended = subprocess.run(
        [sys.executable, "-P", str(script), *chosen],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        timeout=60,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert len(ended.stdout.splitlines()) == 2


def test_with_a_user_it_gets_in_and_with_a_wrong_password_it_says_where_that_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("INFLUXDB_HTTP_AUTH_ENABLED", "true")
    with running(influxd_in(tmp_path), "/ping", tmp_path) as url:
        ask(url, "CREATE USER admin WITH PASSWORD 'right-one' WITH ALL PRIVILEGES")
        monkeypatch.setenv(prepare.PASSWORD, "right-one")
        assert run(url, ("carbond", "carbond_minutes"), "--user", "admin") == 0
        monkeypatch.setenv(prepare.PASSWORD, "wrong-one")
        assert run(url, ("carbond", "carbond_minutes"), "--user", "admin") == 2
    said = capsys.readouterr().err
    assert "/query: 401 authorization failed: check" in said
    assert prepare.PASSWORD in said
    assert "wrong-one" not in said
