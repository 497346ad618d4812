"""The payloads of Sparkplug B (Eclipse Sparkplug 3.0, section 6), read with the protobuf runtime.

The message types are built here from the field numbers of the specification. Only the fields that
are needed have names; the runtime passes over all others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from fractions import Fraction
from functools import lru_cache
from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto  # type: ignore[import-untyped]  # has no types
from google.protobuf.descriptor_pool import DescriptorPool  # type: ignore[import-untyped]  # has no types
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # has no types
from google.protobuf.message_factory import GetMessageClass  # type: ignore[import-untyped]  # has no types

from collectors.mqtt.times import time_of

_PACKAGE = "carbond.sparkplug"
_PAYLOAD = "Payload"
_METRIC = "Metric"
_VALUE = "value"
_Field = FieldDescriptorProto

_PAYLOAD_FIELDS: Mapping[str, tuple[int, int]] = {
    "timestamp": (1, _Field.TYPE_UINT64),
    "metrics": (2, _Field.TYPE_MESSAGE),
    "seq": (3, _Field.TYPE_UINT64),
}
_METRIC_FIELDS: Mapping[str, tuple[int, int]] = {
    "name": (1, _Field.TYPE_STRING),
    "alias": (2, _Field.TYPE_UINT64),
    "timestamp": (3, _Field.TYPE_UINT64),
    "datatype": (4, _Field.TYPE_UINT32),
    "is_historical": (5, _Field.TYPE_BOOL),
    "is_null": (7, _Field.TYPE_BOOL),
}
# One of these.
_VALUE_FIELDS: Mapping[str, tuple[int, int]] = {
    "int_value": (10, _Field.TYPE_UINT32),
    "long_value": (11, _Field.TYPE_UINT64),
    "float_value": (12, _Field.TYPE_FLOAT),
    "double_value": (13, _Field.TYPE_DOUBLE),
    "boolean_value": (14, _Field.TYPE_BOOL),
    "string_value": (15, _Field.TYPE_STRING),
}


class DataType(IntEnum):
    """The types of metrics that are needed here."""

    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    BOOLEAN = 11


_SIGNED_BITS = {DataType.INT8: 8, DataType.INT16: 16, DataType.INT32: 32, DataType.INT64: 64}

Scalar = int | float | bool | str


class Malformed(ValueError):
    """Bytes that are no payload of Sparkplug B."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric, as it was sent: with a name, an alias, or both."""

    name: str | None
    alias: int | None
    at: datetime | None
    datatype: int
    """0 where it is not said: a birth certificate has said it."""

    value: Scalar | None
    """None for one that is null, or of no simple type. Integers are unsigned yet."""

    historical: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What a message of Sparkplug B holds."""

    at: datetime | None
    seq: int | None
    metrics: tuple[Metric, ...]


def _built() -> Any:  # noqa: ANN401 a class that the runtime makes
    file = FileDescriptorProto(name="sparkplug.proto", package=_PACKAGE, syntax="proto2")
    metric = file.message_type.add(name=_METRIC)
    metric.oneof_decl.add(name=_VALUE)
    for name, (number, kind) in _METRIC_FIELDS.items():
        metric.field.add(name=name, number=number, type=kind, label=_Field.LABEL_OPTIONAL)
    for name, (number, kind) in _VALUE_FIELDS.items():
        metric.field.add(
            name=name, number=number, type=kind, label=_Field.LABEL_OPTIONAL, oneof_index=0
        )
    payload = file.message_type.add(name=_PAYLOAD)
    for name, (number, kind) in _PAYLOAD_FIELDS.items():
        field = payload.field.add(name=name, number=number, type=kind, label=_Field.LABEL_OPTIONAL)
        if kind == _Field.TYPE_MESSAGE:
            field.label = _Field.LABEL_REPEATED
            field.type_name = f".{_PACKAGE}.{_METRIC}"
    pool = DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{_PAYLOAD}"))


_Message = _built()


@lru_cache(maxsize=4)
def decoded(payload: bytes) -> Payload:
    """Return what a payload holds; of one node the devices hear the same. Raises Malformed."""
    try:
        message = _Message.FromString(payload)
    except (DecodeError, UnicodeDecodeError) as error:
        raise Malformed(str(error)) from error
    return Payload(
        at=_time(message),
        seq=message.seq if message.HasField("seq") else None,
        metrics=tuple(_metric(metric) for metric in message.metrics),
    )


def _metric(metric: Any) -> Metric:  # noqa: ANN401 a message of the runtime
    which = metric.WhichOneof(_VALUE)
    return Metric(
        name=metric.name if metric.HasField("name") else None,
        alias=metric.alias if metric.HasField("alias") else None,
        at=_time(metric),
        datatype=metric.datatype,
        value=None if which is None or metric.is_null else getattr(metric, which),
        historical=metric.is_historical,
    )


def _time(message: Any) -> datetime | None:  # noqa: ANN401 a message of the runtime
    return time_of(Fraction(message.timestamp, 1000)) if message.HasField("timestamp") else None


def value_of(metric: Metric, datatype: int) -> Scalar | None:
    """Return a metric's value as its type has it: signed integers come as two's complement."""
    value = metric.value
    bits = _SIGNED_BITS.get(DataType(datatype)) if datatype in set(DataType) else None
    if bits is None or not isinstance(value, int) or isinstance(value, bool):
        return value
    low = value % (1 << bits)
    return low - (1 << bits) if low >> (bits - 1) else low


def rebirth(at: datetime) -> bytes:
    """Return the command by which an edge node sends its birth certificates again."""
    message = _Message(timestamp=round(at.timestamp() * 1000))
    message.metrics.add(name="Node Control/Rebirth", datatype=DataType.BOOLEAN, boolean_value=True)
    command: bytes = message.SerializeToString()
    return command
