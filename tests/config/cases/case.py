"""A fault in the settings, and the words for it."""

from dataclasses import dataclass, field

from tests.config.kinds import ONE_SITE

SNMP = (
    "name, type, site, role, upstream, rack, room, feed, tenant, tags, every, limit_watts, "
    "accuracy, rating, host, port, version, community, user, outlets, timeout, mib"
)
SNMP_DEFAULTS = SNMP.removeprefix("name, type, ")
TOP = "sites, devices, grids, exporters, defaults, ledger, http, log, alerts"
WAYS = "write `{file: PATH}`, `{env: NAME}` or `{credential: NAME}` (systemd LoadCredential=)"
LIST = "devices:\n  - {from: pdus.csv, type: snmp}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What was written, and the message that must come; `carbond.yaml` begins with one site."""

    name: str
    text: str = ""
    says: str
    files: dict[str, str | bytes] = field(default_factory=dict)
    sites: str = ONE_SITE


def device(text: str) -> str:
    return "devices:\n  - {name: a, type: snmp, host: h, " + text + "}\n"
