"""Numbers as they are written, and what stands in places."""

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.mqtt.hearing import parsed
from collectors.mqtt.numbers import NoNumber, number_of
from collectors.mqtt.places import NamePattern, PathPattern, filled
from collectors.mqtt.plan import filled_path
from collectors.mqtt.schema import EnergyMap, NumberMap, PowerMap

KEYS = st.text("abcXYZ019._:-", min_size=1, max_size=10)


@given(st.decimals(0, 10**9, places=3))
def test_a_number_in_json_is_exactly_the_one_that_was_written(number: Decimal) -> None:
    value = parsed(f'{{"e": {number}}}'.encode())["e"]
    assert number_of(value, EnergyMap(unit="kWh")) == Fraction(number) * 3_600_000
    assert number_of(str(number), EnergyMap(unit="Wh")) == Fraction(number) * 3600


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists))
def test_any_value_is_a_number_or_none_or_told(value: object) -> None:
    payload = json.dumps(value).encode()
    try:
        found = number_of(parsed(payload), PowerMap())
    except NoNumber:
        return
    assert found is None or found >= 0


@pytest.mark.parametrize("text", ["12,5", "12 W", "0x10", "1_000", "++1", "1e999", "one"])
def test_a_text_that_is_no_number_is_told(text: str) -> None:
    with pytest.raises(NoNumber):
        number_of(text, PowerMap())


def test_what_says_none_is_none() -> None:
    quantity = NumberMap(not_available=(-1, "n/a"))
    for value in (None, "", " NaN ", float("nan"), float("inf"), -1, "-1", "n/a", -3, "-0.5"):
        assert number_of(value, quantity) is None
    assert number_of(-3, NumberMap(negative="reading")) == -3


@given(unit=KEYS, number=KEYS)
def test_a_topic_binds_its_places(unit: str, number: str) -> None:
    pattern = NamePattern.of("a.b/{unit}/out-{number}/w")
    assert pattern.filter == "a.b/+/+/w"
    assert pattern.bound(f"a.b/{unit}/out-{number}/w") == {"unit": unit, "number": number}
    assert pattern.bound(f"aXb/{unit}/out-{number}/w") is None
    assert pattern.bound(f"a.b/{unit}/{unit}/out-{number}/w") is None


@given(number=KEYS)
def test_a_path_binds_its_places(number: str) -> None:
    found = list(PathPattern.of("$.p['s:{n}'].w").found({"p": {f"s:{number}": {"w": 1}, "x": 2}}))
    assert found == [({"n": number}, 1)]


def test_the_items_of_a_list_are_counted_from_one() -> None:
    path = PathPattern.of("$.a[{p}].b['{q}']")
    document = {"a": [{"b": {"x": 1}}, {"b": {"y": 2}}, {"b": 3}]}
    assert list(path.found(document)) == [({"p": "1", "q": "x"}, 1), ({"p": "2", "q": "y"}, 2)]
    assert list(path.found({"a": {"k": {"b": {"x": 1}}}})) == []


def test_what_is_filled_in_ends_no_name_of_a_path() -> None:
    path = PathPattern.of(filled_path("$['{device}'].p", {"device": "it's\\"}))
    assert [value for _, value in path.found({"it's\\": {"p": 5}})] == [5]
    assert filled("{a}/{b}", {"a": "1"}) == "1/{b}"
