"""Asking one unit for registers, and for what it calls itself."""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from pymodbus.exceptions import ModbusException
from pymodbus.pdu.mei_message import ReadDeviceInformationRequest, ReadDeviceInformationResponse
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadHoldingRegistersResponse,
)

from collectors.modbus.failure import (
    ACKNOWLEDGED,
    BUSY,
    NO_ANSWER,
    NO_PATH,
    Failure,
    Lost,
    Refused,
    Silent,
    in_words,
)
from collectors.modbus.line import Line
from config.profiles.modbus.schema import Function

FUNCTIONS: dict[Function, int] = {"holding": 3, "input": 4}

_EXCEPTION = 0x80
_IDENTIFICATION = 0x2B
_IDENTIFICATION_KIND = 0x0E
_BASIC = 1
_VENDOR, _PRODUCT = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How patiently a unit is asked."""

    timeout: float
    """Seconds for each try."""

    tries: int
    pause: float
    """Seconds between an answer and the next request."""


class Unit:
    """One unit on a line, for the length of a turn."""

    def __init__(self, line: Line, number: int, pace: Pace) -> None:
        self._line = line
        self._number = number
        self._pace = pace
        self.heard = False
        """Whether it has answered anything in this turn."""

    async def registers(self, function: Function, first: int, count: int) -> tuple[int, ...]:
        """Return the registers from `first` on. Raises Silent, Refused or another Failure."""
        code = FUNCTIONS[function]
        last = first + count - 1
        names = f"register {first}" if count == 1 else f"registers {first} to {last}"
        request = ReadHoldingRegistersRequest(address=first, count=count).encode()
        pdu = await self._ask(
            bytes((code,)) + request,
            f"{function} {names}",
            lambda answer: len(answer) == 2 + 2 * count and answer[1] == 2 * count,
        )
        response = ReadHoldingRegistersResponse()
        response.decode(pdu[1:])
        return tuple(response.registers)

    async def names(self) -> tuple[str, str]:
        """Return the vendor's name and the product code by which it identifies itself.

        Raises Silent, Refused or another Failure.
        """
        request = ReadDeviceInformationRequest(read_code=_BASIC).encode()
        pdu = await self._ask(
            bytes((_IDENTIFICATION,)) + request,
            "the question who it is",
            lambda answer: len(answer) > 1 and answer[1] == _IDENTIFICATION_KIND,
        )
        response = ReadDeviceInformationResponse()
        try:
            response.decode(pdu[1:])
        except (struct.error, ModbusException, IndexError) as error:
            raise Failure("what it says of itself is damaged") from error
        return _text(response.information.get(_VENDOR)), _text(response.information.get(_PRODUCT))

    async def _ask(self, request: bytes, what: str, whole: Callable[[bytes], bool]) -> bytes:
        """Return the answer, after as many tries as it takes, or may take."""
        tries = self._pace.tries
        while True:
            tries -= 1
            try:
                return await self._try(request, what, whole)
            except (Silent, Lost):
                if tries <= 0:
                    raise
            except Refused as error:
                if tries <= 0 or error.code not in (ACKNOWLEDGED, BUSY):
                    raise

    async def _try(self, request: bytes, what: str, whole: Callable[[bytes], bool]) -> bytes:
        code = request[0]

        def fits(answer: bytes) -> bool:
            if answer[0] == code | _EXCEPTION:
                return len(answer) == 2  # noqa: PLR2004 the function and the exception
            return answer[0] == code and whole(answer)

        answer = await self._line.ask(
            self._number, request, seconds=self._pace.timeout, pause=self._pace.pause, fits=fits
        )
        if not answer[0] & _EXCEPTION:
            self.heard = True
            return answer
        reason = in_words(answer[1], unit=self._number, what=what)
        if answer[1] in (NO_PATH, NO_ANSWER):
            raise Silent(reason)
        self.heard = True
        raise Refused(answer[1], reason)


def _text(value: object) -> str:
    raw = value[0] if isinstance(value, list) and value else value
    return raw.decode("utf-8", "replace").strip("\0 ") if isinstance(raw, bytes) else ""
