"""A sample out of a page shows a part of the settings: here it gets the rest, and what it names."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

REGIONS = """\
year,cloud-provider,cloud-region,power-usage-effectiveness,grid-carbon-intensity-average-consumption-annual
2024,Google Cloud,europe-west4,1.1,300
"""
HOURS = "start,intensity\n2026-03-10T09:00Z,300\n"
DEVICES = "name,address,rack,feed\nlisted-1,192.0.2.101,7,A\n"
PATHS = re.compile(r"(?<=[\s:])/(?:etc|run|var)/[^\s,}]+")
"""Paths of other machines: here they lie in the test's folder."""


def completed(folder: Path, text: str, patch: pytest.MonkeyPatch) -> Path:
    """Write the settings and all that they name, and return their path."""
    moved = PATHS.sub(lambda found: f"{folder}{found[0]}", text)
    data = yaml.safe_load(moved)
    for key, name in _named(data):
        _make(folder, key, str(name), patch)
    (folder / "conf.d").mkdir()
    (folder / "conf.d" / "rest.yaml").write_text(yaml.safe_dump(_rest(folder, data)))
    path = folder / "carbond.yaml"
    path.write_text(moved)
    return path


def _named(value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 YAML
    """Yield what is named by each key, however deep it stands."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield (key, inner) if isinstance(inner, str) else ("", "")
            yield from _named(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from _named(inner)


def _make(folder: Path, key: str, name: str, patch: pytest.MonkeyPatch) -> None:
    """Make what a key names, if it names something that must be there."""
    match key:
        case "env":
            patch.setenv(name, "secret enough")
        case "credential":
            patch.setenv("CREDENTIALS_DIRECTORY", str(folder))
            (folder / name).write_text("secret enough")
        case "certificate":
            _write(folder / name, CERTIFICATE[0])
        case "key":
            _write(folder / name, CERTIFICATE[1])
        case "file":
            _write(folder / name, REGIONS if name.endswith(".csv") else "secret enough")
        case "from":
            _write(folder / name, DEVICES)
        case "path" if name.endswith(".csv"):
            _write(folder / name, HOURS)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _rest(folder: Path, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the sites, grids and devices that a sample takes for granted."""
    rest: dict[str, Any] = {}
    if "sites" not in data:
        rest["sites"] = [{"name": "fra1"}]
    if "grids" not in data and (grids := {*_grids_of(data.get("sites", ()))}):
        _write(folder / "hours.csv", HOURS)
        rest["grids"] = [
            {"name": name, "type": "file", "path": str(folder / "hours.csv")} for name in grids
        ]
    if lacking := {*_upstream_of(data.get("devices", ()))}:
        rest["devices"] = [
            {"name": name, "type": "host", "alone": True} if name == "self" else _pdu(folder, name)
            for name in sorted(lacking)
        ]
    return rest


def _pdu(folder: Path, name: str) -> Mapping[str, Any]:
    _write(folder / "community", "public")
    secret = {"file": str(folder / "community")}
    return {
        "name": name,
        "type": "snmp",
        "address": "192.0.2.250",
        "community": secret,
        "read": ["total", "outlet"],
    }


def _grids_of(sites: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for site in sites:
        yield from (site[key] for key in ("grid", "marginal_grid") if key in site)


def _upstream_of(devices: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the names of devices that others name and nobody has written down."""
    known = {one.get("name") for one in devices}
    for one in devices:
        named = one.get("upstream", ())
        for name in (named,) if isinstance(named, str) else named:
            if (device := name.partition("/")[0]) not in known:
                yield device


def _certificate() -> tuple[str, str]:
    """Return a certificate and its key, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "carbond.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return certificate.public_bytes(Encoding.PEM).decode(), secret.decode()


CERTIFICATE = _certificate()
