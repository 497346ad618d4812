"""The payloads of Sparkplug B, against bytes that another hand has written."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.mqtt.sparkplug import Malformed, decoded, rebirth, value_of
from tests.collectors.mqtt.wire import (
    BOOLEAN,
    DOUBLE,
    INT8,
    INT16,
    INT32,
    INT64,
    UINT64,
    double,
    metric,
    payload,
    single,
    text,
    whole,
)

AT = 1_486_144_502_122


def test_a_payload_that_is_written_out_in_bytes() -> None:
    raw = bytes.fromhex(
        "08 eaf2f5a8a02b"  # timestamp 1486144502122
        "1214"  # a metric of 20 bytes
        "0a05 506f776572"  # name: Power
        "1007"  # alias: 7
        "200a"  # datatype: Double
        "69 0000 0000 0050 7340"  # double_value: 309.0
        "1805"  # seq: 5
    )
    said = decoded(raw)
    assert (said.at, said.seq) == (datetime.fromtimestamp(AT / 1000, UTC), 5)
    (one,) = said.metrics
    assert (one.name, one.alias, one.datatype, one.value) == ("Power", 7, DOUBLE, 309.0)
    assert raw == payload([metric("Power", double(13, 309), alias=7, datatype=10)], at=AT, seq=5)


def test_what_is_not_said_is_none() -> None:
    said = decoded(payload([metric(None)]))
    assert (said.at, said.seq) == (None, None)
    (one,) = said.metrics
    assert (one.name, one.alias, one.at, one.datatype, one.value) == (None, None, None, 0, None)


def test_a_null_a_historical_metric_and_fields_that_are_not_needed() -> None:
    null = metric("a", whole(7, 1), whole(10, 5))
    past = metric("b", whole(5, 1), double(13, 1))
    rich = metric("c", text(8, b"\x0a\x00"), text(9, b""), text(16, b"\xff"), whole(99, 1))
    said = decoded(payload([null, past, rich]) + text(4, "uuid") + text(5, b"body"))
    assert [one.value for one in said.metrics] == [None, 1.0, None]
    assert [one.historical for one in said.metrics] == [False, True, False]


BITS = {INT8: 8, INT16: 16, INT32: 32, INT64: 64}


@given(st.sampled_from(sorted(BITS)), st.integers(-(2**63), 2**63 - 1))
def test_signed_integers_come_as_twos_complement(datatype: int, number: int) -> None:
    bits = BITS[datatype]
    number = (number + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1)
    field, width = (11, 64) if datatype == INT64 else (10, 32)
    for sent in {number % 2**bits, number % 2**width}:
        raw = payload([metric("x", whole(field, sent), datatype=datatype)])
        (one,) = decoded(raw).metrics
        assert value_of(one, one.datatype) == number


@given(
    name=st.text(max_size=40),
    alias=st.none() | st.integers(0, 2**64 - 1),
    at=st.none() | st.integers(0, 2**50 - 1),
    seq=st.none() | st.integers(0, 255),
    number=st.floats(allow_nan=False),
    count=st.integers(0, 2**64 - 1),
)
def test_any_payload_is_read_as_it_was_written(
    *, name: str, alias: int | None, at: int | None, seq: int | None, number: float, count: int
) -> None:
    metrics = [
        metric(name, double(13, number), alias=alias, at=at, datatype=DOUBLE),
        metric(name, whole(11, count), alias=alias, at=at, datatype=UINT64),
        metric(name, whole(14, 1), datatype=BOOLEAN),
        metric(name, text(15, name)),
        metric(name, single(12, 0.5)),
    ]
    said = decoded(payload(metrics, at=at, seq=seq))
    assert said.seq == seq
    assert [one.value for one in said.metrics] == [number, count, True, name, 0.5]
    assert {one.name for one in said.metrics} == {name}
    assert [one.alias for one in said.metrics[:2]] == [alias, alias]
    if at is None:
        assert said.at is None
    elif at < datetime(9999, 1, 1, tzinfo=UTC).timestamp() * 1000:
        assert said.at == datetime.fromtimestamp(at / 1000, UTC)


@given(st.binary(max_size=200))
def test_no_bytes_do_harm(raw: bytes) -> None:
    try:
        said = decoded(raw)
    except Malformed:
        return
    assert said.at is None or said.at.tzinfo is UTC
    for one in said.metrics:
        value = value_of(one, one.datatype)
        assert value is None or isinstance(value, bool | int | float | str)
        assert (value is None) == (one.value is None)


@pytest.mark.parametrize("raw", [b"\xff", b"{}", b"\x12\x7f\x00", b"\x0b" * 2000])
def test_bytes_that_are_no_payload_are_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        decoded(raw)


def test_the_command_for_a_rebirth_is_what_the_specification_says() -> None:
    at = datetime(2017, 2, 3, 17, 55, 2, 122_000, UTC)
    command = metric("Node Control/Rebirth", whole(14, 1), datatype=BOOLEAN)
    assert rebirth(at) == payload([command], at=AT)
