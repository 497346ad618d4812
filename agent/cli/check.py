"""`carbond check`: load everything, connect to nothing."""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence

from agent.app import load, number_of, tree_of
from agent.cli.options import Commands, add_command, add_json, add_settings
from agent.cli.output import say, say_data
from agent.console.access.tls import context_of
from agent.model import Role, Scope
from agent.units import Grams, tonnes
from config import Settings

LONGEST_MONTH = 31
MANY = 5
"""Names of one note; there may be thousands."""

TEXT = """\
It reads the settings, conf.d, the device lists and the secrets as `carbond run` does, says
all that is wrong with them at once, and connects to nothing. What is good and can hardly be
meant is a note. It ends with 0 if they are good and with 2 if not.

examples:
  carbond check -c /etc/carbond/carbond.yaml
  carbond check -c carbond.yaml --json
"""


def add_to(commands: Commands) -> None:
    """Add the command."""
    command = add_command(commands, "check", "Say whether the settings are good.", TEXT)
    add_settings(command)
    add_json(command)
    command.set_defaults(command=main)


def main(arguments: argparse.Namespace) -> int:
    """Print what the settings hold."""
    settings = load(arguments.config)
    if settings.http.tls is not None:
        context_of(settings.http.tls)
    kinds = {
        word: dict(sorted(Counter(one.type for one in things).items()))
        for word, things in (
            ("device", settings.devices),
            ("grid", settings.grids),
            ("exporter", settings.exporters),
        )
    }
    notes = list(_notes(settings))
    if arguments.json:
        held = {f"{word}s": counts for word, counts in kinds.items()}
        say_data({"settings": str(arguments.config), "good": True, **held, "notes": notes})
        return 0
    say(f"{arguments.config}: the settings are good")
    for word, counts in kinds.items():
        detail = ", ".join(f"{count} {kind}" for kind, count in counts.items())
        say(f"  {number_of(sum(counts.values()), word)}{f': {detail}' if detail else ''}")
    for note in notes:
        say(f"  note: {note}")
    return 0


def _notes(settings: Settings) -> Iterator[str]:
    """Yield what the settings cannot have been meant to do, though it can be done."""
    tree = tree_of(settings)
    read = {one.name: getattr(one, "read", None) for one in settings.devices}
    for site in settings.sites:
        it = tree.it(site.name) if site.pue.it == "outlet" else ()
        without = [
            one.device
            for one in it
            if one.role is Role.RACK and Scope.OUTLET not in (read[one.device] or Scope)
        ]
        if without:
            yield (
                f"{site.name}: IT is to be measured at outlets, but `read` of "
                f"{number_of(len(without), 'rack PDU')} has no `outlet`: {_some(without)}. They "
                "count with their totals, and the PUE is of category 2 and not 3"
            )

    yield from _budget_notes(settings)
    yield from _rating_notes(settings)
    yield from _rack_notes(settings)


def _budget_notes(settings: Settings) -> Iterator[str]:
    for site in settings.sites:
        budget = site.carbon_budget
        if budget is None or budget.day is None or budget.month is None:
            continue
        day, month = f"{tonnes(Grams(budget.day)):g} t", f"{tonnes(Grams(budget.month)):g} t"
        if budget.day > budget.month:
            yield f"{site.name}: a day's carbon budget ({day}) is more than a month's ({month})"
        elif budget.day * LONGEST_MONTH < budget.month:
            yield (
                f"{site.name}: {LONGEST_MONTH} days within a day's carbon budget ({day}) are less "
                f"than a month's ({month}), which can never be what is reached first"
            )


def _rating_notes(settings: Settings) -> Iterator[str]:
    above = [
        one.name
        for one in settings.devices
        if one.rating is not None
        and one.rating.power is not None
        and one.limit_watts is not None
        and one.rating.power > one.limit_watts
    ]
    if above:
        yield (
            f"`rating.power` of {number_of(len(above), 'device')} is above `limit_watts`, which no "
            f"reading can be above: {_some(above)}. One of the two has another unit"
        )


def _rack_notes(settings: Settings) -> Iterator[str]:
    rooms: dict[tuple[str | None, str], set[str]] = {}
    for one in settings.devices:
        if one.rack is not None and one.room is not None:
            rooms.setdefault((one.site, one.rack), set()).add(one.room)
    twice = [(rack, sorted(where)) for (_, rack), where in rooms.items() if len(where) > 1]
    if twice:
        rack, where = twice[0]
        names = _some([name for name, _ in twice])
        yield (
            f"{number_of(len(twice), 'rack')} of one name in several rooms of a site: {names}. "
            "Sums by rack add them up: give each a name of its own, such as "
            f"{where[0]}-{rack} and {where[1]}-{rack}"
        )


def _some(names: Sequence[str]) -> str:
    more = len(names) - MANY
    return f"{', '.join(names[:MANY])}{f' and {more} more' if more > 0 else ''}"
