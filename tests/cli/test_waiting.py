"""What a person sees of a command that takes its time and cannot say how long."""

import io

import pytest

from agent.cli.waiting import working
from tests.servers import wait_for


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_it_is_shown_on_a_terminal_after_a_while_and_taken_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    with working("closing [the] month", out, after=0):
        wait_for(lambda: "closing [the] month" in out.getvalue() or None, "it is shown")
    assert out.getvalue().endswith("\x1b[2K")


def test_what_is_done_soon_or_goes_into_a_file_shows_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for out, after in ((Terminal(), 1000.0), (io.StringIO(), 0.0)):
        with working("closing the month", out, after):
            pass
        assert "closing" not in out.getvalue()


def test_what_goes_wrong_comes_out_and_it_is_taken_away_all_the_same() -> None:
    with pytest.raises(KeyError), working("closing the month", Terminal(), after=0):
        raise KeyError
