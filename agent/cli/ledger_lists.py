"""`carbond ledger repairs` and `findings`: what people and registers did to a meter's energy."""

import argparse
from collections.abc import Iterator, Sequence

from agent.app.requests import finding_data, repair_data
from agent.cli.figures import text_of
from agent.cli.options import Commands, add_command, add_json, add_ledger, ledger_path
from agent.cli.output import say_data
from agent.cli.tables import show_rows, table_of
from agent.ledger import Repaired, check_read, findings_of, reading, repairs_of
from agent.model import Finding, Meter
from agent.wording import minute

REPAIRS = """\
It lists what was said afterwards of a meter's energy, by whom and why. It reads the ledger beside a
running daemon, or without one, and changes nothing.

examples:
  carbond ledger repairs
  carbond ledger repairs --meter rack-07-a --json
"""

FINDINGS = """\
It lists what the registers of meters did beside counting: rollovers, resets, glitches, stuck and
replaced ones, and what was booked for each.

examples:
  carbond ledger findings
  carbond ledger findings --meter rack-07-a --json
"""


def add_to(commands: Commands) -> None:
    """Add the commands."""
    repairs = add_command(commands, "repairs", "List what was repaired.", REPAIRS)
    repairs.set_defaults(command=_repairs)
    summary = "List what registers did beside counting."
    findings = add_command(commands, "findings", summary, FINDINGS)
    findings.set_defaults(command=_findings)
    for command in (repairs, findings):
        add_ledger(command)
        command.add_argument("--meter", metavar="NAME", help="Those of this meter.")
        add_json(command)


def _repairs(arguments: argparse.Namespace) -> int:
    found = repairs_of(ledger_path(arguments), arguments.meter)
    if arguments.json:
        say_data([repair_data(one) for one in found])
        return 0
    _check_read(arguments, found)
    table = table_of(
        ("repair", "meter", "from (UTC)", "to (UTC)", "energy", "before", "booked", "who", "why"),
        numbers={"repair", "energy", "before"},
    )
    for one in found:
        table.add_row(*_repair_row(one))
    show_rows(table, "nothing was repaired")
    return 0


def _check_read(arguments: argparse.Namespace, found: Sequence[object]) -> None:
    """Raise ConfigError where there is nothing because the meter has never been read."""
    if found or arguments.meter is None:
        return
    with reading(ledger_path(arguments)) as connection:
        check_read(connection, arguments.meter)


def _repair_row(one: Repaired) -> Iterator[str]:
    unit = f"_{one.quantity.suffix}"
    yield from (str(one.number), one.meter, minute(one.start), minute(one.end))
    yield "unknown" if one.energy is None else text_of(unit, one.energy)
    yield from (text_of(unit, one.before), minute(one.at), one.who, one.why)


def _findings(arguments: argparse.Namespace) -> int:
    found = findings_of(ledger_path(arguments), arguments.meter)
    if arguments.json:
        say_data([finding_data(meter, one) for meter, one in found])
        return 0
    _check_read(arguments, found)
    table = table_of(
        ("seen (UTC)", "meter", "oddity", "register before", "register then", "booked"),
        numbers={"register before", "register then", "booked"},
    )
    for meter, one in found:
        table.add_row(*_finding_row(meter, one))
    show_rows(table, "no register did anything but count")
    return 0


def _finding_row(meter: Meter, one: Finding) -> Iterator[str]:
    yield from (f"{one.at:%Y-%m-%d %H:%M:%S}", one.meter, one.oddity)
    for value in (one.before, one.now, one.energy):
        yield text_of(f"_{meter.quantity.suffix}", value)
