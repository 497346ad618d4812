"""Where the simulated devices and grids answer, and what opens them: one line of JSON."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Self

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What opens the SNMP agents: a community, and a user of SHA-256 and AES-128."""

    community: str = field(repr=False)
    user: str
    auth_password: str = field(repr=False)
    priv_password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What opens the BMCs or an HTTP interface; a key has no user."""

    user: str = ""
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SnmpAgent:
    """An SNMP agent on the loopback; the version is `v2c` or `v3`."""

    name: str
    port: int
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GridServer:
    """An HTTP interface of a grid, and the zone or region it knows."""

    url: str
    area: str
    login: Login


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """All of a running simulation: what its own process says in one line once it answers."""

    start: datetime
    origin: float
    """The moment of `start` on the machine's monotonic clock."""

    speed: float
    seed: int
    access: Access
    agents: tuple[SnmpAgent, ...]
    bmc_login: Login
    bmcs: dict[str, int]
    """Ports by the name of the server."""

    electricitymaps: GridServer
    watttime: GridServer

    def line(self) -> str:
        """Return it as one line of JSON, secrets included: for a pipe, never for a log."""
        return json.dumps(asdict(self) | {"start": self.start.isoformat()})

    @classmethod
    def of(cls, line: str | bytes) -> Self:
        """Return what `line` made; ValueError, KeyError or TypeError if it is none."""
        said = json.loads(line)
        return cls(
            start=datetime.fromisoformat(said["start"]),
            origin=said["origin"],
            speed=said["speed"],
            seed=said["seed"],
            access=Access(**said["access"]),
            agents=tuple(SnmpAgent(**agent) for agent in said["agents"]),
            bmc_login=Login(**said["bmc_login"]),
            bmcs=said["bmcs"],
            electricitymaps=_grid(said["electricitymaps"]),
            watttime=_grid(said["watttime"]),
        )


def _grid(said: dict[str, object]) -> GridServer:
    login = said["login"]
    if not isinstance(login, dict):
        raise TypeError("a grid without a login")
    return GridServer(url=str(said["url"]), area=str(said["area"]), login=Login(**login))
