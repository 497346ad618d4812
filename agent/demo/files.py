"""The demo's settings, as a person would write them for such a site: a folder of real files."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from agent.demo.addresses import LOOPBACK, Addresses, SnmpAgent
from agent.demo.site import RackPdu, Site
from agent.errors import ConfigError

SITE = "demo"
TIMEZONE = "Europe/Berlin"
SETTINGS = "carbond.yaml"
LEDGER = "ledger.db"
GRID, MARGINAL_GRID = "em", "wt"
DECLARED_PUE = 1.5
DAY_TONNES, MONTH_TONNES = 0.55, 16.0
"""Carbon budgets of the site: it is near to both of them."""

MOST_KG_PER_HOUR, MOST_G_PER_KWH = 40, 250
"""Above what its alerts fire: a fifth above the highest hour of its usual days."""

BY_PHASE = ("rack-02",)
"""Racks whose PDUs are read phase by phase: it is three times the work."""

PDU_POWER, PDU_CURRENT = "13.8 kW", "20 A"

MAIN = f"""\
# Written by `carbond demo`: the settings of a simulated data centre.
# Devices and grids are in conf.d, the lists of PDUs and BMCs in two CSV files beside this one.

sites:
  - name: {SITE}
    timezone: {TIMEZONE}
    grid: {GRID}
    marginal_grid: {MARGINAL_GRID}
    pue:
      measured: true
      declared: {DECLARED_PUE}
    carbon_budget: {{{{day: {DAY_TONNES} t, month: {MONTH_TONNES} t}}}}

ledger:
  path: {LEDGER}

http:
  host: "{{host}}"
  port: {{port}}
  {{allow}}

# A demo is short: what holds for two minutes fires.
alerts:
  thresholds:
    carbon_rate_kg_per_hour: {MOST_KG_PER_HOUR}
    grid_intensity_g_per_kwh: {MOST_G_PER_KWH}
    grid_forecast_g_per_kwh: {MOST_G_PER_KWH}
    redundancy_warning: 80 %
  hold:
    CarbondPhaseImbalance: 2m
    CarbondRedundancyBroken: 2m

exporters:
  - name: metrics
    type: prometheus
"""

DEVICES = f"""\
# From the utility down: one meter above everything, two UPSs, and two lists.

devices:
  - name: utility
    type: snmp
    role: utility
    address: {LOOPBACK}
    port: {{utility}}
    version: v2c
    community: {{{{file: ../secrets/snmp-community}}}}
    rating: {{{{power: 250 kW, current: 400 A}}}}

{{upses}}
  - from: ../pdus.csv
    type: snmp
    every: 60s
    role: rack
    address: {LOOPBACK}

  - from: ../bmcs.csv
    type: ipmi
    every: 60s
    role: device
    address: {LOOPBACK}
    user: {{user}}
    password: {{{{file: ../secrets/bmc-password}}}}
"""

UPS = f"""\
  - name: {{name}}
    type: snmp
    role: ups-output
    upstream: utility
    feed: {{feed}}
    address: {LOOPBACK}
    port: {{port}}
    version: v2c
    community: {{{{file: ../secrets/snmp-community}}}}
"""

GRIDS = f"""\
# Average intensity for location-based emissions, and marginal intensity beside it.

grids:
  - name: {GRID}
    type: electricitymaps
    kinds: [direct, lifecycle]
    every: 15m
    zone: {{zone}}
    forecast: 24h
    key: {{{{file: ../secrets/electricitymaps-key}}}}
    url: {{maps}}/v4

  - name: {MARGINAL_GRID}
    type: watttime
    kinds: [marginal]
    every: 15m
    region: {{region}}
    user: {{user}}
    password: {{{{file: ../secrets/watttime-password}}}}
    url: {{times}}
"""

PDU_COLUMNS = (
    "name",
    "rack",
    "feed",
    "upstream",
    "port",
    "version",
    "read",
    "rating.power",
    "rating.current",
    "community.file",
    "user",
    "auth.protocol",
    "auth.password.file",
    "priv.protocol",
    "priv.password.file",
)
BMC_COLUMNS = ("name", "rack", "upstream", "port")


ADDED = "added-{number}.yaml"

TO_OTHERS = "allow: [no-tokens, no-tls]  # a simulation has nothing to hide"


def write_settings(
    folder: Path,
    site: Site,
    addresses: Addresses,
    *,
    http_host: str = LOOPBACK,
    http_port: int = 0,
    added: Sequence[Path] = (),
) -> Path:
    """Write the settings of a running simulation, and return the path of the first file.

    At another host than loopback everybody may read, without tokens and TLS. `added` are files of
    settings, which are copied to `conf.d`. The folder is made if it is not there; the secrets in
    it can be read by its owner only. Raises ConfigError if it cannot be written to.
    """
    allow = "" if http_host == LOOPBACK else TO_OTHERS
    main = MAIN.format(host=http_host, port=http_port, allow=allow)
    try:
        (folder / "conf.d").mkdir(parents=True, exist_ok=True)
        (folder / SETTINGS).write_text(main)
        (folder / "conf.d" / "devices.yaml").write_text(_devices(site, addresses))
        (folder / "conf.d" / "grids.yaml").write_text(_grids(addresses))
        _add(folder / "conf.d", added)
        _write_list(folder / "pdus.csv", PDU_COLUMNS, _pdus(site, addresses))
        _write_list(folder / "bmcs.csv", BMC_COLUMNS, _bmcs(site, addresses))
        _write_secrets(folder / "secrets", addresses)
    except OSError as error:
        raise ConfigError(
            f"{folder}: cannot write the demo's settings there: {error.strerror}: "
            f"name another folder with --folder"
        ) from error
    return folder / SETTINGS


def _add(parts: Path, added: Sequence[Path]) -> None:
    """Copy these files, in place of those of an earlier demo."""
    for old in parts.glob(ADDED.format(number="*")):
        old.unlink()
    for number, path in enumerate(added, start=1):
        (parts / ADDED.format(number=number)).write_bytes(path.read_bytes())


def _devices(site: Site, addresses: Addresses) -> str:
    ports = {agent.name: agent.port for agent in addresses.agents}
    upses = "\n".join(
        UPS.format(name=ups.name, feed=ups.feed.upper(), port=ports[ups.name]) for ups in site.upses
    )
    return DEVICES.format(utility=ports["utility"], upses=upses, user=addresses.bmc_login.user)


def _grids(addresses: Addresses) -> str:
    maps, times = addresses.electricitymaps, addresses.watttime
    return GRIDS.format(
        zone=maps.area, maps=maps.url, region=times.area, user=times.login.user, times=times.url
    )


def _pdus(site: Site, addresses: Addresses) -> Iterator[Mapping[str, object]]:
    agents = {agent.name: agent for agent in addresses.agents}
    for pdu in site.pdus:
        agent = agents[pdu.name]
        yield {
            "name": pdu.name,
            "rack": pdu.rack,
            "feed": pdu.feed.upper(),
            "upstream": f"ups-{pdu.feed}",
            "port": agent.port,
            "version": agent.version,
            "read": " ".join(_read_of(pdu)),
            "rating.power": PDU_POWER,
            "rating.current": PDU_CURRENT,
            **_access(agent, addresses.access.user),
        }


def _read_of(pdu: RackPdu) -> Iterator[str]:
    yield "total"
    if pdu.rack in BY_PHASE:
        yield "phase"
    if pdu.by_outlet:
        yield "outlet"


def _access(agent: SnmpAgent, user: str) -> Mapping[str, str]:
    if agent.version != "v3":
        return {"community.file": "secrets/snmp-community"}
    return {
        "user": user,
        "auth.protocol": "sha256",
        "auth.password.file": "secrets/snmp-auth",
        "priv.protocol": "aes128",
        "priv.password.file": "secrets/snmp-priv",
    }


def _bmcs(site: Site, addresses: Addresses) -> Iterator[Mapping[str, object]]:
    for server in site.servers:
        yield {
            "name": server.name,
            "rack": server.rack,
            "upstream": server.pdu,
            "port": addresses.bmcs[server.name],
        }


def _write_list(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _write_secrets(folder: Path, addresses: Addresses) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    secrets = {
        "snmp-community": addresses.access.community,
        "snmp-auth": addresses.access.auth_password,
        "snmp-priv": addresses.access.priv_password,
        "bmc-password": addresses.bmc_login.password,
        "electricitymaps-key": addresses.electricitymaps.login.password,
        "watttime-password": addresses.watttime.login.password,
    }
    for name, secret in secrets.items():
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(f"{secret}\n")
