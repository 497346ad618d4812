"""The commands that a simulated BMC answers: session, chassis, DCMI, sensors and their records."""

import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from agent.demo.bmc_sensors import BMC, Record
from agent.demo.bmc_session import USER, Login

APP, STORAGE, GROUP = 0x06, 0x0A, 0x2C
CHASSIS_STATUS, SENSOR_FACTORS, SENSOR_READING = 0x01, 0x23, 0x2D
OK, BUSY, UNKNOWN, LOST, TOO_MANY = 0x00, 0xC0, 0xC1, 0xC5, 0xCA
ABSENT, FIELD, PRIVILEGE, LEVEL = 0xCB, 0xCC, 0xD4, 0x81
UNSPECIFIED = 0xFF
DCMI = 0xDC
TEMPERATURE_OF_INLET = b"\x01\x40"
HIGHEST = 65534
CLOSE_SESSION = 0x3C
POWER_READING = 0x02
DEVICE_ID = bytes.fromhex("00 20 01"), bytes.fromhex("02 9f 57 01 00 01 00 00 00 00 00")
CAPABILITIES = bytes.fromhex("00 dc 01 05 02 00 01 07 00")


@dataclass(slots=True, kw_only=True)
class Commands:
    """Answers commands. The attributes may be changed while it runs."""

    watts: Callable[[], float]
    sensors: list[Record]
    on: bool = True
    """Whether the machine is switched on."""

    dcmi_code: int = 0
    """Completion code of each power reading; 0 answers it, C1h is a BMC without DCMI."""

    busy: int = 0
    """How many of the next power readings are answered by `busy`."""

    always: int | None = None
    """Watts that DCMI says whatever the power is: 0 and 65535 have been seen."""

    hesitates: int = 0
    """How many power readings of each session are refused before one is answered."""

    inlet: int | None = 22
    """Degrees Celsius that DCMI says of the air inlet; None is a BMC without such a sensor."""

    inactive: bool = False
    """Whether DCMI says that it does not measure."""

    level: int = USER
    """The privilege without which power and sensors are refused."""

    records_level: int = USER
    """The privilege without which records are refused."""

    largest: int = 32
    """The most bytes of a record that are given at once."""

    lost: int = 0
    """How many of the next reads of records find their reservation lost."""

    records_busy: int = 0
    """How many of the next reads of records are answered by `busy`."""

    changed: int = 1
    """Time of the last addition to the records."""

    reserves: bool = True
    """Whether it knows reservations."""

    too_many: int = TOO_MANY
    """Completion code for more bytes than `largest`."""

    firmware: tuple[int, int] = (2, 0x10)
    """Major and minor version, the minor one in decimal digits."""

    highest: int = 4
    """The highest privilege that the user may rise to."""

    _reservation: int = field(default=0, init=False)

    def answer(self, login: Login, netfn: int, command: int, data: bytes, *, lun: int = 0) -> bytes:
        """Return the completion code and the data."""
        match netfn:
            case 0x06:
                return self._app(login, command, data)
            case 0x00 if command == CHASSIS_STATUS:
                return bytes([OK, int(self.on), 0, 0])
        if login.level < max(self.level, self.records_level if netfn == STORAGE else USER):
            return bytes([PRIVILEGE])
        return self._measured(login, netfn, command, data, lun)

    def _measured(self, login: Login, netfn: int, command: int, data: bytes, lun: int) -> bytes:
        match netfn:
            case 0x2C if data[:1] == bytes([DCMI]):
                return self._dcmi(login, command, data)
            case 0x04 if data:
                return self._of_sensor(command, data, lun)
            case 0x0A:
                return self._storage(command, data)
        return bytes([UNKNOWN])

    def _app(self, login: Login, command: int, data: bytes) -> bytes:
        match command:
            case 0x01:
                return DEVICE_ID[0] + bytes(self.firmware) + DEVICE_ID[1]
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

    def _dcmi(self, login: Login, command: int, data: bytes) -> bytes:
        if self.dcmi_code == UNKNOWN:
            return bytes([UNKNOWN])
        match command:
            case 0x01:
                return CAPABILITIES
            case 0x02:
                return self._power(login, data)
            case 0x03:
                # No limit is active: 80h is the usual answer and no failure.
                return bytes([0x80])
            case 0x10 if len(data) == 5:  # noqa: PLR2004 group, type, entity, instance, first
                return self._temperature(data)
        return bytes([UNKNOWN])

    def _temperature(self, data: bytes) -> bytes:
        if data[1:3] != TEMPERATURE_OF_INLET or self.inlet is None:
            return bytes([OK, DCMI, 0, 0])
        degrees = abs(self.inlet) | (0x80 if self.inlet < 0 else 0)
        return bytes([OK, DCMI, 1, 1, degrees, 1])

    def _power(self, login: Login, data: bytes) -> bytes:
        if self.busy:
            self.busy -= 1
            return bytes([BUSY])
        login.power_readings += 1
        if login.power_readings <= self.hesitates:
            return bytes([UNSPECIFIED])
        if self.dcmi_code:
            return bytes([self.dcmi_code])
        if len(data) != 4 or data[1] != 1:  # noqa: PLR2004 group, mode, attributes, reserved
            return bytes([FIELD])
        measured = max(0, min(round(self.watts()), HIGHEST))
        watts = measured if self.always is None else self.always
        numbers = (watts, watts, watts, watts, int(time.time()), 1000)
        state = 0 if self.inactive else 0x40
        return bytes([OK, DCMI]) + struct.pack("<HHHHIIB", *numbers, state)

    def _of_sensor(self, command: int, data: bytes, lun: int) -> bytes:
        if command not in (SENSOR_FACTORS, SENSOR_READING):
            return bytes([UNKNOWN])
        for sensor in self.sensors:
            if (sensor.owner, sensor.number, sensor.lun) == (BMC, data[0], lun):
                return sensor.reading() if command == SENSOR_READING else sensor.factors(data[-1])
        return bytes([ABSENT])

    def _storage(self, command: int, data: bytes) -> bytes:
        match command:
            case 0x20:
                count, stamp = len(self.sensors), self.changed
                return bytes([OK, 0x51]) + struct.pack("<HHIIB", count, 0xFFFF, stamp, 1, 2)
            case 0x22 if self.reserves:
                self._reservation = self._reservation % 0xFFFF + 1
                return bytes([OK]) + struct.pack("<H", self._reservation)
            case 0x23 if len(data) == 6:  # noqa: PLR2004 reservation, record, offset, count
                return self._record(*struct.unpack("<HHBB", data))
        return bytes([UNKNOWN])

    def _record(self, reservation: int, number: int, offset: int, count: int) -> bytes:
        if self.records_busy:
            self.records_busy -= 1
            return bytes([BUSY])
        if self.lost and offset:
            self.lost -= 1
            self._reservation += 1
        if self.reserves and offset and reservation != self._reservation:
            return bytes([LOST])
        place = max(number, 1) - 1
        if place >= len(self.sensors):
            return bytes([ABSENT])
        if count > self.largest:
            return bytes([self.too_many])
        following = place + 2 if place + 1 < len(self.sensors) else 0xFFFF
        record = self.sensors[place].record(place + 1)
        return bytes([OK]) + struct.pack("<H", following) + record[offset : offset + count]
