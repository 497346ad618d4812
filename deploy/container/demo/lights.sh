#!/bin/sh
# The lighting of the simulated data centre, as a plug with Tasmota publishes it: a power that does
# not change, and the energy since the year began.
set -eu

WATTS=3200
SINCE=1767225600  # 2026-01-01 00:00 UTC
EVERY="${EVERY:-10}"

while :; do
    now=$(date +%s)
    watt_hours=$(( (now - SINCE) * WATTS / 3600 ))
    total=$(printf '%d.%03d' $(( watt_hours / 1000 )) $(( watt_hours % 1000 )))
    at=$(date -u +%Y-%m-%dT%H:%M:%S)
    # A broker that is away is asked again.
    mosquitto_pub -h "${BROKER:?the name of the broker}" -p "${PORT:-1883}" \
        -t tele/lighting/SENSOR \
        -m "{\"Time\":\"$at\",\"ENERGY\":{\"Total\":$total,\"Power\":$WATTS}}" || true
    sleep "$EVERY"
done
