"""What commands write to standard output: a line for people, or JSON for programs."""

import json
import sys


def say(text: str) -> None:
    """Write a line."""
    sys.stdout.write(f"{text}\n")


def say_data(data: object) -> None:
    """Write JSON in one line."""
    say(json.dumps(data))
