"""The documents say what the code does: the sample, the README, and the profiles."""

import re
from pathlib import Path

import pytest
import yaml

import config.profiles.modbus as package
from agent.clock import Clock
from agent.model import Scope
from collectors import DEVICES
from collectors.modbus import Modbus
from collectors.modbus.settings import ModbusSettings
from config.profiles.modbus import (
    EnergyNumber,
    Identity,
    MeterBlock,
    Model,
    Names,
    Profile,
    Sign,
    profile_of,
    profiles,
)
from tests.collectors.modbus.conftest import only, settings
from tests.collectors.modbus.servers import device, put, serving

FOLDER = Path(__file__).parents[3] / "collectors" / "modbus"
README = (FOLDER / "README.md").read_text()
SAMPLE = (FOLDER / "sample.yaml").read_text()
MAPS = sorted(Path(package.__file__).parent.glob("*.yaml"))


def uncommented(text: str) -> str:
    """Return the sample with every option in force."""
    return re.sub(r"(?m)^( *)# ( *(?:- )?[a-z_]+:(?: .*)?)$", r"\1\2", text)


def test_the_sample_loads() -> None:
    (one,) = yaml.safe_load(SAMPLE)["devices"]
    loaded = ModbusSettings.model_validate(one)
    assert (loaded.name, loaded.profile, loaded.tries) == ("feed-a", "schneider-pm5000", 2)


def test_every_option_stands_in_the_sample_with_its_default() -> None:
    (one,) = yaml.safe_load(uncommented(SAMPLE))["devices"]
    assert set(one) == set(ModbusSettings.model_fields)
    apart = {name: value for name, value in one.items() if name not in ("registers", "profile")}
    shown = ModbusSettings.model_validate(apart)
    bare = ModbusSettings.model_validate({"name": "a", "type": "modbus", "address": "b"})
    same = ("port", "unit", "framer", "direction", "timeout", "tries", "pause", "read", "instance")
    for name in (*same, "every", "tags", "profile"):
        assert getattr(shown, name) == getattr(bare, name), name


def test_every_option_scope_and_profile_stands_in_the_readme() -> None:
    wanted = [*ModbusSettings.model_fields, Scope.TOTAL, Scope.PHASE, *profiles()]
    assert [name for name in wanted if f"`{name}`" not in README] == []


def test_every_key_of_a_map_stands_in_the_readme() -> None:
    models = (Profile, Model, MeterBlock, EnergyNumber, Identity, Sign, Names)
    keys = {field.alias or name for one in models for name, field in one.model_fields.items()}
    said = set(re.findall(r"`([a-z_]+)", README))
    assert sorted(keys - said) == []


def test_the_plug_in_stands_in_the_table() -> None:
    assert DEVICES["modbus"] is Modbus
    assert Modbus.settings is ModbusSettings


@pytest.mark.parametrize("path", MAPS, ids=[path.stem for path in MAPS])
def test_every_map_names_its_sources(path: Path) -> None:
    head = path.read_text().partition("\nname:")[0]
    assert "# Sources: " in head
    assert all(len(line) <= 120 for line in path.read_text().splitlines())


def readme_profile() -> Profile:
    text = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)[0]
    return profile_of(text, "README.md")


async def test_the_readme_s_family_is_read_without_a_line_of_python() -> None:
    profile = readme_profile()
    (block,) = profile.meters
    assert block.power
    assert block.energy
    words = put(profile, block.power, 123_450) | put(profile, block.energy, 98_765_432)
    plugin = Modbus(Clock(), {profile.name: profile})
    async with serving(device(1, holding=words)) as server:
        made = settings(server.port, profile="auto").model_copy(update={"profile": profile.name})
        one = plugin.collector(made)
        reading = await only(one)
        await one.close()
    await plugin.close()
    assert (reading.power, reading.energy) == (1_234.5, 98_765_432 * 36_000)
