"""`carbond run`: the daemon."""

import argparse
import asyncio
import gc
import logging
import resource
import sys
from collections.abc import Coroutine
from typing import Any

from agent import log as logs
from agent.app import Daemon, load
from agent.cli.options import Commands, add_command, add_settings
from agent.clock import Clock
from agent.errors import ConfigError

TEXT = """\
It polls every device and grid in the settings, each on its own schedule, books what they say
in the ledger and hands it to the exporters, until SIGTERM or Ctrl-C. SIGHUP reads the settings
again: what has not changed goes on, and settings with a fault in them are refused while the
old ones stay in force. The log goes to standard error: of each outage its beginning and its
end. It ends with 0 when it was told to, and with 2 if a person must change something first.

example:
  carbond run -c /etc/carbond/carbond.yaml
"""

log = logging.getLogger("carbond.run")

OPEN_FILES = 65_536
"""As many as it may open, where it is allowed to: each server read by HTTP is a connection."""

SWITCH = 0.0005
"""Seconds after which a reader's thread lets the loop go on: a tenth of Python's own. With 50 pages
open the loop's longest delay falls from 15 to 6 ms.
"""


def add_to(commands: Commands) -> None:
    """Add the command."""
    command = add_command(commands, "run", "Run the daemon in the foreground.", TEXT)
    add_settings(command)
    command.set_defaults(command=main)


def main(arguments: argparse.Namespace) -> int:
    """Run until told to end."""
    settings = load(arguments.config)
    logs.setup(settings.log.level, settings.log.form, sys.stderr)
    _open_many()
    daemon = Daemon(lambda: load(arguments.config), Clock())
    run_fast(daemon.run())
    log.info("stopped")
    return 0


def _open_many() -> None:
    """Ask for as many open files as this process may have: many systems give 1,024 unasked."""
    given, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
    if given != resource.RLIM_INFINITY and given < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def run_fast(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine, on uvloop where there is one; to be the process's last work.

    What is loaded by now stays: the collector of garbage need not walk through it again and again,
    a tenth of a second each time, in which nothing is polled.

    A ConfigError comes out by itself, not in the group of the tasks that it ended.
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH)
    try:
        _run(work)
    except BaseExceptionGroup as group:
        found = group.subgroup(ConfigError)
        if found is None:
            raise
        raise _first(found) from group


def _first(error: BaseException) -> BaseException:
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


def _run(work: Coroutine[Any, Any, None]) -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(work)
    else:
        uvloop.run(work)
