"""What carbond needs in an InfluxDB of version 2, asked of a stand-in that checks each request."""

from collections.abc import Iterator

import httpx
import pytest

from deploy.influxdb import prepare
from tests.deploy.influxdb_v2 import ORG, ORG_ID, TOKEN, Stand, standing


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stand]:
    monkeypatch.setenv(prepare.TOKEN, TOKEN)
    with standing() as made:
        yield made


def run(stand: Stand, *more: str) -> int:
    return prepare.main(["--url", stand.url + "/", "--org", ORG, *more])


def kept(stand: Stand) -> dict[str, tuple[int, int]]:
    """Return by bucket how long it keeps, and the time in one file, in days."""
    return {
        bucket["name"]: (
            rule["everySeconds"] // 86400,
            rule["shardGroupDurationSeconds"] // 86400,
        )
        for bucket in stand.buckets.values()
        for rule in bucket["retentionRules"]
    }


def test_two_buckets_are_made_and_what_maps_itself_is_not_mapped_again(stand: Stand) -> None:
    assert run(stand) == 0
    assert kept(stand) == {"carbond": (0, 91), "carbond_minutes": (105, 7)}
    assert not stand.mappings
    assert not stand.tasks


def test_an_older_server_gets_its_mappings_once(stand: Stand) -> None:
    stand.by_itself = False
    assert run(stand) == 0
    assert [one["database"] for one in stand.mappings] == ["carbond", "carbond_minutes"]
    for one in stand.mappings:
        assert stand.buckets[one["bucketID"]]["name"] == one["database"]
        assert one["default"] is True
    assert run(stand) == 0
    assert len(stand.mappings) == 2


def test_run_again_it_changes_nothing(stand: Stand, capsys: pytest.CaptureFixture[str]) -> None:
    run(stand)
    changes = stand.changes
    capsys.readouterr()
    assert run(stand) == 0
    assert stand.changes == changes
    assert capsys.readouterr().out.count("is as it should be") == 2


def test_a_bucket_that_keeps_too_little_keeps_more_and_one_that_keeps_longer_is_left_alone(
    stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, (name, days) in enumerate({"carbond": 3, "carbond_minutes": 0}.items()):
        rule = {"type": "expire", "everySeconds": days * 86400, "shardGroupDurationSeconds": 86400}
        stand.buckets[f"{number:016x}"] = {
            "id": f"{number:016x}",
            "orgID": ORG_ID,
            "name": name,
            # This is how a bucket that keeps for good is told.
            "retentionRules": [rule] if days else [],
        }
    assert run(stand) == 0
    assert kept(stand) == {"carbond": (0, 91)}
    assert "carbond_minutes: left alone, keeps for good" in capsys.readouterr().out


def test_quarters_are_a_task_that_begins_and_ends_at_a_full_hour(stand: Stand) -> None:
    assert run(stand, "--quarters") == 0
    (task,) = stand.tasks.values()
    assert task["status"] == "active"
    assert task["flux"].startswith('import "date"\n\noption task = {name: "carbond_quarter_hour"')
    # Else the first quarter would be written over with the part of it that is looked at.
    assert "start: date.truncate(t: -8d, unit: 1h)" in task["flux"]
    assert "stop: date.truncate(t: now(), unit: 1h)" in task["flux"]
    assert f'to(bucket: "carbond", org: "{ORG}")' in task["flux"]
    assert "$" not in task["flux"]
    run(stand, "--quarters", "--hours", "other")
    (task,) = stand.tasks.values()
    assert 'to(bucket: "other"' in task["flux"]


def test_days_of_late_minutes_are_taken_in_one_after_the_other(stand: Stand) -> None:
    assert run(stand, "--again", "2026-02-28", "2026-03-01") == 0
    assert len(stand.queries) == 2
    assert "start: 2026-02-28T00:00:00Z, stop: 2026-03-01T00:00:00Z" in stand.queries[0]
    assert "start: 2026-03-01T00:00:00Z, stop: 2026-03-02T00:00:00Z" in stand.queries[1]
    assert "option task" not in stand.queries[0]


def test_a_wrong_token_is_one_line_that_does_not_show_it(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(prepare.TOKEN, "wrong-token")
    assert run(stand) == 2
    said = capsys.readouterr().err
    assert said.startswith("/api/v2/orgs: 401 unauthorized access: check CARBOND_INFLUX_TOKEN")
    assert said.count("\n") == 1
    assert "wrong-token" not in said
    assert not stand.buckets


def test_an_organisation_that_is_not_there_is_told(
    stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prepare.main(["--url", stand.url, "--org", "x"]) == 2
    assert 'organization name "x" not found' in capsys.readouterr().err


def test_a_status_that_only_a_proxy_knows_is_told_as_it_came() -> None:
    request = httpx.Request("GET", "http://127.0.0.1/api/v2/orgs")
    answer = httpx.Response(520, text="the origin is away", request=request)
    with pytest.raises(prepare.Trouble, match=r"^/api/v2/orgs: 520 the origin is away$"):
        prepare._answer_of(answer)
