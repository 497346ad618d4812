"""Tables on narrow and wide terminals, and in a file."""

import os
import pty
import re
import sys
from contextlib import suppress

import pytest

from agent.cli.figures import change_of, name_of, text_of
from agent.cli.tables import Table, show, table_of

WHY = "the current clamps were open for some hours, and nobody has seen it until the bill came"
ROWS = [
    ("12", "rack-07-a/outlet/12", "2026-10-03 14:00", "2026-10-03 16:00", "12.500 kWh", WHY),
    ("13", "cooling-water", "2026-10-03 14:00", "2026-10-03 15:00", "unknown", "read by hand"),
]
NAMES = ("repair", "meter", "from (UTC)", "to (UTC)", "energy", "why")


def on_a_terminal(width: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Show the table on a terminal of that width, and return its lines."""
    parent, child = pty.openpty()
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    with os.fdopen(child, "w") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        show(a_table())
    said = read_whole(parent).decode()
    os.close(parent)
    return [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", said).splitlines()]


def read_whole(terminal: int) -> bytes:
    """Read what was written to a terminal that is closed at the other end: it comes in parts."""
    said = b""
    with suppress(OSError):
        while part := os.read(terminal, 65536):
            said += part
    return said


def a_table() -> Table:
    table = table_of(NAMES, numbers={"repair", "energy"})
    for row in ROWS:
        table.add_row(*row)
    return table


@pytest.mark.parametrize("width", [40, 80, 120])
def test_nothing_is_cut_and_the_reason_stands_under_its_row(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = on_a_terminal(width, monkeypatch)
    text = "\n".join(lines)
    assert "…" not in text
    assert all(cell in text for row in ROWS for cell in row[:5])
    assert max(map(len, lines)) <= width
    assert " ".join(text.split()).count(WHY) == 1
    if width >= 80:
        first = next(n for n, line in enumerate(lines) if "rack-07-a" in line)
        assert all(cell in lines[first] for cell in ROWS[0][:5])
        assert lines[first + 1].startswith("    the current clamps")


def test_a_table_that_fits_has_its_reasons_in_a_column(monkeypatch: pytest.MonkeyPatch) -> None:
    heading, first, second = on_a_terminal(200, monkeypatch)
    assert heading.index("why") == first.index(WHY) == second.index("read by hand")


def test_without_a_terminal_a_line_is_as_long_as_it_has_to_be(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show(a_table())
    heading, first, second = capsys.readouterr().out.splitlines()
    assert heading.index("why") == first.index(WHY) == second.index("read by hand")


def test_no_name_breaks_a_line_or_puts_the_columns_out_of_place(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = table_of(("meter", "power", "why"), numbers={"power"})
    table.add_row("機架-7", "5.0 W", "first")
    table.add_row("rack\n7\x1b[31m", "1,234.5 W", "second")
    table.add_row("rack-8", "-", "")
    show(table)
    assert capsys.readouterr().out.splitlines() == [
        "meter            power  why",
        "機架-7           5.0 W  first",
        "rack 7 [31m  1,234.5 W  second",
        "rack-8               -",
    ]


@pytest.mark.parametrize(
    ("figure", "before", "after", "words"),
    [
        ("it_kwh", 3.0, 3.00004, "+0.00004 kWh"),
        ("it_kwh", 3.0, 2.99996, "-0.00004 kWh"),
        ("it_kwh", 0.1 + 0.2, 0.3, ""),
        ("it_j", 0, 3_600_000, "+1.000 kWh"),
        ("pue", 1.35, 1.3502, "+0.0002"),
        ("missing_share", 0.25, 0.25002, "+0.002 points"),
        ("broken_node_hours", 3, 3, ""),
    ],
)
def test_a_difference_has_its_first_digit_that_is_not_zero(
    figure: str, before: float, after: float, words: str
) -> None:
    assert change_of(figure, before, after) == words


def test_figures_have_the_names_and_the_words_that_people_use() -> None:
    assert name_of("it_kwh") == "IT"
    assert name_of("pue_measured_share") == "PUE measured share"
    assert name_of("emissions_location_kg") == "location-based emissions"
    assert name_of("emissions_location_final_share") == "location-based emissions final share"
    assert name_of("intensity_direct_final") == "intensity direct"
    assert [text_of("intensity_direct_final", one) for one in (0.0, 1.0)] == ["estimated", "final"]
    assert [text_of("pue_measured", one) for one in (0.0, 1.0, None)] == [
        "declared",
        "measured",
        "–",
    ]
