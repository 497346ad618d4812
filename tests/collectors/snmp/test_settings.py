"""What cannot work is refused before the first datagram, with the way out."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.snmp.settings import SnmpSettings
from config import Secret
from tests.collectors.snmp.conftest import settings

LONG = Secret("correct horse")
V3: dict[str, Any] = {"version": "v3", "user": "carbon"}
AUTH = {"protocol": "sha256", "password": LONG}
PRIV = {"protocol": "aes128", "password": LONG}
SELDOM = {"every": "6m"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"community": None}, "SNMP v2c needs a community: write community: {file: PATH}"),
        ({"version": "v1", "community": None}, "SNMP v1 needs a community"),
        ({"user": "carbon"}, "user belongs to v3: write version: v3, or leave it out"),
        ({"auth": AUTH}, "auth belongs to v3"),
        ({"version": "v3"}, "SNMP v3 needs a user: write user: NAME"),
        (V3 | {"community": LONG}, "community belongs to v1 and v2c: v3 has a user"),
        (V3 | {"priv": PRIV}, "priv needs auth: SNMPv3 does not encrypt what it does not sign"),
        (V3 | {"auth": AUTH | {"password": Secret("short")}}, "the auth password has fewer than 8"),
        (V3 | {"auth": AUTH, "priv": PRIV | {"password": Secret("short")}}, "the priv password"),
        (V3 | {"auth": AUTH | {"protocol": "sha3"}}, "Input should be 'md5', 'sha1'"),
        ({"profile": "apc-rpdu3"}, "there is no profile 'apc-rpdu3': do you mean 'apc-rpdu2'?"),
        ({"profile": "x"}, "there is no profile 'x': `carbond profile list` shows them"),
        ({"read": []}, "an empty list reads nothing: write [total], or leave it out"),
        ({"read": ["socket"]}, "Input should be 'total'"),
        ({"community": "public"}, "a secret never stands in the settings"),
        ({"timeout": "2m"}, "timeout is longer than every: a poll ends when the next one is due"),
        ({"tries": 0}, "greater than or equal to 1"),
        (SELDOM | {"profile": "voltronic-eppc"}, "profile voltronic-eppc has a power and no regis"),
        (SELDOM | {"profile": "voltronic-eppc"}, "over 300 s at most: make `every` shorter"),
        ({"comunity": LONG}, "Extra inputs are not permitted"),
    ],
)
def test_settings_that_cannot_work_say_why(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as bad:
        settings(161, **options)
    assert message in str(bad.value)
    assert "correct horse" not in str(bad.value)
    assert "short" not in str(bad.value).replace("shorter", "")


def test_settings_that_work_are_taken() -> None:
    for options in (
        {},
        {"profile": "apc-rpdu2"},
        {"profile": "voltronic-eppc", "read": ["outlet"]},
    ):
        assert settings(161, **SELDOM | options).every == timedelta(minutes=6)
    made = settings(161, **V3, auth=AUTH, priv=PRIV | {"extension": "reeder"}, context="a")
    assert isinstance(made, SnmpSettings)
    assert "correct horse" not in repr(made)
