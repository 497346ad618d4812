"""A Tasmota plug: where it publishes, and what."""

SENSOR = "tele/plug-1/SENSOR"


def energy(total: float, power: float = 5) -> dict[str, object]:
    return {"ENERGY": {"Total": total, "Power": power}}
