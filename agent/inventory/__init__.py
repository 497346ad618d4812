"""Devices from elsewhere and to elsewhere: an inventory of NetBox, lists kept as CSV.

    NetBox ──▶ devices of the settings ◀──▶ CSV

Nothing here asks a device. What is written is text that a person reads, and `carbond check` judges.
"""

from agent.inventory.devices import Listed, devices_in_csv, devices_in_settings
from agent.inventory.lists import csv_text, yaml_text
from agent.inventory.writing import write_text

__all__ = [
    "Listed",
    "csv_text",
    "devices_in_csv",
    "devices_in_settings",
    "write_text",
    "yaml_text",
]
