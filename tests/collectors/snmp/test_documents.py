"""The documents say what the code does: the sample, the README, and the profiles."""

import re
from pathlib import Path

import pytest
import yaml

from agent.cli import main
from agent.clock import Clock
from agent.model import Scope
from collectors import DEVICES
from collectors.snmp import Snmp
from collectors.snmp.settings import SnmpSettings
from config.profiles import CONDITIONS, Profile, profile_of, schema_text
from config.profiles.loading import KEYS
from tests.collectors.snmp.conftest import Recorded, Start, settings, walk
from tests.collectors.snmp.test_recordings import by_suffix

FOLDER = Path(__file__).parents[3] / "collectors" / "snmp"
README = (FOLDER / "README.md").read_text()
DOCS = FOLDER.parents[1] / "docs"
GUIDE = (DOCS / "devices.md").read_text()
SAMPLE = (FOLDER / "sample.yaml").read_text()


def uncommented(text: str) -> str:
    """Return the sample with every option in force."""
    return re.sub(r"(?m)^( *)# ( *[a-z_]+:(?: .*)?)$", r"\1\2", text)


def test_the_sample_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNMP_COMMUNITY", "public")
    (one,) = yaml.safe_load(SAMPLE)["devices"]
    loaded = SnmpSettings.model_validate(one)
    assert (loaded.name, loaded.version, loaded.tries) == ("rack-12-a", "v2c", 3)


def test_every_option_stands_in_the_sample_with_its_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNMP_COMMUNITY", "public")
    secret = tmp_path / "secret"
    secret.write_text("correct horse")
    text = re.sub(r"/etc/carbond/\S+", str(secret), uncommented(SAMPLE))
    (one,) = yaml.safe_load(text)["devices"]
    assert set(one) == set(SnmpSettings.model_fields)
    assert set(one["auth"]) == {"protocol", "password"}
    assert set(one["priv"]) == {"protocol", "password", "extension"}
    del one["community"]
    shown = SnmpSettings.model_validate(one | {"version": "v3"})
    bare = settings(161, timeout="1s", tries=3)
    for name in ("port", "context", "timeout", "tries", "read", "any_source", "every", "tags"):
        assert getattr(shown, name) == getattr(bare, name), name
    assert one["version"] == bare.version


def test_every_option_and_scope_stands_in_the_readme() -> None:
    wanted = [*SnmpSettings.model_fields, *Scope]
    assert [name for name in wanted if f"`{name}`" not in README] == []


def test_every_key_of_a_profile_and_every_condition_is_explained() -> None:
    said = set(re.findall(r"[a-z_]+", GUIDE))
    assert sorted((KEYS | CONDITIONS) - said) == []


def test_the_guides_profile_is_good() -> None:
    text, *_ = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    assert profile_of(text, "docs/devices.md").name == "acme-pdu"


def test_the_list_of_profiles_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "list", "--markdown"]) == 0
    way = "run `carbond profile list --markdown > docs/profiles.md`"
    assert (DOCS / "profiles.md").read_text() == capsys.readouterr().out, way


def test_the_schema_for_editors_is_current() -> None:
    file = FOLDER.parents[1] / "config" / "profiles" / "profile.schema.json"
    way = "run `carbond profile schema > config/profiles/profile.schema.json`"
    assert file.read_text() == schema_text(), way


def test_the_plug_in_stands_in_the_table() -> None:
    assert DEVICES["snmp"] is Snmp
    assert Snmp.settings is SnmpSettings


def readme_profile() -> Profile:
    (text,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    return profile_of(text, "README.md")


BASE = "1.3.6.1.4.1.1718.4.1"
UNITS = [
    ("1.3.6.1.2.1.1.2.0", "6", "1.3.6.1.4.1.1718.4"),
    (f"{BASE}.3.3.1.3.1.1", "2", "1701"),
    (f"{BASE}.3.3.1.3.2.1", "2", "1265"),
    (f"{BASE}.3.3.1.10.1.1", "2", "8937"),
    (f"{BASE}.3.3.1.10.2.1", "2", "25659"),
    (f"{BASE}.8.3.1.7.1.1.5", "2", "44"),
    (f"{BASE}.8.3.1.14.1.1.5", "2", "1234"),
    (f"{BASE}.8.3.1.7.1.2.5", "2", "45"),
    (f"{BASE}.8.3.1.7.2.1.5", "2", "46"),
]


async def test_the_readmes_family_is_read_without_a_line_of_python(start: Start) -> None:
    plugin = Snmp(Clock(), {"sentry4": readme_profile()})
    port = await start(Recorded(UNITS))
    one = plugin.collector(settings(port, read=["total", "inlet", "phase", "outlet"]))
    readings = by_suffix(await one.collect())
    await plugin.close()
    assert {key: one.power for key, one in readings.items()} == {
        "": 2966.0,
        "/inlet/1": 1701.0,
        "/inlet/2.1": 1265.0,
        "/outlet/5": 44.0,
        "/outlet/2.5": 45.0,
        "/outlet/2.1.5": 46.0,
    }
    assert readings[""].energy == 3_459_600 * 3600
    assert readings["/outlet/5"].energy == 1234 * 3600


async def test_the_readmes_family_reads_a_recorded_device(start: Start) -> None:
    plugin = Snmp(Clock(), {"sentry4": readme_profile()})
    port = await start(Recorded(walk("sentry4.snmprec")))
    one = plugin.collector(settings(port, read=["total", "inlet", "phase"]))
    readings = by_suffix(await one.collect())
    await plugin.close()
    assert (readings[""].power, readings["/inlet/2.1"].power) == (2966.0, 1265.0)
    assert (readings["/phase/3"].power, readings["/phase/2.1.3"].power) == (848.0, 403.0)
