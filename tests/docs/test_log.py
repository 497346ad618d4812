"""docs/log.md has every line that the product can write, and no other."""

import re

from agent.ledger.accounts.findings import _SAID, LOSSY
from tests.docs.log_lines import ROOT, lines

PAGE = (ROOT / "docs" / "log.md").read_text()
ROW = re.compile(
    r"^\| (?:`(?P<part>[a-z_.]+)`|the grid's) \| (?P<level>[A-Z, or]+) \| (?P<text>`.+?`) \| ", re.M
)
GRIDS = ("", "the grid's")


def bare(text: str) -> str:
    """Return a text without what Markdown needs around it."""
    return text.replace("`", "").strip()


def told() -> set[tuple[str, str, str]]:
    return {
        (row["part"] or "", row["level"] if " or " not in row["level"] else "", bare(row["text"]))
        for row in ROW.finditer(PAGE)
    }


def test_every_line_of_the_log_has_its_row_and_no_row_is_of_a_line_that_is_gone() -> None:
    written = {(one.logger, one.level, bare(one.text)): one.place for one in lines()}
    assert len(written) > 40
    missing = [f"{where}: {row}" for row, where in written.items() if row not in told()]
    assert missing == [], "docs/log.md lacks these lines"
    assert sorted(told() - written.keys()) == [], "docs/log.md has lines that the code has not"


def test_every_row_says_what_it_means_and_what_to_do() -> None:
    rows = [row for row in PAGE.splitlines() if row.startswith("| `carbond.") or "grid's |" in row]
    assert len(rows) == len(told())
    for row in rows:
        assert len([cell for cell in row.strip("|").split(" | ") if cell.strip()]) == 5, row


def test_all_that_a_register_can_do_is_on_the_page_with_its_level() -> None:
    for oddity, said in _SAID.items():
        assert f"| {'WARN' if oddity in LOSSY else 'INFO'} | {said} |" in PAGE
