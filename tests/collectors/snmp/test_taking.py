"""What is recorded of a device says what the device said."""

from pathlib import Path

import pytest

from agent.errors import Unavailable
from collectors.snmp.probing.entry import entry_of
from collectors.snmp.probing.probe import probe_device, probe_walk
from collectors.snmp.recording.taking import Bounds, Recording, record
from config import Secret
from config.profiles import profiles
from tests.collectors.snmp.conftest import Recorded, Start, settings, walk

AMPLE = Bounds(objects=20_000, seconds=600)


class Turns:
    """Counts the packets."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self) -> None:
        self.count += 1


async def taken(port: int, bounds: Bounds = AMPLE, **options: object) -> Recording:
    recording = Recording()
    await record(
        settings(port, **options),
        profiles(),
        recording,
        turn=Turns(),
        bounds=bounds,
        seen=lambda: None,
    )
    return recording


@pytest.mark.parametrize("version", ["v1", "v2c"])
@pytest.mark.parametrize(
    "name", ["apc_ap8959eu3", "raritan-pdu_px2", "eaton-mgeups_9pxle", "schleifenbauer_dpm27e"]
)
async def test_a_recording_is_read_as_the_device_is(
    name: str, version: str, start: Start, tmp_path: Path
) -> None:
    rows = walk(f"{name}.snmprec")
    port = await start(Recorded(rows))
    recording = await taken(port, version=version)
    # A Counter64 cannot be told in v1, but this agent does.
    assert not recording.problems
    assert len(recording.objects) == len(rows)
    file = tmp_path / "again.snmprec"
    lines = recording.written(settings(port), profiles().values()).lines
    file.write_text("".join(f"{line}\n" for line in lines))
    again = entry_of(await probe_walk(file))
    assert again == entry_of(await probe_device(settings(port)))
    assert again["confidence"]


async def test_the_secret_it_was_asked_with_is_removed(start: Start) -> None:
    agent = Recorded([("1.3.6.1.2.1.1.1.0", "4", "traps with sesame")])
    agent.community = b"sesame"
    port = await start(agent)
    device = settings(port, community=Secret("sesame"))
    recording = await taken(port, community=Secret("sesame"))
    written = recording.written(device, profiles().values())
    assert list(written.lines) == ["1.3.6.1.2.1.1.1.0|4|traps with <credential-1>"]


async def test_it_takes_as_much_as_it_may(start: Start) -> None:
    rows = [(f"1.3.6.1.4.1.99999.1.{number}", "2", str(number)) for number in range(300)]
    port = await start(Recorded([("1.3.6.1.2.1.1.1.0", "4", "a device"), *rows]))
    recording = await taken(port, Bounds(objects=100, seconds=600))
    assert len(recording.objects) == 100
    assert recording.problems == ["it has more than 100 objects (--most)"]
    recording = await taken(port, Bounds(objects=20_000, seconds=0))
    assert recording.problems == ["it took longer than 0 s (--longest)"]
    assert len(recording.objects) == 1


async def test_the_system_group_is_asked_for_before_anything_is_walked(start: Start) -> None:
    agent = Recorded([])
    agent.community = b"another"
    port = await start(agent)
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1: no answer within 0\.02 s"):
        await taken(port, timeout="10ms")
    assert not agent.requests
