"""The whole process, on the loop that it runs on: a certificate is renewed, and it ends in time."""

import asyncio
import re
import signal
import ssl
from pathlib import Path

from tests.console.serving import certified
from tests.daemon.processes import Process, carbond
from tests.waiting import until

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def port_of(process: Process) -> int:
    found = re.search(r"serving https://127\.0\.0\.1:(\d+)", process.said)
    assert found
    return int(found[1])


async def test_a_certificate_is_renewed_by_a_reload_and_nobody_keeps_it_from_ending(
    tmp_path: Path,
) -> None:
    tls = certified(tmp_path)
    settings = tmp_path / "carbond.yaml"
    settings.write_text(
        "sites: [{name: home}]\nledger: {path: ledger.db}\n"
        f"http: {{port: 0, tls: {{certificate: {tls.certificate}, key: {tls.key}}}}}\n"
    )
    async with carbond("run", "-c", str(settings)) as process:
        await process.says("ready:")
        port = port_of(process)

        async def trusted(path: Path) -> bool:
            trust = ssl.create_default_context(cafile=str(path))
            try:
                reader, writer = await asyncio.open_connection("localhost", port, ssl=trust)
            except ssl.SSLError:
                return False
            writer.write(REQUEST)
            said = await reader.readline()
            writer.transport.abort()
            return said == b"HTTP/1.1 200 OK\r\n"

        assert await trusted(tls.certificate)
        certified(tmp_path, "renewed")
        assert not await trusted(tls.certificate)
        process.send(signal.SIGHUP)
        await until(lambda: process.said.count("ready:") == 2)
        assert await trusted(tls.certificate)
        # One is agreeing on TLS, one says nothing, one speaks no TLS.
        quiet = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        quiet[1][1].write(b"\x16\x03\x01")
        quiet[2][1].write(REQUEST)
        assert await process.end() == 0
        for _, writer in quiet:
            writer.transport.abort()
    assert "Traceback" not in process.said
