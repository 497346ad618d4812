#!/bin/sh
# Run by InfluxDB's image when it is set up, after it has made the bucket: a mapping for InfluxQL,
# and two tokens that may no more than they must.
set -eu

ROOT="${ROOT:-/secrets}"
BUCKET="$DOCKER_INFLUXDB_INIT_BUCKET_ID"
ORG="$DOCKER_INFLUXDB_INIT_ORG"

token() {
    influx auth create --org "$ORG" "$1" "$BUCKET" --description "$2" --json |
        sed -n 's/^.*"token": *"\([^"]*\)".*$/\1/p'
}

keep() {
    [ -n "$2" ] || { echo "setup.sh: influx auth create has printed no token for $1" >&2; exit 1; }
    # One of an earlier set-up can be replaced, but not written to.
    printf '%s' "$2" >"$1.new"
    chmod 0444 "$1.new"
    mv -f "$1.new" "$1"
}

# Where InfluxQL looks for a database it finds the bucket.
influx v1 dbrp create --org "$ORG" --db "$DOCKER_INFLUXDB_INIT_BUCKET" --rp autogen --default \
    --bucket-id "$BUCKET" ||
    echo "setup.sh: no mapping was made: InfluxQL finds the bucket by its own name only" >&2
keep "$ROOT/agent/influxdb-token" "$(token --write-bucket carbond)"
keep "$ROOT/grafana/influxdb-token" "$(token --read-bucket grafana)"
