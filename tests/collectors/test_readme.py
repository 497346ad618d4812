"""The collector that the README shows is a whole one: it is taken from the text, and works."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from aiohttp import web

import collectors
from agent.clock import Clock
from agent.errors import Unavailable
from agent.units import Joules

README = (Path(collectors.__file__).parent / "README.md").read_text()


def shown(folder: Path) -> ModuleType:
    """The first block of code in the README, as a module."""
    found = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert found
    (folder / "acme.py").write_text(found[1])
    spec = importlib.util.spec_from_file_location("acme", folder / "acme.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_the_collector_in_the_readme_reads_fails_and_reads_again(tmp_path: Path) -> None:
    acme = shown(tmp_path)
    status = 200

    async def outlets(_: web.Request) -> web.Response:
        return web.json_response({"1": 5, "2": 7}, status=status)

    app = web.Application()
    app.router.add_get("/outlets", outlets)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    plugin = acme.Acme(Clock())
    settings = acme.AcmeSettings(name="rack-1", type="acme", url=f"http://{host}:{port}/outlets")
    collector = plugin.collector(settings)
    try:
        for status in (200, 500, 200):
            if status == 500:
                with pytest.raises(Unavailable, match=r"rack-1: .*500"):
                    await collector.collect()
            else:
                readings = await collector.collect()
                assert [one.meter for one in readings] == ["rack-1/outlet/1", "rack-1/outlet/2"]
                assert [one.energy for one in readings] == [Joules(18000), Joules(25200)]
    finally:
        await collector.close()
        await plugin.close()
        await runner.cleanup()


def test_the_readme_names_every_collector() -> None:
    for name in (*collectors.DEVICES, *collectors.GRIDS):
        assert f"| [`{name}`](" in README
