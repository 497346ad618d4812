"""`carbond probe --type`: every collector reads one device, from real servers."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.cli import main
from agent.demo.bmc import Bmc
from tests.collectors.host.powercap import Powercap
from tests.collectors.modbus.conftest import METER, WORDS
from tests.collectors.modbus.servers import HOST, device, serving
from tests.collectors.modbus.test_profiles import sdm630
from tests.collectors.mqtt.conftest import Broker, needs_mosquitto
from tests.collectors.prometheus.conftest import page
from tests.collectors.redfish.conftest import recording
from tests.collectors.redfish.service import PASSWORD, USER, Certificate, Service
from tests.servers import fake_server, free_port
from tests.waiting import until

Said = pytest.CaptureFixture[str]


async def says(capsys: Said, *arguments: object) -> tuple[int, str, str]:
    """The command's exit code, output and errors; its servers run in the test's own loop."""
    code = await asyncio.to_thread(main, ["probe", *map(str, arguments)])
    said = capsys.readouterr()
    return code, said.out, said.err


async def reads(capsys: Said, *arguments: object) -> Any:  # noqa: ANN401 any JSON
    """What it says as JSON."""
    code, out, errors = await says(capsys, *arguments, "--json")
    assert (code, errors) == (0, "")
    return json.loads(out)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n")
    return path


@pytest.fixture
async def pdu(tmp_path: Path) -> AsyncIterator[Service]:
    tree = recording("pdu-mains")["tree"]
    async with Service(tree, Certificate(tmp_path)) as service:
        yield service


def access(service: Service, secret: Path) -> Sequence[object]:
    login = ["--user", USER, "--password-file", secret]
    return [HOST, "--type", "redfish", "--port", service.port, *login, "--set", "tls.verify=false"]


async def test_a_pdu_is_read_by_redfish_with_the_names_of_its_outlets(
    pdu: Service, secret: Path, capsys: Said
) -> None:
    arguments = [*access(pdu, secret), "--set", "read=[total, outlet]"]
    code, out, errors = await says(capsys, *arguments)
    assert (code, errors) == (0, "")
    heading, *lines = out.splitlines()
    assert heading.split()[:4] == ["meter", "power", "energy", "name"]
    said = await reads(capsys, *arguments)
    assert (said["type"], said["address"]) == ("redfish", HOST)
    assert len(said["readings"]) == len(lines) > 1
    names = {one["name"] for one in said["readings"]}
    assert names - {None}
    assert all(name in out for name in names - {None})
    assert not pdu.tokens, "every session was ended"


async def test_what_was_read_can_be_pasted_into_the_settings(
    pdu: Service,
    secret: Path,
    tmp_path: Path,
    capsys: Said,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    arguments = [*access(pdu, Path(secret.name)), "--set", "role=rack", "--set", "every=5m"]
    code, out, _ = await says(capsys, *arguments, "--yaml")
    assert code == 0
    (found,) = yaml.safe_load(out)["devices"]
    assert found == {
        "name": HOST,
        "type": "redfish",
        "address": HOST,
        "port": pdu.port,
        "user": USER,
        "password": {"file": str(secret)},
        "tls": {"verify": False},
        "role": "rack",
        "every": "5m",
    }
    settings = tmp_path / "elsewhere" / "carbond.yaml"
    settings.write_text(f"sites: [{{name: here}}]\nledger: {{path: l.db}}\n{out}")
    assert await asyncio.to_thread(main, ["once", "-c", str(settings)]) == 0
    assert f"{HOST}/inlet" in capsys.readouterr().out


async def test_a_server_is_read_by_ipmi(tmp_path: Path, capsys: Said) -> None:
    (tmp_path / "password").write_text("secret")
    async with Bmc(partial(float, 312)) as bmc:
        said = await reads(
            capsys,
            HOST,
            *("--type", "ipmi", "--port", bmc.port, "--user", "admin"),
            *("--set", f"password.file={tmp_path}/password", "--set", "name=server-1"),
        )
        assert bmc.sessions == 0
    (reading,) = said["readings"]
    assert (reading["meter"], reading["power_watts"]) == ("server-1", 312)
    assert (reading["energy_joules"], reading["source"]) == (None, "dcmi")


async def test_a_wrong_password_is_one_line_and_shown_nowhere(
    secret: Path, tmp_path: Path, capsys: Said
) -> None:
    (tmp_path / "password").write_text("hunter2")
    async with Bmc(partial(float, 312)) as bmc:
        options = ["--port", bmc.port, "--user", "admin", "--password-file", secret]
        code, out, errors = await says(capsys, HOST, "--type", "ipmi", *options)
    assert (code, out) == (1, "")
    (line,) = errors.splitlines()
    assert line.startswith(f"carbond: {HOST}: ")
    assert "password" in line
    assert "hunter2" not in line


async def test_a_meter_is_read_by_modbus_and_a_profile(capsys: Said) -> None:
    async with serving(device(3, input_=sdm630())) as server:
        options = ["--port", server.port, "--profile", "eastron-sdm630", "--unit", 3]
        arguments = [HOST, "--type", "modbus", *options, "--set", "role=feed"]
        said = await reads(capsys, *arguments)
        code, out, _ = await says(capsys, *arguments)
    (reading,) = said["readings"]
    assert reading["power_watts"] == -1500.5
    assert code == 0
    heading, total = out.splitlines()
    assert heading.split()[:4] == ["meter", "power", "energy", "conditions"]
    assert total.split()[:3] == ["total", "-1,500.5", "W"]


async def test_water_is_shown_in_litres(capsys: Said) -> None:
    water = {
        "limit_watts": 10_000,
        "meters": [
            {
                "scope": "total",
                "power": {"register": 100, "type": "int16", "unit": "L/min"},
                "energy": {"register": 101, "type": "uint32", "unit": "L"},
            }
        ],
    }
    async with serving(device(1, holding=WORDS)) as server:
        options = ["--port", server.port, "--set", f"registers={json.dumps(water)}"]
        arguments = [HOST, "--type", "modbus", *options, "--set", "role=water"]
        said = await reads(capsys, *arguments)
        _, out, _ = await says(capsys, *arguments)
    (reading,) = said["readings"]
    assert reading["water_litres"] == 1000
    assert reading["water_litres_per_second"] == pytest.approx(500 / 60)
    assert "power_watts" not in reading
    row = ["total", "8.333", "L/s", "1,000.0", "L", "modbus holding 101 uint32 x 1000"]
    assert out.splitlines()[1].split() == " ".join(row).split()


async def test_a_page_of_an_exporter_is_read(capsys: Said) -> None:
    meters = "[{power: [{metric: watts}]}]"
    async with fake_server() as server:
        server.reply = page("watts 312\n")
        url = f"{server.url}/metrics"
        options = ["--type", "prometheus", "--set", f"meters={meters}"]
        said = await reads(capsys, url, *options)
    assert said["address"] == url
    (reading,) = said["readings"]
    assert (reading["meter"], reading["power_watts"]) == (server.url.removeprefix("http://"), 312)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    one = Broker(tmp_path)
    one.start()
    try:
        yield one
    finally:
        one.stop()


@needs_mosquitto
async def test_a_meter_that_publishes_is_waited_for_and_it_says_so(
    broker: Broker, capsys: Said
) -> None:
    topic = "tele/plug/SENSOR"
    options = ["--port", broker.port, "--set", "map=tasmota", "--set", "places.device=plug"]
    probing = asyncio.create_task(
        says(capsys, HOST, "--type", "mqtt", *options, "--set", "every=20s")
    )
    await until(lambda: probing.done() or broker.subscriptions([topic]))
    await broker.publish(topic, {"ENERGY": {"Power": 42, "Total": 1.5}})
    code, out, errors = await probing
    assert code == 0, errors
    assert errors == f"carbond: {HOST}: waits up to 16 s for a first value\n"
    assert out.splitlines()[1].split() == ["total", "42.0", "W", "1.500", "kWh", "mqtt"]


@needs_mosquitto
async def test_a_meter_that_publishes_nothing_is_named(broker: Broker, capsys: Said) -> None:
    options = ["--port", broker.port, "--set", "map=tasmota", "--set", "every=250ms"]
    code, out, errors = await says(capsys, HOST, "--type", "mqtt", *options)
    assert (code, out) == (1, "")
    waits, why = errors.splitlines()
    assert waits == f"carbond: {HOST}: waits up to 0.2 s for a first value"
    assert why.startswith(f"carbond: {HOST}: ")


async def test_the_host_measures_between_two_reads_and_says_so(
    tmp_path: Path, capsys: Said
) -> None:
    powercap = Powercap(tmp_path / "powercap")
    powercap.zone("intel-rapl:0", "package-0")
    options = ["--set", f"powercap={powercap.root}", "--set", "gpus=false", "--set", "every=400ms"]
    code, out, errors = await says(capsys, "--type", "host", "--set", "alone=true", *options)
    assert (code, errors) == (0, "carbond: host: reads twice, 0.1 s apart, for its power\n")
    assert "total" in out
    assert "in-band" in out


BAD: Sequence[tuple[Sequence[str], str]] = [
    (["--type", "redfsh"], '--type: unknown type "redfsh"; did you mean "redfish"?'),
    (["--type", "ipmi"], "--type ipmi needs --user NAME, --password-file FILE"),
    (
        ["--type", "ipmi", "--user", "a", "--set", "password=hunter2"],
        '--type ipmi: "password": a secret never stands in the settings',
    ),
    (
        ["--type", "redfish", "--user", "a", "--password-file", "{secret}", "--set", "tls.verfy=1"],
        '--type redfish: "tls": unknown key "verfy"; did you mean "verify"?',
    ),
    (["--type", "modbus", "--unit", "900"], '--type modbus: "unit" must be at most 255, not 900'),
    (["--type", "modbus", "--profile", "sdm"], "there is no profile 'sdm': "),
    (["--type", "modbus", "--community", "x"], "--community is of --type snmp, not of modbus"),
    (["--type", "modbus", "--auth", "md5:F"], "--auth is of --type snmp, not of modbus"),
    (["--type", "modbus", "--user", "x"], "--user is not of --type modbus, but of ipmi, "),
    (["--unit", "3"], "--unit is not of --type snmp, but of modbus, redfish"),
    (["--type", "modbus", "--set", "unit=1", "--unit", "2"], "--unit: unit is given twice"),
    (["--type", "modbus", "--set", "unit=1", "--set", "unit.x=2"], "unit is given twice"),
    (["--type", "modbus", "--set", "type=ipmi"], "--set type: type is given twice"),
    (["--type", "modbus", "--set", "read=[total"], "--set read: not YAML: "),
    (["--type", "modbus", "--set", "read=@x"], '--set read: not YAML: a text that begins with "@"'),
    (["--type", "modbus", "--walk", "x"], "write an ADDRESS to ask, or --walk FILE"),
    (["--type", "host", "--set", "alone=true"], "--type host has no address: leave ADDRESS out"),
    (["--community", "a", "--community", "b"], "community is given twice"),
    (["--community", "a", "--community-file", "{secret}"], "community is given twice"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_options_get_one_line_and_no_secret(
    secret: Path, capsys: Said, arguments: Sequence[str], message: str
) -> None:
    options = [one.format(secret=secret) for one in arguments]
    assert main(["probe", "10.0.0.1", *options]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("carbond: ")
    assert message in line
    assert "hunter2" not in line


def test_a_type_without_its_address_asks_for_it(secret: Path, capsys: Said) -> None:
    login = ["--user", "a", "--password-file", str(secret)]
    assert main(["probe", "--type", "ipmi", *login]) == 2
    assert capsys.readouterr().err == "carbond: --type ipmi needs ADDRESS\n"


def test_a_walk_is_only_of_snmp(tmp_path: Path, capsys: Said) -> None:
    assert main(["probe", "--walk", str(tmp_path), "--type", "ipmi"]) == 2
    assert capsys.readouterr().err == "carbond: --walk is of --type snmp, not of ipmi\n"


@pytest.mark.parametrize("said", ["every", "=1", "tls..verify=1", "tls.=1"])
def test_a_key_without_a_value_is_refused_with_an_example(said: str, capsys: Said) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["probe", "10.0.0.1", "--set", said])
    assert ended.value.code == 2
    assert "write KEY=VALUE, such as every=10s" in capsys.readouterr().err


def test_who_does_not_answer_by_snmp_may_speak_something_else(capsys: Said) -> None:
    silent = ["probe", HOST, "--port", str(free_port()), "--timeout", "20ms"]
    assert main(silent) == 1
    line = capsys.readouterr().err
    assert f"carbond: {HOST}: no answer within " in line
    for way in ("`--type redfish`", "`--type ipmi`", f"`carbond discover {HOST}`"):
        assert way in line
    assert main([*silent, "--type", "snmp"]) == 1
    assert "discover" not in capsys.readouterr().err


async def test_who_does_not_answer_by_another_type_is_one_line(secret: Path, capsys: Said) -> None:
    options = ["--port", free_port(), "--user", "a", "--password-file", secret]
    for kind in ("redfish", "modbus"):
        given = options if kind == "redfish" else [*options[:2], "--profile", "eastron-sdm630"]
        code, out, errors = await says(capsys, HOST, "--type", kind, *given)
        assert (code, out) == (1, "")
        assert errors.startswith(f"carbond: {HOST}: ")
        assert len(errors.splitlines()) == 1


async def test_a_map_of_its_own_may_stand_on_the_command_line(capsys: Said) -> None:
    async with serving(device(1, holding=WORDS)) as server:
        options = ["--port", server.port, "--set", f"registers={json.dumps(METER)}"]
        said = await reads(capsys, HOST, "--type", "modbus", *options)
        code, out, _ = await says(capsys, HOST, "--type", "modbus", *options, "--yaml")
    (reading,) = said["readings"]
    assert (reading["power_watts"], reading["energy_joules"]) == (500, 3_600_000)
    assert code == 0
    (found,) = yaml.safe_load(out)["devices"]
    assert found["registers"] == METER
