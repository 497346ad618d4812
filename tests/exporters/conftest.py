"""Real servers, each started once for a module."""

from collections.abc import Iterator

import pytest

from tests.servers import running

INFLUXD = """
reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
dir = "{folder}/meta"
logging-enabled = false
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
query-log-enabled = false
[http]
bind-address = "127.0.0.1:{port}"
log-enabled = false
[monitor]
store-enabled = false
"""


@pytest.fixture(scope="module")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Debian's InfluxDB 1.6: a real and strict parser of lines."""
    folder = tmp_path_factory.mktemp("influxd")

    def command(port: int) -> list[str]:
        (folder / "influxd.conf").write_text(INFLUXD.format(folder=folder, port=port))
        return ["influxd", "-config", str(folder / "influxd.conf")]

    with running(command, "/ping", folder) as url:
        yield url


@pytest.fixture(scope="module")
def victoria(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Debian's VictoriaMetrics, which has the write path of version 2."""
    folder = tmp_path_factory.mktemp("victoria")

    def command(port: int) -> list[str]:
        return [
            "victoria-metrics",
            f"-httpListenAddr=127.0.0.1:{port}",
            f"-storageDataPath={folder / 'data'}",
            "-retentionPeriod=12",
            "-loggerLevel=WARN",
        ]

    with running(command, "/health", folder) as url:
        yield url
