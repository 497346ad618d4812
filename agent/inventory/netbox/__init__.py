"""NetBox: its devices, power ports, outlets, feeds and panels as devices of the settings.

API or file ──▶ answers ──▶ Stock ──▶ kinds, names, power paths ──▶ Import ──▶ text
"""

from agent.inventory.netbox.access import Access
from agent.inventory.netbox.api import ask_all
from agent.inventory.netbox.choices import Choices
from agent.inventory.netbox.file import read_dump
from agent.inventory.netbox.importing import Import, import_of
from agent.inventory.netbox.kinds import BMC_TYPES, TYPES, Kind
from agent.inventory.netbox.notes import Unmapped
from agent.inventory.netbox.stock import stock_of
from agent.inventory.netbox.text import MARK, settings_text

__all__ = [
    "Access",
    "BMC_TYPES",
    "Choices",
    "Import",
    "Kind",
    "MARK",
    "TYPES",
    "Unmapped",
    "ask_all",
    "import_of",
    "read_dump",
    "settings_text",
    "stock_of",
]
