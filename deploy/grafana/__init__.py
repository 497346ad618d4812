"""Grafana dashboards made from code. See README.md."""
