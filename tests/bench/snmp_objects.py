"""The device that both sides of the SNMP bench read, in each side's own words.

Thirteen branches with power, energy and current, and the sysObjectID: 40 varbinds in one GET.
"""

import yaml

from config.profiles import Profile, profile_of

# The number that RFC 5612 keeps for examples.
ENTERPRISE = "1.3.6.1.4.1.32473"
IDENTITY = f"{ENTERPRISE}.1"
COLUMN = f"{ENTERPRISE}.2.1"
SYS_OBJECT_ID = "1.3.6.1.2.1.1.2.0"
BRANCHES = range(1, 14)
POWER, ENERGY, CURRENT = COLUMNS = (1, 2, 3)
MODULE = "bench"

NUMBERS = {
    f"{COLUMN}.{column}.{branch}": first + branch
    for column, first in ((POWER, 1_500), (ENERGY, 90_000_000), (CURRENT, 60))
    for branch in BRANCHES
}
"""Of each branch: watts, watt-hours, tenths of amperes."""

OIDS = (SYS_OBJECT_ID, *NUMBERS)

PROFILE = f"""
name: {MODULE}
title: A device of the bench
match: {{object_ids: [{IDENTITY}]}}
limit_watts: 25000
meters:
  - scope: branch
    power: {{oid: "{COLUMN}.{POWER}.{{number}}"}}
    energy: {{oid: "{COLUMN}.{ENERGY}.{{number}}", unit: Wh, bits: 32}}
    conditions:
      current_amperes: {{oid: "{COLUMN}.{CURRENT}.{{number}}", scale: 0.1}}
"""


def profile() -> Profile:
    """Return what carbond reads the device by."""
    return profile_of(PROFILE, "the profile of the bench")


def exporter_yaml() -> str:
    """Return what snmp_exporter up to 0.22 reads it by: the same OIDs in one GET."""
    names = {POWER: "branchPower", ENERGY: "branchEnergy", CURRENT: "branchCurrent"}
    module = {
        "get": list(OIDS),
        "metrics": [
            {
                "name": name,
                "oid": f"{COLUMN}.{column}",
                "type": "counter" if column == ENERGY else "gauge",
                "help": name,
                "indexes": [{"labelname": "branch", "type": "gauge"}],
            }
            for column, name in names.items()
        ],
        "version": 2,
        "max_repetitions": len(OIDS),
        "retries": 1,
        "timeout": "5s",
        "auth": {"community": "public"},
    }
    return yaml.safe_dump({MODULE: module})
