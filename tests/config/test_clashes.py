"""Faults that no device shows alone: what cannot stand beside others of its type."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, Self

import pytest

from agent.errors import ConfigError
from config import Clash, DeviceSettings, Kinds, load
from tests.config.kinds import KINDS, ONE_SITE, write


class SeatSettings(DeviceSettings):
    """A device that takes a seat."""

    type: Literal["seat"]
    seat: int = 1

    @classmethod
    def clashes(cls, devices: Sequence[Self]) -> Iterator[Clash]:
        taken: set[int] = set()
        for number, device in enumerate(devices):
            if device.seat in taken:
                yield Clash(number, "seat", f'"seat" {device.seat} is taken: choose another')
            taken.add(device.seat)


SEATS = Kinds(devices={**KINDS.devices, "seat": SeatSettings})


def refusal(folder: Path, text: str, **files: str) -> str:
    with pytest.raises(ConfigError) as refused:
        load(write(folder, {"carbond.yaml": ONE_SITE + text, **files}), SEATS)
    return str(refused.value).replace(f"{folder}/", "")


def test_each_clash_is_said_where_its_key_stands(tmp_path: Path) -> None:
    text = (
        "devices:\n"
        "- {name: a, type: seat}\n"
        "- {name: x, type: snmp, host: h}\n"
        "- name: b\n  type: seat\n  seat: 1\n"
        "- {name: c, type: seat, seat: 2}\n"
        "- {name: d, type: seat}\n"
    )
    assert refusal(tmp_path, text).splitlines() == [
        'carbond.yaml:7: devices[2] "b": "seat" 1 is taken: choose another',
        'carbond.yaml:9: devices[4] "d": "seat" 1 is taken: choose another',
    ]


def test_clashes_are_said_together_with_all_other_faults(tmp_path: Path) -> None:
    rows = ("a, type: seat", "b, type: seat", "c, type: seat, s: 1")
    text = "devices:\n" + "".join(f"- {{name: {row}}}\n" for row in rows)
    first, second = refusal(tmp_path, text).splitlines()
    assert 'devices[1] "b": "seat" 1 is taken' in first
    assert 'devices[2] "c": unknown key "s"' in second


def test_a_clash_of_a_default_and_of_a_list_is_said_there(tmp_path: Path) -> None:
    text = "defaults: {seat: {seat: 3}}\ndevices:\n- {name: a, type: seat}\n- {from: l.csv}\n"
    said = refusal(tmp_path, text, **{"l.csv": "name,type,seat\nb,seat,4\nc,seat,4\nd,seat,\n"})
    assert said.splitlines() == [
        'carbond.yaml:2: "d": "seat" 3 is taken: choose another',
        'l.csv:3 column 3: "c": "seat" 4 is taken: choose another',
    ]
