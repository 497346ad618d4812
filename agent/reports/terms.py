"""A calculation as a tree: each figure, how it came about, and what it came from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

Value = float | int | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A figure of a calculation. None is what is missing, never zero; a heading has no unit."""

    name: str
    value: Value = None
    unit: str = ""
    how: str = ""
    """The formula, the basis or the source, in words."""

    terms: Sequence["Term"] = ()
    rows: Sequence[Mapping[str, Value]] = ()
    """A table of what is too much to be terms, such as readings."""


def as_data(term: Term) -> dict[str, object]:
    """Return a term as JSON takes it."""
    found: dict[str, object] = {"name": term.name, "value": term.value}
    for name in ("unit", "how"):
        if getattr(term, name):
            found[name] = getattr(term, name)
    if term.terms:
        found["terms"] = [as_data(one) for one in term.terms]
    if term.rows:
        found["rows"] = [dict(row) for row in term.rows]
    return found


def as_lines(term: Term, *, rows: bool = False) -> Iterator[str]:
    """Yield a term and what it came from as an indented tree, with rows of tables or without."""
    yield _line(term)
    yield from _below(term, "", rows=rows)


def _below(term: Term, before: str, *, rows: bool) -> Iterator[str]:
    shown = [_row(one) for one in term.rows] if rows else []
    last = len(shown) + len(term.terms)
    for place, text in enumerate(shown, start=1):
        yield f"{before}{'└─ ' if place == last else '├─ '}{text}"
    for place, one in enumerate(term.terms, start=1 + len(shown)):
        yield f"{before}{'└─ ' if place == last else '├─ '}{_line(one)}"
        yield from _below(one, before + ("   " if place == last else "│  "), rows=rows)


def _line(term: Term) -> str:
    how = f"  ({term.how})" if term.how else ""
    if term.value is None and not term.unit:
        return f"{term.name}{how}"
    return f"{term.name}: {f'{text_of(term.value)} {term.unit}'.strip()}{how}"


def _row(row: Mapping[str, Value]) -> str:
    return "  ".join(f"{name} {text_of(value)}" for name, value in row.items())


def percent(share: float) -> str:
    """Return a share for people."""
    return f"{share * 100:.1f} %"


def text_of(value: Value) -> str:
    """Return a value for people: up to six significant digits; a dash for what is missing."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, int) or value.is_integer():
        return f"{value:,.0f}"
    digits = max(6 - len(f"{abs(value):.0f}"), 0) if abs(value) >= 1 else 6
    return f"{value:,.{digits}f}"
