"""Profiles are data: those that ship load, and a bad one says what is wrong with it and where."""

import pytest

from agent.errors import ConfigError
from agent.model import Scope
from config.profiles import profile_of, profiles

GOOD = """
name: other
title: Other
match:
  object_ids: [1.3.6.1.4.1.9999]
limit_watts: 1000
meters:
  - scope: outlet
    power:
      oid: 1.3.6.1.4.1.9999.1.1.{number}
    energy:
      oid: 1.3.6.1.4.1.9999.1.3.{number}
      bits: 32
"""


def test_the_profiles_that_ship_load_and_begin_with_their_total() -> None:
    assert {"apc-rpdu2", "raritan-pdu2", "ups-mib", "janitza-umg96"} <= profiles().keys()
    for profile in profiles().values():
        # A gateway to several devices has no total, and one without power no meters.
        scopes = [meter.scope for meter in profile.meters]
        assert Scope.TOTAL not in scopes or scopes[0] is Scope.TOTAL, profile.name


def test_a_scale_is_exact() -> None:
    energy = profiles()["apc-rpdu2"].meters[0].energy
    assert energy is not None
    assert energy.scale.as_integer_ratio() == (1, 10)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title: Other", "titel: Other", "titel: there is no such key; do you mean 'title'?"),
        ("limit_watts: 1000", "limit_watts: lots", "limit_watts: Input should be a valid number"),
        (
            "9999.1.1.{number}",
            "9999.1.1.{outlet}",
            "meters.0.power.oid: {outlet} stands for nothing",
        ),
        ("9999.1.1.{number}", "9999.1.x", "meters.0.power.oid: '1.3.6.1.4.1.9999.1.x' is no OID"),
        (
            "{number}\n    energy",
            "{number}.{number}\n    energy",
            "the same place stands in it twice",
        ),
        ("9999.1.1.{number}", "9999.{rest}.{text}", "{rest} stands for what the others leave"),
        ("bits: 32", "bits: 32\n      modulus: 10", "a counter has either bits or a modulus"),
        ("bits: 32", "bits: 99", "meters.0.energy.bits: Input should be less than or equal to 64"),
        ("bits: 32", "scale: 0", "meters.0.energy.scale: a scale is above zero"),
        ("bits: 32", "scale: ten", "meters.0.energy.scale: 'ten' is no number"),
        ("bits: 32", "digits: 1.3.6.{unit}", "{unit} in 1.3.6.{unit} does not stand in"),
        ("scope: outlet", "scope: socket", "meters.0.scope: Input should be 'total'"),
        ("scope: outlet", "scope: total", "with a table, write `rows: sum`"),
        ("scope: outlet", "scope: outlet\n    conditions: {volts: {oid: 1.3.6}}", "'volts' is no"),
        ("object_ids: [1.3.6.1.4.1.9999]", "description: x", "write object_ids, or a probe"),
        (
            "object_ids: [1.3.6.1.4.1.9999]",
            "probe: 1.3.6\n  description: '('",
            "description is no regular expression",
        ),
        ("name: other", "name: [", "is not YAML"),
    ],
)
def test_a_bad_profile_names_the_file_the_key_and_the_cause(
    old: str, new: str, message: str
) -> None:
    assert profile_of(GOOD, "other.yaml").name == "other"
    with pytest.raises(ConfigError) as bad:
        profile_of(GOOD.replace(old, new, 1), "other.yaml")
    assert str(bad.value).startswith("other.yaml: ")
    assert message in str(bad.value)


@pytest.mark.parametrize(
    ("meter", "message"),
    [
        ("{scope: total}", "a meter has a power, an energy, or both"),
        ("{scope: phase, power: {oid: 1.3.6.1}}", "a phase needs a key, or {number} in its OIDs"),
        ("{scope: total, rows: sum, power: {oid: 1.3.6.1}}", "`rows: sum` needs a table"),
    ],
)
def test_a_meter_that_cannot_be_one_is_refused(meter: str, message: str) -> None:
    text = GOOD[: GOOD.index("meters:")] + f"meters: [{meter}]\n"
    with pytest.raises(ConfigError) as bad:
        profile_of(text, "other.yaml")
    assert message in str(bad.value)


@pytest.mark.parametrize("text", ["", "- 1", "apc"])
def test_a_file_that_is_no_profile_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"other\.yaml: a profile is a mapping"):
        profile_of(text, "other.yaml")
