"""The commands that a simulated BMC answers: session, chassis, DCMI, sensors and their records."""

import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from agent.demo.bmc_sensors import Sensor
from agent.demo.bmc_session import USER, Login

APP, GROUP = 0x06, 0x2C
CHASSIS_STATUS, SENSOR_READING = 0x01, 0x2D
OK, BUSY, UNKNOWN, LOST, TOO_MANY = 0x00, 0xC0, 0xC1, 0xC5, 0xCA
ABSENT, FIELD, PRIVILEGE, LEVEL = 0xCB, 0xCC, 0xD4, 0x81
DCMI = 0xDC
HIGHEST = 65534
CLOSE_SESSION = 0x3C
POWER_READING = 0x02
DEVICE_ID = bytes.fromhex("00 20 01 02 10 02 9f 57 01 00 01 00 00 00 00 00")
CAPABILITIES = bytes.fromhex("00 dc 01 05 02 00 01 07 00")


@dataclass(slots=True, kw_only=True)
class Commands:
    """Answers commands. The attributes may be changed while it runs."""

    watts: Callable[[], float]
    sensors: list[Sensor]
    on: bool = True
    """Whether the machine is switched on."""

    dcmi_code: int = 0
    """Completion code of each power reading; 0 answers it, C1h is a BMC without DCMI."""

    busy: int = 0
    """How many of the next power readings are answered by `busy`."""

    always: int | None = None
    """Watts that DCMI says whatever the power is: 0 and 65535 have been seen."""

    inactive: bool = False
    """Whether DCMI says that it does not measure."""

    level: int = USER
    """The privilege without which power and sensors are refused."""

    largest: int = 32
    """The most bytes of a record that are given at once."""

    lost: int = 0
    """How many of the next reads of records find their reservation lost."""

    changed: int = 1
    """Time of the last addition to the records."""

    highest: int = 4
    """The highest privilege that the user may rise to."""

    _reservation: int = field(default=0, init=False)

    def answer(self, login: Login, netfn: int, command: int, data: bytes) -> bytes:
        """Return the completion code and the data."""
        match netfn:
            case 0x06:
                return self._app(login, command, data)
            case 0x00 if command == CHASSIS_STATUS:
                return bytes([OK, int(self.on), 0, 0])
        if login.level < self.level:
            return bytes([PRIVILEGE])
        return self._measured(netfn, command, data)

    def _measured(self, netfn: int, command: int, data: bytes) -> bytes:
        match netfn:
            case 0x2C if data[:1] == bytes([DCMI]):
                return self._dcmi(command, data)
            case 0x04 if command == SENSOR_READING and data:
                return self._reading(data[0])
            case 0x0A:
                return self._storage(command, data)
        return bytes([UNKNOWN])

    def _app(self, login: Login, command: int, data: bytes) -> bytes:
        match command:
            case 0x01:
                return DEVICE_ID
            case 0x3B:
                return self._set_level(login, data)
            case 0x3C:
                return bytes([OK])
            case 0x3D:
                return bytes([OK, 1, 0x40, 1, 2, login.level, 0x11])
        return bytes([UNKNOWN])

    def _set_level(self, login: Login, data: bytes) -> bytes:
        asked = data[0] & 15 if data else 0
        if asked > min(login.highest, self.highest):
            return bytes([LEVEL])
        login.level = asked or login.level
        return bytes([OK, login.level])

    def _dcmi(self, command: int, data: bytes) -> bytes:
        if self.dcmi_code == UNKNOWN:
            return bytes([UNKNOWN])
        match command:
            case 0x01:
                return CAPABILITIES
            case 0x02:
                return self._power(data)
            case 0x03:
                # No limit is active: 80h is the usual answer and no failure.
                return bytes([0x80])
        return bytes([UNKNOWN])

    def _power(self, data: bytes) -> bytes:
        if self.busy:
            self.busy -= 1
            return bytes([BUSY])
        if self.dcmi_code:
            return bytes([self.dcmi_code])
        if len(data) != 4 or data[1] != 1:  # noqa: PLR2004 group, mode, attributes, reserved
            return bytes([FIELD])
        measured = max(0, min(round(self.watts()), HIGHEST))
        watts = measured if self.always is None else self.always
        numbers = (watts, watts, watts, watts, int(time.time()), 1000)
        state = 0 if self.inactive else 0x40
        return bytes([OK, DCMI]) + struct.pack("<HHHHIIB", *numbers, state)

    def _reading(self, number: int) -> bytes:
        for sensor in self.sensors:
            if sensor.number == number:
                return sensor.reading()
        return bytes([ABSENT])

    def _storage(self, command: int, data: bytes) -> bytes:
        match command:
            case 0x20:
                count, stamp = len(self.sensors), self.changed
                return bytes([OK, 0x51]) + struct.pack("<HHIIB", count, 0xFFFF, stamp, 1, 2)
            case 0x22:
                self._reservation = self._reservation % 0xFFFF + 1
                return bytes([OK]) + struct.pack("<H", self._reservation)
            case 0x23 if len(data) == 6:  # noqa: PLR2004 reservation, record, offset, count
                return self._record(*struct.unpack("<HHBB", data))
        return bytes([UNKNOWN])

    def _record(self, reservation: int, number: int, offset: int, count: int) -> bytes:
        if self.lost and offset:
            self.lost -= 1
            self._reservation += 1
        if offset and reservation != self._reservation:
            return bytes([LOST])
        place = max(number, 1) - 1
        if place >= len(self.sensors):
            return bytes([ABSENT])
        if count > self.largest:
            return bytes([TOO_MANY])
        following = place + 2 if place + 1 < len(self.sensors) else 0xFFFF
        record = self.sensors[place].record(place + 1)
        return bytes([OK]) + struct.pack("<H", following) + record[offset : offset + count]
