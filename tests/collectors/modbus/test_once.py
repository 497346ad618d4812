"""From a settings file to what people see."""

import json
from pathlib import Path

from tests.collectors.modbus.servers import HOST, device, serving
from tests.collectors.modbus.test_profiles import sdm630
from tests.collectors.modbus.test_sunspec import at_base, common, inverter
from tests.daemon.processes import carbond_says

SETTINGS = """\
sites:
  - name: berlin
ledger: {{path: ledger.db}}
devices:
  - {{name: feed-a, type: modbus, role: feed, {at}, unit: 7, profile: eastron-sdm630}}
  - {{name: pv-1, type: modbus, role: onsite, {at}, unit: 2}}
  - name: own
    type: modbus
    {at_lines}
    unit: 7
    registers:
      function: input
      limit_watts: 1000
      blocks: [[0, 0x40]]
      meters:
        - scope: total
          power: {{register: 0x34, type: float32, unit: W}}
  - {{name: gone, type: modbus, {at}, unit: 2, profile: janitza-umg}}
"""


async def test_carbond_once_reads_every_device_of_a_gateway(tmp_path: Path) -> None:
    file = tmp_path / "carbond.yaml"
    inverters = at_base(common(), inverter())
    async with serving(device(7, input_=sdm630()), device(2, holding=inverters)) as server:
        at = f"address: {HOST}, port: {server.port}"
        file.write_text(SETTINGS.format(at=at, at_lines=at.replace(", ", "\n    ")))
        code, out, _ = await carbond_says("once", "-c", str(file), "--json")
        assert server.connections == 1
    assert code == 1
    said = {one["name"]: one for one in json.loads(out)}
    seen = {name: one["seen"][0] for name, one in said.items() if one["seen"]}
    assert {name: one["power_watts"] for name, one in seen.items()} == {
        "feed-a": -1500.5,
        "pv-1": 4210,
        "own": -1500.5,
    }
    assert "it does not have holding registers 19026 to" in said["gone"]["error"]


async def test_carbond_check_names_the_line_of_a_bad_map(tmp_path: Path) -> None:
    file = tmp_path / "carbond.yaml"
    at = f"address: {HOST}"
    text = SETTINGS.format(at=at, at_lines=at).replace("0x34, type", "0x34, typ")
    file.write_text(text)
    code, _, errors = await carbond_says("check", "-c", str(file))
    assert code == 2
    assert f'{file}:17: devices[2] "own": "registers.meters[0].power": ' in errors
    assert 'unknown key "typ"; did you mean "type"?' in errors
