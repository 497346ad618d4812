"""Plug-ins' classes as small as they can be, for every kind of option that the real ones have."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from agent.model import Kind
from config import (
    DeviceSettings,
    Duration,
    ExporterSettings,
    GridSettings,
    Kinds,
    Secret,
    Settings,
    Strict,
    load,
)


class User(Strict):
    name: str
    """Name of the user."""

    password: Secret | None = None
    hash: Literal["md5", "sha1", "sha256"] = "sha1"


class SnmpSettings(DeviceSettings):
    type: Literal["snmp"]
    host: str
    """Address of the device."""

    port: int = Field(default=161, ge=1, le=65535)
    version: Literal["1", "2c", "3"] = "2c"
    community: Secret | None = None
    user: User | None = None
    outlets: tuple[int, ...] = ()
    timeout: Duration | None = None
    mib: Path | None = None


class IpmiSettings(DeviceSettings):
    type: Literal["ipmi"]
    host: str
    password: Secret | None = None
    suite: Literal[3, 17] = 17
    lan_plus: bool = True


class FileSettings(GridSettings):
    type: Literal["file"]
    path: Path
    zone: str = "DE"
    kinds: tuple[Kind, ...] = (Kind.DIRECT,)


class InfluxSettings(ExporterSettings):
    type: Literal["influxdb"]
    url: str = "http://127.0.0.1:8086"
    token: Secret | None = None
    retry: bool | int = True


class PrometheusSettings(ExporterSettings):
    type: Literal["prometheus"]


KINDS = Kinds(
    devices={"snmp": SnmpSettings, "ipmi": IpmiSettings},
    grids={"file": FileSettings},
    exporters={"influxdb": InfluxSettings, "prometheus": PrometheusSettings},
)

ONE_SITE = "sites: [{name: home}]\n"


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    """Write files into a folder and return the path of the settings file."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder / "carbond.yaml"


def load_text(folder: Path, text: str, **others: str) -> Settings:
    """Load one settings file, with other files beside it by their names."""
    return load(write(folder, {"carbond.yaml": text, **others}), KINDS)
