"""The settings that a demo writes: where it answers, and what is added to them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.app import load
from agent.cli import main
from agent.cli.demo_folder import demo_folder
from agent.demo.addresses import Access, Addresses, GridServer, Login, SnmpAgent
from agent.demo.files import write_settings
from agent.demo.site import Site

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
SITE = Site(start=START)
ALL = "0.0.0.0"  # noqa: S104 nothing listens here
PLUG = """\
devices:
  - {{name: {name}, type: mqtt, map: tasmota, address: 127.0.0.1}}
"""


def addresses() -> Addresses:
    """Return addresses at which nobody answers."""
    names = ("utility", *(ups.name for ups in SITE.upses), *(pdu.name for pdu in SITE.pdus))
    login = Login(user="carbond", password="x")  # noqa: S106 of nothing
    grid = GridServer(url="http://127.0.0.1:1", area="DE", login=login)
    return Addresses(
        start=START,
        origin=0.0,
        speed=1.0,
        seed=1,
        access=Access(community="x", user="x", auth_password="12345678", priv_password="12345678"),  # noqa: S106 of nothing
        agents=tuple(
            SnmpAgent(name=name, port=port, version="v2c")
            for port, name in enumerate(names, start=2000)
        ),
        bmc_login=login,
        bmcs={server.name: port for port, server in enumerate(SITE.servers, start=3000)},
        electricitymaps=grid,
        watttime=grid,
    )


def test_only_this_machine_reaches_it_unless_told_otherwise(tmp_path: Path) -> None:
    here = load(write_settings(tmp_path, SITE, addresses())).http
    assert (here.host, here.allow) == ("127.0.0.1", ())
    assert here.is_local
    there = load(write_settings(tmp_path, SITE, addresses(), http_host=ALL)).http
    assert there.host == ALL
    assert set(there.allow) == {"no-tokens", "no-tls"}


def test_files_are_added_in_place_of_those_of_the_demo_before(tmp_path: Path) -> None:
    plugs = [tmp_path / f"{name}.yaml" for name in ("one", "two")]
    for path in plugs:
        path.write_text(PLUG.format(name=path.stem))
    folder = tmp_path / "demo"
    for added, names in ((plugs, {"one", "two"}), (plugs[1:], {"two"}), ((), set())):
        settings = load(write_settings(folder, SITE, addresses(), added=added))
        assert {one.name for one in settings.devices if one.type == "mqtt"} == names


def test_a_file_that_is_not_there_is_told_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "missing.yaml"
    with pytest.raises(SystemExit, match="2"):
        main(["demo", "--add", str(missing)])
    assert f"argument --add: there is no file {missing}" in capsys.readouterr().err


def test_a_demo_that_ended_before_its_settings_were_written_can_be_started_again(
    tmp_path: Path,
) -> None:
    for _ in range(2):
        with demo_folder(tmp_path):
            (tmp_path / "ledger.db").write_text("half of a history")
