#!/bin/sh
# Makes the secrets of the compose file where there are none, each in a volume that only those mount
# who need it. Nothing is printed.
set -eu

ROOT="${ROOT:-/secrets}"
# InfluxDB writes its tokens for these two when it is set up.
INFLUXDB="${INFLUXDB:-1000}"

make() {
    [ -s "$1" ] && return
    od -An -tx1 -N24 /dev/urandom | tr -d ' \n' >"$1"
    chmod 0444 "$1"
}

umask 022
make "$ROOT/influxdb/password"
make "$ROOT/influxdb/admin-token"
make "$ROOT/grafana/password"
chown "$INFLUXDB" "$ROOT/agent" "$ROOT/grafana"
