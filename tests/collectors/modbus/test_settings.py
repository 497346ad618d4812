"""What cannot work is refused before the first connection, with the way out."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from tests.collectors.modbus.conftest import METER, settings


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"profile": "eastron-sdm639"}, "do you mean 'eastron-sdm630'?"),
        ({"profile": "x"}, "there is no profile 'x': there are auto, eastron-sdm630, "),
        ({"profile": "janitza-umg", "registers": METER}, "leave profile out"),
        ({"profile": "janitza-umg", "model": 203}, "model: only SunSpec devices have models"),
        ({"model": 203, "instance": 2}, "instance and model: only SunSpec devices have models"),
        ({"read": []}, "an empty list reads nothing: write [total], or leave it out"),
        ({"read": ["socket"]}, "Input should be 'total'"),
        ({"timeout": "30s", "tries": 2}, "timeout x tries must be shorter than every"),
        ({"unit": 256}, "less than or equal to 255"),
        ({"port": 0}, "greater than or equal to 1"),
        ({"framer": "rtu"}, "Input should be 'tcp' or 'rtu-over-tcp'"),
        ({"direction": "both"}, "Input should be 'auto', 'import' or 'export'"),
        ({"address": ""}, "at least 1 character"),
        ({"adress": "x"}, "Extra inputs are not permitted"),
        ({"registers": {"limit_watts": 5, "meters": []}}, "at least 1 item"),
        ({"registers": METER | {"meterz": 1}}, "Extra inputs are not permitted"),
    ],
)
def test_settings_that_cannot_work_say_why(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as bad:
        settings(**{"port": 502} | options)
    assert message in str(bad.value)


def test_settings_that_work_are_taken() -> None:
    made = settings(1502, profile="auto", timeout="3s", framer="rtu-over-tcp", unit=17)
    assert (made.port, made.unit, made.timeout) == (1502, 17, timedelta(seconds=3))
    assert settings(1502, profile="auto", model=203).model == 203
    assert settings(1502, profile="sunspec", instance=2).instance == 2
