"""Real servers, each started once for a module."""

from collections.abc import Iterator

import pytest

from tests.servers import influxd_in, running


@pytest.fixture(scope="module")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Debian's InfluxDB 1.6: a real and strict parser of lines."""
    folder = tmp_path_factory.mktemp("influxd")

    with running(influxd_in(folder), "/ping", folder) as url:
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
