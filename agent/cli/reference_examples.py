"""An example of each key of the settings that is carbond's own, for the configuration reference.

Those of one type of device, grid or exporter are the samples in its folder.
"""

from collections.abc import Mapping

EXAMPLES: Mapping[str, str] = {
    "sites": """\
sites:
  - name: fra1
    timezone: Europe/Berlin
    grid: germany
    fallback: [estimate, {forecast: 12h}, last-year]
    pue: {declared: 1.4}
    least_coverage: 95 %
    carbon_budget: {day: 2 t, month: 60 t}
""",
    "devices": """\
devices:
  - {name: main, type: snmp, role: utility, address: 192.0.2.5, community: {file: secrets/snmp}}
  - name: rack-07-a
    type: snmp
    role: rack
    upstream: main
    rack: "07"
    feed: A
    every: 30s
    accuracy: 1 %
    rating: {power: 7.4 kW, current: 32 A}
    address: 192.0.2.7
    community: {file: secrets/snmp}
""",
    "defaults": """\
defaults:
  snmp: {community: {file: secrets/snmp}, every: 30s}
devices:
  - {from: pdus.csv, type: snmp, role: rack}
""",
    "grids": """\
grids:
  - name: germany
    type: electricitymaps
    zone: DE
    kinds: [direct, lifecycle]
    key: {file: secrets/electricitymaps}
""",
    "exporters": """\
exporters:
  - {name: page, type: prometheus}
  - {name: influx, type: influxdb, url: "http://192.0.2.9:8086", org: ops, bucket: energy,
     token: {file: secrets/influx}}
""",
    "ledger": """\
ledger:
  path: /var/lib/carbond/ledger.db
  keep: {minutes: 400d, hourly: [outlet], cap: 50GB}
""",
    "http": """\
http:
  host: 0.0.0.0
  names: [carbond.example]
  tls: {certificate: tls/certificate.pem, key: tls/key.pem}
  tokens:
    - {name: grafana, sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08}
""",
    "alerts": """\
alerts:
  thresholds: {carbon_rate_kg_per_hour: 400, load_warning: 70 %}
  hold: {CarbondDeviceSilent: 20m}
  to:
    webhook: {url: "http://127.0.0.1:9099/alerts", token: {file: secrets/webhook-token}}
""",
    "log": """\
log: {level: warning, form: json}
""",
}
