"""Metric reports: one request that brings what several resources have (TelemetryService)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from collectors.redfish.documents import Document, Point, number_of, path_of, value_at
from collectors.redfish.failures import Unsuited
from collectors.redfish.layout import READING, Layout, Plan, Report
from collectors.redfish.reader import Reader

MOST_REPORTS = 32
"""Reports that are looked into; makers have some thirty of them."""

NUMBERS = frozenset({READING, "LifetimeReading", "PowerConsumedWatts", "PowerInputWatts"})

FEWEST = 3
"""Requests of a poll from which on a report is looked for."""


async def with_report(layout: Layout, reader: Reader) -> Layout:
    """Return the layout with the report that saves the most requests, if one saves any.

    Raises Failure.
    """
    if len(layout.requests) < FEWEST:
        return layout
    refusals = len(reader.refusals)
    needed = _needed(layout, reader)
    try:
        reports = await _reports(reader)
    except Unsuited:
        return layout
    finally:
        # A meter loses nothing where there is no report.
        del reader.refusals[refusals:]
    found = [_report(path, one, needed, reader) for path, one in reports]
    best = max(found, key=lambda report: len(report.covers), default=None)
    if best is None or len(best.covers) < 2:  # noqa: PLR2004 it costs a request itself
        return layout
    return replace(layout, report=best)


async def _reports(reader: Reader) -> list[tuple[str, Document]]:
    service = await reader.follow(await reader.root(), "TelemetryService")
    if service is None:
        return []
    return await reader.members(service[1], "MetricReports", most=MOST_REPORTS)


def _needed(layout: Layout, reader: Reader) -> Mapping[str, list[Point]]:
    """Return what each request must bring: a report has the measured, and may lack conditions."""
    needed: dict[str, list[Point]] = {request: [] for request in layout.requests}
    for plan in layout.plans:
        for point in _all_of(plan):
            (request,) = reader.brought_by([point.path])
            needed.setdefault(request, []).append(point)
    return needed


def _all_of(plan: Plan) -> Iterable[Point]:
    return plan.measured if plan.state is None else (*plan.measured, plan.state)


def _report(
    path: str, document: Document, needed: Mapping[str, list[Point]], reader: Reader
) -> Report:
    said = values_of(document) if mark_of(document) else {}
    keys: dict[Point, str] = {}
    covers: dict[str, tuple[Point, ...]] = {}
    for request, points in needed.items():
        found = {point: key for point in points if (key := _key(point, said, reader))}
        if points and len(found) == len(set(points)):
            covers[request] = tuple(found)
            keys |= found
    return Report(path=path, covers=covers, keys=keys)


def _key(point: Point, said: Mapping[str, object], reader: Reader) -> str | None:
    """Return what the report calls a property: by its own URI, or by that of its sensor."""
    if point.key in said:
        return point.key
    if point.pointer[-1] != READING:
        return None
    excerpt = value_at(reader.documents.get(point.path), point.pointer[:-1])
    uri = path_of(value_at(excerpt, ("DataSourceUri",)), reader.origin)
    key = None if uri is None else Point(uri, (READING,)).key
    return key if key in said else None


def values_of(document: Document) -> Mapping[str, object]:
    """Return the last value of each property in a report, by its URI; nulls are left out."""
    found: dict[str, tuple[str, object]] = {}
    values = document.get("MetricValues")
    for one in values if isinstance(values, list) else ():
        uri, value = value_at(one, ("MetricProperty",)), value_at(one, ("MetricValue",))
        if not isinstance(uri, str) or value is None:
            continue
        path, _, pointer = uri.partition("#")
        key = f"{path}#/{pointer.lstrip('/')}"
        at = str(value_at(one, ("Timestamp",)) or "")
        if key not in found or at >= found[key][0]:
            found[key] = at, value
    return {key: value for key, (_, value) in found.items()}


def mark_of(document: Document) -> str:
    """Return what differs from one issue of a report to the next; nothing if nothing does."""
    parts = [document.get(name) for name in ("ReportSequence", "Timestamp")]
    return "|".join(str(part) for part in parts if part is not None)


def documents_of(report: Report, document: Document) -> tuple[Mapping[str, Document], set[str]]:
    """Return resources that have only what the report has of them, and the requests saved so.

    A request is not saved by a report that lacks a number it had when it was learnt.
    """
    said = values_of(document)
    sparse: dict[str, dict[str | int, object]] = {}
    saved = set()
    for request, points in report.covers.items():
        values = [(point, said.get(report.keys[point])) for point in points]
        if all(_is_there(point, value) for point, value in values):
            saved.add(request)
            for point, value in values:
                _put(sparse.setdefault(point.path, {}), point.pointer, value)
    return sparse, saved


def _is_there(point: Point, value: object) -> bool:
    return number_of(value) is not None if point.pointer[-1] in NUMBERS else value is not None


def _put(place: dict[str | int, object], pointer: tuple[str | int, ...], value: object) -> None:
    for step in pointer[:-1]:
        inner = place.setdefault(step, {})
        if isinstance(inner, dict):
            place = inner
    place[pointer[-1]] = value
