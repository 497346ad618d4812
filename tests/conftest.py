"""What holds for all tests."""

import os

import pytest
from hypothesis import settings

settings.register_profile("carbond", deadline=None)
"""A busy machine is slow, and no law is broken by it."""

settings.load_profile("carbond")

LONG = (
    "daemon/test_demo.py",
    "docs/test_commands_run.py",
    "truth/test_protocols.py",
    "truth/test_days.py",
)
"""Files that take longest go first: begun last they would run alone at the end."""

MISSING = "is not installed"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first; the rest stays as it is."""
    places = {name: at for at, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get("/".join(item.path.parts[-2:]), len(LONG)))


def _missing_servers(config: pytest.Config) -> int:
    """How many tests were skipped for want of their server.

    Others are skipped where this machine has no IPv6, or the checkout no recordings beside it.
    """
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", ()) if reporter else ()
    return sum(MISSING in str(report.longrepr) for report in skipped)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In continuous integration a test without its server is a failure: all are installed."""
    missing = _missing_servers(session.config)
    if os.environ.get("CI") and missing and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why the run has failed."""
    missing = _missing_servers(terminalreporter.config)
    if os.environ.get("CI") and missing:
        text = f"failed: {missing} tests have no server, and CI has them all"
        terminalreporter.write_line(text, red=True)
