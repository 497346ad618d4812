"""One page of metrics, in the text format of Prometheus or in OpenMetrics."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from prometheus_client import Metric
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as openmetrics_families,
)
from prometheus_client.parser import text_string_to_metric_families as text_families
from prometheus_client.samples import Sample

MOST_SAMPLES = 20_000
"""Of those that are asked for."""

TOTAL = "_total"
CREATED = "_created"


class Unfit(Exception):
    """Why a page cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What an exporter said, and when."""

    text: str
    at: datetime
    openmetrics: bool

    def samples(self, names: Collection[str]) -> Mapping[str, list[Sample]]:
        """Return the samples of these metrics by the names that were asked for.

        A counter may stand there with `_total` behind its name, as OpenMetrics wants it. Only these
        lines are parsed: a page may have a hundred thousand others. Raises Unfit for too many, and
        for a line that is none.
        """
        wanted = "|".join(re.escape(name) for name in sorted(names))
        lines = re.finditer(rf"(?m)^(?:{wanted})(?:{TOTAL})?[ \t{{].*$", self.text)
        found: dict[str, list[Sample]] = {name: [] for name in names}
        few = list(islice((one[0] for one in lines), MOST_SAMPLES + 1))
        if len(few) > MOST_SAMPLES:
            raise Unfit(f"more than {MOST_SAMPLES} samples: narrow the page, or the metrics")
        for sample in self._parsed(few):
            name = sample.name if sample.name in found else sample.name.removesuffix(TOTAL)
            found[name].append(sample)
        return found

    def _parsed(self, lines: Iterable[str]) -> Iterator[Sample]:
        for line in lines:
            try:
                yield from _sample(line, self.openmetrics)
            except (ValueError, IndexError, KeyError) as error:
                raise Unfit(f"this line is no sample: {line[:100]!r}") from error


def _sample(line: str, openmetrics: bool) -> Iterator[Sample]:  # noqa: FBT001 the page's format
    parse: Callable[[str], Iterable[Metric]] = text_families
    text = f"{line}\n"
    if openmetrics:
        name = re.split(r"[ \t{]", line, maxsplit=1)[0]
        counter = f"# TYPE {name.removesuffix(TOTAL)} counter\n" if name.endswith(TOTAL) else ""
        parse, text = openmetrics_families, f"{counter}{text}# EOF\n"
    for family in parse(text):
        yield from family.samples
