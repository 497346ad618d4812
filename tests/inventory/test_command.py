"""`carbond inventory` as a person types it."""

import io
import json
from pathlib import Path

import pytest

from agent.cli import main
from agent.cli.waiting import Waiting
from tests.daemon.processes import carbond_says
from tests.inventory.boxes import Box, two_feeds
from tests.inventory.serving import V1_TOKEN, serving

SITES = "sites:\n  - {name: ams-1, timezone: Europe/Amsterdam}\n"
METER = ("--role", "power-meter=utility:modbus")


def dump(folder: Path, box: Box) -> Path:
    path = folder / "answers.json"
    path.write_text(json.dumps(box.answers()))
    return path


@pytest.mark.parametrize("command", ["", "netbox", "export", "import"])
def test_every_command_explains_itself_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["inventory", *command.split(), "--help"])
    assert end.value.code == 0
    out = capsys.readouterr().out
    assert "examples:" in out
    assert f"  carbond inventory {command}".rstrip() in out


def test_an_import_of_nothing_leaves_the_last_one_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "netbox.yaml"
    words = ["inventory", "netbox", "--file", str(dump(tmp_path, two_feeds()))]
    words += ["--output", str(output)]
    assert main([*words, *METER]) == 0
    before = output.read_text()
    assert main([*words, "--status", "activ"]) == 2
    assert "not written, since no device is taken (9 of status active)" in capsys.readouterr().err
    assert output.read_text() == before


def test_a_name_that_no_device_has_is_noted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["inventory", "netbox", "--file", str(dump(tmp_path, two_feeds())), *METER]
    main([*words, "--role", "leafs=none", "--field", "cost"])
    notes = capsys.readouterr().err
    assert '--role leafs: no device of NetBox has it; did you mean "leaf"?' in notes
    assert "--field cost: no device of NetBox has it" in notes


async def test_a_netbox_becomes_settings_that_are_good(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    (tmp_path / "conf.d").mkdir()
    secrets.mkdir()
    for name in ("snmp-community", "redfish-password"):
        (secrets / name).write_text("a-good-secret\n")
    (tmp_path / "token").write_text(f"{V1_TOKEN}\n")
    settings = tmp_path / "carbond.yaml"
    settings.write_text(SITES)
    output = tmp_path / "conf.d" / "netbox.yaml"
    async with serving(two_feeds()) as served:
        words = ["inventory", "netbox", served.url, "--token-file", str(tmp_path / "token")]
        words += ["--output", str(output), "--secrets", str(secrets), *METER]
        code, out, errors = await carbond_says(*words)
        assert (code, errors) == (0, "")
        assert "8 devices: 1 utility, 2 ups-output, 2 rack, 3 device" in out
        assert "not taken: 1 device of role leaf" in out
        before = output.read_text()
        code, _, _ = await carbond_says(*words)
        assert code == 0
        assert output.read_text() == before
    code, out, errors = await carbond_says("check", "-c", str(settings))
    assert (code, errors) == (0, "")
    assert "8 devices: 1 modbus, 3 redfish, 4 snmp" in out
    assert V1_TOKEN not in before
    assert "a-good-secret" not in before


async def test_a_token_that_is_wrong_ends_with_2_and_a_silent_netbox_with_1(
    tmp_path: Path,
) -> None:
    (tmp_path / "token").write_text("wrong-token")
    words = ["--token-file", str(tmp_path / "token")]
    async with serving(two_feeds()) as served:
        code, out, errors = await carbond_says("inventory", "netbox", served.url, *words)
        assert (code, out) == (2, "")
        assert "carbond: netbox: it does not let sites be read (403): Invalid token" in errors
    code, _, errors = await carbond_says("inventory", "netbox", served.url, *words)
    assert code == 1
    assert "carbond: netbox: no answer from 127.0.0.1" in errors
    assert "wrong-token" not in errors


def test_the_answers_in_a_file_are_taken_like_those_of_the_api(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = dump(tmp_path, two_feeds())
    assert main(["inventory", "netbox", "--file", str(file), *METER]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("# Devices from NetBox")
    assert "  - name: srv-10\n" in said.out
    assert said.err.startswith("8 devices: ")
    box = two_feeds()
    pages = {
        f"/api/{path}/": [
            {"count": len(objects), "next": None, "results": objects[:5]},
            {"count": len(objects), "next": None, "previous": "x", "results": objects[5:]},
        ]
        for path, objects in box.answers().items()
    }
    file.write_text(json.dumps({**pages, "/api/dcim/racks/": {"results": []}}))
    assert main(["inventory", "netbox", "--file", str(file), *METER]) == 0
    assert capsys.readouterr().out == said.out


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "it is not JSON"),
        ("[]", "must be an object with what the API has answered by path"),
        ("{}", 'there is no "dcim/sites" in it'),
        ('{"dcim/sites": 3}', '"dcim/sites" is neither an answer of the API nor a list'),
        ('{"dcim/sites": {"count": 2, "results": [{}]}}', '"dcim/sites" has 1 of 2'),
        ('{"dcim/sites": [{"count": 3, "results": [{}]}]}', '"dcim/sites" has 1 of 3'),
    ],
)
def test_a_file_that_holds_no_answers_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, why: str
) -> None:
    path = tmp_path / "answers.json"
    path.write_text(content)
    assert main(["inventory", "netbox", "--file", str(path)]) == 2
    errors = capsys.readouterr().err
    assert why in errors
    assert str(path) in errors


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "write the URL of a NetBox, or --file FILE"),
        (["http://x", "--file", "y"], "write the URL of a NetBox, or --file FILE"),
        (["--file", "no-such-file"], "no-such-file: cannot read it"),
        (["--file", "x", "--token-file", "t"], "--token-file is for a NetBox that is asked, and"),
        (["--file", "x", "--ca", "c"], "leave --ca out, or write the URL in place of --file"),
        (["http://x", "--token-file", "no-such-file"], "--token-file: there is no secret file"),
        (["netbox.example"], "the address must be http:// or https://"),
        (["--file", "x", "--role", "leaf"], '--role leaf: unknown role ""'),
        (["--file", "x", "--role", "leaf=rak"], 'did you mean "rack"'),
        (["--file", "x", "--role", "leaf=rack:snpm"], 'did you mean "snmp"'),
    ],
)
def test_what_cannot_be_meant_is_refused(
    words: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inventory", "netbox", *words]) == 2
    assert why in capsys.readouterr().err


def test_what_could_not_be_mapped_is_listed_and_the_command_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    box = two_feeds()
    for number in range(30):
        box.device(box.lists["sites"][0], "server", f"new-{number}")
    file = dump(tmp_path, box)
    output = tmp_path / "netbox.yaml"
    words = ["inventory", "netbox", "--file", str(file), *METER, "--output", str(output)]
    assert main(words) == 1
    out = capsys.readouterr().out
    assert out.startswith(f"{output}: 8 devices: ")
    assert "not mapped: new-0: it has no out-of-band address, so it is left out: set it in" in out
    assert "not mapped: 10 more: --json lists them" in out
    assert main([*words, "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["output"] == str(output)
    assert data["counts"] == {"utility": 1, "ups-output": 2, "rack": 2, "device": 3}
    assert data["sites"] == [{"name": "ams-1", "timezone": "Europe/Amsterdam"}]
    assert data["passed_over"] == {"role leaf": 1}
    assert len(data["unmapped"]) == 30
    assert set(data["unmapped"][0]) == {"thing", "cause", "way_out"}
    assert [one["name"] for one in data["devices"]][-1] == "srv-10"


def test_settings_with_defaults_of_their_own_need_none_of_the_import(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["inventory", "netbox", "--file", str(dump(tmp_path, two_feeds())), *METER]
    main(words)
    assert "\ndefaults:\n" in capsys.readouterr().out
    main([*words, "--no-defaults"])
    assert "defaults:" not in capsys.readouterr().out.replace("--no-defaults", "")


def test_a_file_that_a_person_wrote_is_not_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = dump(tmp_path, two_feeds())
    output = tmp_path / "devices.yaml"
    output.write_text("devices: []\n")
    assert main(["inventory", "netbox", "--file", str(file), "--output", str(output)]) == 2
    assert "may be a person's: write another one, or say --replace" in capsys.readouterr().err
    assert output.read_text() == "devices: []\n"
    words = ["inventory", "netbox", "--file", str(file), "--output", str(output), "--replace"]
    assert main([*words, *METER]) == 0
    assert output.read_text().startswith("# Devices from NetBox")


def test_a_folder_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = dump(tmp_path, two_feeds())
    output = tmp_path / "none" / "devices.yaml"
    assert main(["inventory", "netbox", "--file", str(file), "--output", str(output)]) == 2
    assert f"{output}: cannot write it: No such file" in capsys.readouterr().err


def test_an_import_goes_to_csv_and_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = dump(tmp_path, two_feeds())
    settings, first = tmp_path / "carbond.yaml", tmp_path / "conf.d" / "netbox.yaml"
    first.parent.mkdir()
    settings.write_text(SITES)
    assert main(["inventory", "netbox", "--file", str(file), *METER, "--output", str(first)]) == 0
    listed, again = tmp_path / "devices.csv", tmp_path / "again.yaml"
    assert main(["inventory", "export", "-c", str(settings), "--output", str(listed)]) == 0
    assert "srv-1,redfish,ams-1,device,192.0.2.101,PDU-R07-A/outlet/2 " in listed.read_text()
    assert main(["inventory", "import", str(listed), "--output", str(again)]) == 0
    devices = first.read_text().partition("\ndevices:\n")[2]
    assert again.read_text().partition("\ndevices:\n")[2].splitlines() == devices.splitlines()
    capsys.readouterr()
    assert main(["inventory", "export", "-c", str(settings), "--output", str(listed)]) == 0
    assert capsys.readouterr().out == f"{listed}: nothing has changed\n"
    listed.write_text("name,type\n")
    words = ["inventory", "export", "-c", str(settings), "--output", str(listed)]
    assert [main(words), main([*words, "--replace"]), main(words)] == [2, 0, 0]


def test_a_device_that_no_csv_can_hold_is_left_out_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "carbond.yaml"
    settings.write_text(
        f"{SITES}devices:\n"
        "  - {name: a, type: snmp, address: h}\n"
        "  - {name: b, type: snmp, address: h, tags: {x.y: z}}\n"
    )
    assert main(["inventory", "export", "-c", str(settings)]) == 1
    said = capsys.readouterr()
    assert said.out == "name,type,address\na,snmp,h\n"
    assert said.err == ("carbond: b: tags cannot stand in a CSV list: leave this device in YAML\n")


@pytest.mark.parametrize("command", ["export -c", "import"])
def test_a_file_without_devices_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    path = tmp_path / "file"
    path.write_text("sites: [{name: a}]\n" if "export" in command else "name,type\n")
    assert main(["inventory", *command.split(), str(path)]) == 2
    assert f"{path}: there are no devices in it" in capsys.readouterr().err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_shown_on_a_terminal_after_a_while_and_taken_away() -> None:
    out = Terminal()
    with Waiting(out, after=0) as waiting:
        waiting.shows("power outlets", 500, 24000)
        assert out.getvalue().endswith("power outlets: 500 of 24,000")
    assert out.getvalue().endswith("\r\x1b[K")


@pytest.mark.parametrize(("out", "after"), [(Terminal(), 1000.0), (io.StringIO(), 0.0)])
def test_no_progress_is_shown_at_once_or_into_a_file(out: io.StringIO, after: float) -> None:
    with Waiting(out, after=after) as waiting:
        waiting.shows("power outlets", 500, 24000)
    assert out.getvalue() == ""
