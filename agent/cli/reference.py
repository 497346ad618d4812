"""`carbond reference`: the reference pages of the documentation, made from the code."""

import argparse
import sys

from agent.cli.options import Commands, add_command

TEXT = """\
It prints a page in Markdown: of the settings every option with what it takes and its default, of
the metrics every name on /metrics with its labels. The pages of the documentation are its output.

examples:
  carbond reference settings > docs/configuration.md
  carbond reference metrics > docs/metrics.md
"""


def add_to(commands: Commands) -> None:
    """Add the command and its pages."""
    command = add_command(commands, "reference", "Print every setting, or every metric.", TEXT)
    pages = command.add_subparsers(title="pages", metavar="PAGE", required=True)
    settings = add_command(pages, "settings", "Print every option of the settings.", "")
    settings.set_defaults(command=_settings)
    metrics = add_command(pages, "metrics", "Print every metric on /metrics.", "")
    metrics.set_defaults(command=_metrics)


def _settings(_: argparse.Namespace) -> int:
    # Only here: it needs the options of every plug-in, which take a second to import.
    from agent.cli.reference_settings import settings_page

    sys.stdout.write(settings_page())
    return 0


def _metrics(_: argparse.Namespace) -> int:
    from agent.cli.reference_metrics import metrics_page

    sys.stdout.write(metrics_page())
    return 0
