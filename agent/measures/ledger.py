"""What is shown of the ledger: its room, and what exporters have not delivered yet."""

from collections.abc import Callable

from agent.measures.family import Measure
from agent.model import Backlog, LedgerNow, Now


def _of_exporters(
    name: str,
    help: str,
    value_of: Callable[[Backlog, Now], float],
) -> Measure:
    return Measure(
        name=name,
        help=help,
        of=lambda now, _: (
            ({"exporter": one.exporter}, value_of(one, now)) for one in now.backlogs
        ),
    )


def _of_ledger(name: str, help: str, value_of: Callable[[LedgerNow], float | None]) -> Measure:
    return Measure(
        name=name,
        help=help,
        of=lambda now, _: [({}, value_of(now.ledger))] if now.ledger is not None else (),
    )


def _age(backlog: Backlog, now: Now) -> float:
    if backlog.oldest is None:
        return 0.0
    return max((now.at - backlog.oldest).total_seconds(), 0.0)


def _used(ledger: LedgerNow) -> float | None:
    room = min(ledger.cap, ledger.size + ledger.free)
    return ledger.size / room if room else None


LEDGER_MEASURES: tuple[Measure, ...] = (
    _of_exporters(
        "carbond_exporter_backlog_entries",
        "Entries of the ledger that an exporter has not delivered yet.",
        lambda backlog, _: backlog.entries,
    ),
    _of_exporters(
        "carbond_exporter_backlog_seconds",
        "Age in seconds of the oldest entry that an exporter has not delivered yet, 0 without any.",
        _age,
    ),
    _of_ledger(
        "carbond_ledger_bytes",
        "Bytes of the ledger's file and its write-ahead log.",
        lambda ledger: ledger.size,
    ),
    _of_ledger(
        "carbond_ledger_cap_bytes",
        "Bytes above which the ledger's oldest minutes are deleted.",
        lambda ledger: ledger.cap,
    ),
    _of_ledger(
        "carbond_ledger_disk_free_bytes",
        "Bytes that are free on the ledger's disk, for carbond's user.",
        lambda ledger: ledger.free,
    ),
    _of_ledger(
        "carbond_ledger_used_ratio",
        "Bytes of the ledger by the most it can have: its cap, or what its disk has room for.",
        _used,
    ),
)
