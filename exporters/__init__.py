"""One folder per place that is written. Adding one is a folder and a line in the table below.

See README.md in this folder.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from agent.clock import Clock
from agent.model import Exporter, View
from config import ExporterSettings
from exporters.influxdb import Influx
from exporters.prometheus import Prometheus


class Plugin(Protocol):
    """Makes the exporter or view of one `type:` in the settings."""

    settings: type[ExporterSettings]
    """The class of its options."""

    def __call__(self, settings: Any, clock: Clock) -> Exporter | View:  # noqa: ANN401 each takes its own class
        """Return it, from an instance of `settings`; connects to nothing."""


PLUGINS: Mapping[str, Plugin] = {
    "influxdb": Influx,
    "prometheus": Prometheus,
}
