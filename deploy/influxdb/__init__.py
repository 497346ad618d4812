"""Sets up InfluxDB for carbond. See docs/influxdb.md."""
