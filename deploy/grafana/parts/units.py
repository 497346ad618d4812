"""Units as Grafana names them, and what the bare units of the measures are divided by for them."""

WATTS = "watt"
WATT_HOURS = "watth"
TONNES = "masst"
KILOGRAMS_PER_HOUR = "suffix:kg/h"
GRAMS_PER_KILOWATT_HOUR = "suffix:g/kWh"
RATIO = "percentunit"
PUE = "none"
"""A PUE has no unit, and is no percentage."""

COUNT = "short"
TEXT = "string"
SECONDS = "s"
MOMENT = "dateTimeFromNow"
"""Milliseconds since 1970, shown as a distance from now."""

BYTES = "bytes"
PER_SECOND = "ops"
AMPERES = "amp"
VOLTS = "volt"
CELSIUS = "celsius"
HERTZ = "hertz"
VOLTAMPERES = "voltamp"

JOULES_PER_WATT_HOUR = 3600
GRAMS_PER_TONNE = 1_000_000
GRAMS_PER_KILOGRAM = 1000
MILLISECONDS = 1000
