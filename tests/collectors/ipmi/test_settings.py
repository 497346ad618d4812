"""What may be written of a BMC, and that the sample and the README say all of it."""

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from collectors.ipmi import IpmiSettings
from collectors.ipmi.failures import COMPLETION
from config import Secret

SAMPLE = files("collectors.ipmi").joinpath("sample.yaml").read_text()
README = files("collectors.ipmi").joinpath("README.md").read_text()
UNCOMMENTED = re.sub(
    rf"(?m)^    # (({'|'.join(IpmiSettings.model_fields)}): .*)$", r"    \1", SAMPLE
)
GIVEN: dict[str, Any] = {
    "name": "server-1",
    "type": "ipmi",
    "address": "192.0.2.1",
    "user": "admin",
    "password": Secret("secret"),
}


@pytest.fixture(autouse=True)
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.joinpath("bmc-password").write_text("secret\n")
    tmp_path.joinpath("bmc-key").write_text("0x0102\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))


def test_the_sample_loads_as_it_stands() -> None:
    (device,) = yaml.safe_load(SAMPLE)["devices"]
    settings = IpmiSettings(**device)
    assert settings.model_fields_set == {"name", "type", "address", "user", "password"}


def test_every_option_stands_in_the_sample_with_its_default() -> None:
    (device,) = yaml.safe_load(UNCOMMENTED)["devices"]
    assert set(device) == set(IpmiSettings.model_fields)
    settings = IpmiSettings(**device)
    bare = IpmiSettings(**GIVEN)
    # What has no default stands there with an example.
    given = {name for name in set(device) - set(GIVEN) if getattr(bare, name) not in (None, (), {})}
    assert given >= {"port", "suite", "timeout", "tries", "longest_gap", "every", "role"}
    for name in given:
        assert getattr(settings, name) == getattr(bare, name), name
    assert settings.account.kg == b"\1\2"


def test_the_readme_names_every_option_and_every_completion_code() -> None:
    own = set(IpmiSettings.__annotations__)
    assert [name for name in own if f"`{name}`" not in README] == []
    assert [f"{code:02X}h" for code in COMPLETION if f"{code:02X}h" not in README] == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"user": ""}, "a user of a BMC has 1 to 16 bytes"),
        ({"user": "a" * 17}, "a user of a BMC has 1 to 16 bytes"),
        ({"password": Secret("a" * 21)}, "it is longer than the 20 bytes that a BMC takes"),
        ({"kg": Secret("a" * 21)}, "it is longer than the 20 bytes that a BMC takes"),
        ({"kg": Secret("0x0")}, "after 0x there must be pairs of hexadecimal digits"),
        ({"suite": 1}, "'auto', '17' or '3'"),
        ({"read": []}, "an empty list reads nothing: write [total], or leave it out"),
        ({"read": ["outlet"]}, "a BMC has no outlet: there are total, psu-input, psu-output"),
        ({"read": ["psu"]}, "a BMC has no psu: there are total, psu-input, psu-output"),
        ({"read": ["psu-input"], "temperature": "inlet"}, "add total to `read`"),
        ({"temperature": "outlet"}, "'none' or 'inlet'"),
        ({"tries": 60}, "less than or equal to 10"),
        ({"timeout": "20s"}, "timeout x tries must be shorter than `every`"),
        (
            {"every": "6m"},
            "a BMC has a power and no register, and would have no energy: it is read",
        ),
        ({"every": "5m"}, "every 300 s, and power is integrated over 300 s at most: make `every`"),
        ({"password": "secret"}, "a secret never stands in the settings"),
        ({"adress": "192.0.2.1"}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_work_is_refused_with_the_reason(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as raised:
        IpmiSettings(**GIVEN | options)
    assert message in str(raised.value)


def test_a_password_that_looks_hexadecimal_is_a_text() -> None:
    settings = IpmiSettings(**GIVEN | {"password": Secret("0x0102")})
    assert settings.account.password == b"0x0102"
