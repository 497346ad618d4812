"""What may be written of a Redfish device, and that the sample and the README say all of it."""

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from agent.model import Scope
from collectors.redfish import RedfishSettings
from collectors.redfish.settings import READABLE, TlsSettings
from config import Secret
from tests.collectors.redfish.service import Certificate

SAMPLE = files("collectors.redfish").joinpath("sample.yaml").read_text()
README = files("collectors.redfish").joinpath("README.md").read_text()
UNCOMMENTED = re.sub(
    rf"(?m)^    # (({'|'.join(RedfishSettings.model_fields)}): .*)$", r"    \1", SAMPLE
)
GIVEN: dict[str, Any] = {
    "name": "server-1",
    "type": "redfish",
    "address": "192.0.2.1",
    "user": "carbond",
    "password": Secret("secret"),
}
DIGITS = "AB" * 32


@pytest.fixture(autouse=True)
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.joinpath("bmc-password").write_text("secret\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))


def test_the_sample_loads_as_it_stands() -> None:
    (device,) = yaml.safe_load(SAMPLE)["devices"]
    settings = RedfishSettings(**device)
    assert settings.model_fields_set == {"name", "type", "address", "user", "password"}


def test_every_option_stands_in_the_sample_with_its_default() -> None:
    (device,) = yaml.safe_load(UNCOMMENTED)["devices"]
    assert set(device) == set(RedfishSettings.model_fields)
    settings = RedfishSettings(**device)
    bare = RedfishSettings(**GIVEN)
    # What has no default stands there with an example.
    given = {name for name in set(device) - set(GIVEN) if getattr(bare, name) not in (None, (), {})}
    assert given >= {"port", "auth", "tls", "timeout", "read", "step_kwh", "longest_gap", "every"}
    for name in given:
        assert getattr(settings, name) == getattr(bare, name), name


def test_the_readme_names_every_option_and_every_part() -> None:
    own = set(RedfishSettings.__annotations__) | set(TlsSettings.__annotations__)
    assert [name for name in own if f"`{name}`" not in README] == []
    assert [scope for scope in READABLE if f"`{scope}`" not in README] == []
    assert [name for name in TlsSettings.model_fields if f"#   {name}: " not in SAMPLE] == []


def test_a_fingerprint_is_taken_as_tools_print_it() -> None:
    pairs = ":".join(re.findall("..", DIGITS))
    for written in (DIGITS, DIGITS.lower(), pairs, f"sha256 Fingerprint={pairs}"):
        tls = RedfishSettings(**GIVEN | {"tls": {"fingerprint": written}}).tls
        assert tls.fingerprint == DIGITS


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"user": ""}, "at least 1 character"),
        ({"user": "a:b"}, "a user with a colon cannot log in (RFC 7617)"),
        ({"address": "https://192.0.2.1"}, "should match pattern"),
        ({"auth": "none"}, "'auto', 'session' or 'basic'"),
        ({"timeout": "60s"}, "`timeout` must be shorter than `every`"),
        ({"read": []}, "an empty list reads nothing: write [total], or leave it out"),
        ({"read": [Scope.MODULE]}, "Redfish has no module: there are total, unit, inlet,"),
        ({"step_kwh": 0}, "greater than 0"),
        ({"password": "secret"}, "a secret never stands in the settings"),
        ({"tls": {"fingerprint": "AB"}}, "a fingerprint is the 64 hexadecimal digits of SHA-256"),
        ({"tls": {"fingerprint": 5}}, "valid string"),
        ({"tls": {"fingerprint": DIGITS, "verify": False}}, "`fingerprint` has no use with"),
        ({"tls": {"ca": "/nowhere/ca.pem"}}, "create the file, or correct the path"),
        ({"tls": {"ca": "/dev/null"}}, "there are no certificates in /dev/null: it must be PEM"),
        ({"tls": {"verfy": False}}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_work_is_refused_with_the_reason(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as raised:
        RedfishSettings(**GIVEN | options)
    assert message in str(raised.value)


@pytest.mark.parametrize("other", [{"verify": False}, {"fingerprint": DIGITS}])
def test_a_ca_has_no_use_where_it_is_not_asked(
    other: dict[str, Any], certificate: Certificate
) -> None:
    with pytest.raises(ValidationError, match="`ca` has no use with `fingerprint` or"):
        TlsSettings(**other, ca=certificate.path)
