"""What an import makes of a small NetBox, by the names of its devices."""

from collections.abc import Mapping

from agent.inventory.netbox import Choices, Import, Kind, import_of, stock_of
from agent.model import Role
from tests.inventory.boxes import Box, Json

METER = {"power-meter": Kind(Role.UTILITY, "modbus")}


def imported(box: Box, **choices: object) -> Import:
    return import_of(stock_of(box.answers()), Choices(**choices))  # type: ignore[arg-type] # options


def devices(box: Box, **choices: object) -> Mapping[str, Mapping[str, object]]:
    return {str(one["name"]): one for one in imported(box, **choices).taken}


def found(box: Box, path: str, name: str) -> Json:
    return next(one for one in box.lists[path] if one["name"] == name)


def rack(box: Box) -> tuple[Json, Json]:
    """A site with one PDU."""
    site = box.site("ams-1", "Amsterdam 1")
    pdu = box.device(site, "pdu", "pdu-1", primary_ip="192.0.2.1/24")
    return site, pdu
