"""A calculation as a tree: each figure, how it came about, and what it came from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from agent.model import Coverage
from agent.units import Joules, Millilitres, kwh, litres
from agent.wording import MISSING, percent

Value = float | int | str | None
Fact = Value | Mapping[str, Value]

FIXED = frozenset({"kWh", "kg", "kg CO2e"})
RATIOS = frozenset({"", "ratio", "L/kWh", "kg/kWh"})
_RATIO = 4
_FIXED = 3
"""Decimals: of a ratio, and of any amount."""

_NOISE = 1e-9
"""What shares that were added up as floats may lack of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A figure of a calculation. None is what is missing, never zero; a heading has no unit.

    `key` says what it is, for programs; names may change, keys do not:

    - `meter_hour`, `site_hour`, `period`: what was asked for
    - `energy`, `water`: what a meter counted in the hour, and of a period the site's energy where
      IT x PUE stands in for a part of it; `meter`: one meter of a sum
    - `register`: how far a register went; `showing`: what it showed at a time
    - `minutes`, `finding`, `repair`: what was read, what the register did, what a person said
    - `facility`, `it`, `from_the_grid`, `on_site`, `reused`, `unattributed`, `loss`, `node`: sums
    - `pue`, `grid_share`, `indicator`, `intensity`, `version`: factors, and a version of one
    - `emission`: grams or kilograms by one kind of intensity
    - `restatements`, `reason`, `closed`: what became of it
    - `days`, `day`, `hours`, `hour`: the parts of a period
    """

    key: str
    name: str
    value: Value = None
    unit: str = ""
    how: str = ""
    """The formula, the basis or the source, in words."""

    facts: Mapping[str, Fact] = field(default_factory=dict)
    """What the words say, for programs, such as `basis`, `source`, `version` and `coverage`: three
    shares of an energy, one of a factor.
    """

    terms: Sequence["Term"] = ()
    rows: Sequence[Mapping[str, Value]] = ()
    """A table of what is too much to be terms, such as readings. Where people ask for it, it is
    printed in place of the terms.
    """


def energy_term(
    key: str,
    name: str,
    energy: Joules | None,
    how: str = "",
    terms: Sequence[Term] = (),
    *,
    coverage: Coverage | None = None,
) -> Term:
    """Return an energy under a name, in kilowatt-hours."""
    value = None if energy is None else kwh(energy)
    facts = coverage_facts(coverage)
    return Term(key=key, name=name, value=value, unit="kWh", how=how, facts=facts, terms=terms)


def water_term(
    water: Millilitres | None,
    how: str,
    terms: Sequence[Term] = (),
    *,
    coverage: Coverage | None = None,
) -> Term:
    """Return an amount of water, in litres."""
    value, facts = None if water is None else litres(water), coverage_facts(coverage)
    return Term(key="water", name="water", value=value, unit="L", how=how, facts=facts, terms=terms)


def coverage_text(coverage: Coverage) -> str:
    """Return the three shares in words."""
    return (
        f"measured {percent(coverage.measured)}, interpolated {percent(coverage.interpolated)}, "
        f"missing {percent(coverage.missing)}"
    )


def coverage_fact(coverage: Coverage) -> Mapping[str, Value]:
    """Return the three shares, 0 to 1."""
    return {
        "measured": coverage.measured,
        "interpolated": coverage.interpolated,
        "missing": coverage.missing,
    }


def coverage_facts(coverage: Coverage | None) -> Mapping[str, Fact]:
    """Return the coverage of a term as its facts; none where it has no coverage."""
    return {} if coverage is None else {"coverage": coverage_fact(coverage)}


def is_measured(coverage: Coverage) -> bool:
    """Tell whether all of it is measured, so that nothing need be said of it."""
    return coverage.measured >= 1 - _NOISE


def several(count: int, thing: str) -> str:
    """Return `1 hour` or `2 hours`."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def as_data(term: Term) -> dict[str, object]:
    """Return a term as JSON takes it."""
    found: dict[str, object] = {"key": term.key, "name": term.name, "value": term.value}
    for name in ("unit", "how"):
        if getattr(term, name):
            found[name] = getattr(term, name)
    found |= term.facts
    if term.terms:
        found["terms"] = [as_data(one) for one in term.terms]
    if term.rows:
        found["rows"] = [dict(row) for row in term.rows]
    return found


def as_lines(term: Term, *, rows: bool = False) -> Iterator[str]:
    """Yield a term and what it came from as an indented tree, with its tables or without."""
    yield _line(term)
    yield from _below(term, "", rows=rows)


def _below(term: Term, before: str, *, rows: bool) -> Iterator[str]:
    if rows and term.rows:
        yield from (f"{before}   {line}" for line in _table(term.rows))
        return
    for place, one in enumerate(term.terms, start=1):
        last = place == len(term.terms)
        yield f"{before}{'└─ ' if last else '├─ '}{_line(one)}"
        yield from _below(one, before + ("   " if last else "│  "), rows=rows)


def _line(term: Term) -> str:
    how = f"  ({term.how})" if term.how else ""
    if term.value is None and not term.unit:
        return f"{term.name}{how}"
    shown = f"{value_text(term.value, term.unit)} {term.unit}".strip()
    return f"{term.name}: {shown}{how}"


def _table(rows: Sequence[Mapping[str, Value]]) -> Iterator[str]:
    """Yield a line of names and one of each row, words to the left and numbers to the right."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[_cell(name, row.get(name)) for name in names] for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    worded = [any(isinstance(row.get(name), str) for row in rows) for name in names]
    for line in (names, *cells):
        columns = zip(line, widths, worded, strict=True)
        yield "  ".join(
            text.ljust(width) if words else text.rjust(width) for text, width, words in columns
        ).rstrip()


def _cell(name: str, value: Value) -> str:
    is_ratio = name == "pue" or name.endswith("share")
    return value_text(value, "" if is_ratio else name)


def value_text(value: Value, unit: str = "") -> str:
    """Return a value for people: kilowatt-hours and kilograms with three decimals, what else has a
    unit with up to three, a ratio with four, a count as it is; a dash for what is missing.
    """
    if value is None:
        return MISSING
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return f"{value:,}"
    if unit in RATIOS:
        return f"{value:,.{_RATIO}f}"
    shown = f"{value:,.{_FIXED}f}"
    return shown if unit in FIXED else shown.rstrip("0").rstrip(".")
