"""One poll of a layout: its resources, and the report that may replace some of them."""

from collections.abc import Mapping
from typing import NamedTuple

from collectors.redfish.documents import Document
from collectors.redfish.failures import Failure, Malformed, Missing, Silent, Status
from collectors.redfish.layout import Layout
from collectors.redfish.reader import Reader
from collectors.redfish.reports import documents_of, mark_of

MOST_STALE = 2
"""Polls in a row that found a report unchanged, after which it is not asked for."""


class Polled(NamedTuple):
    """What came in a poll, and why the rest did not."""

    documents: Mapping[str, Document]
    failed: Failure | None = None
    moved: bool = False
    """Whether something is no longer where it was."""


class Polling:
    """Asks for what stands in a layout, and remembers what is not worth asking for first."""

    def __init__(self) -> None:
        self._mark = ""
        self._stale = 0
        self._silent: set[str] = set()

    def begin(self, layout: Layout, documents: Mapping[str, Document]) -> None:
        """Take up a layout that has just been learnt from these resources."""
        self._stale = 0
        report = layout.report and documents.get(layout.report.path)
        if report:
            self._mark = mark_of(report)

    async def poll(self, reader: Reader, layout: Layout) -> Polled:
        """Return the resources that came. Raises Failure for what stands in the way of all."""
        reported, saved = await self._reported(reader, layout)
        asked = [one for one in layout.requests if one not in saved]
        silent, self._silent = self._silent, set()
        failed: Failure | None = None
        moved = False
        # The first that does not answer ends the poll: not always the same one.
        for request in sorted(asked, key=silent.__contains__):
            try:
                await reader.get(request)
            except (Malformed, Status) as failure:
                failed = failure
                moved = moved or isinstance(failure, Missing)
            except Silent as failure:
                failed = failure
                self._silent = silent | {request}
                break
        return Polled({**reported, **reader.documents}, failed, moved)

    async def _reported(
        self, reader: Reader, layout: Layout
    ) -> tuple[Mapping[str, Document], set[str]]:
        """Return what a report has, and the requests that it saves: none if it is an old one."""
        report = layout.report
        if report is None or layout.requests[0] in reader.documents or self._stale > MOST_STALE:
            return {}, set()
        try:
            document = await reader.get(report.path)
        except (Malformed, Status):
            self._stale = MOST_STALE + 1
            return {}, set()
        mark, self._mark = self._mark, mark_of(document)
        if self._mark == mark:
            self._stale += 1
            return {}, set()
        self._stale = 0
        return documents_of(report, document)
