"""The command: `python -m tests.bench [--json] [BENCH ...]`."""

import argparse
import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence

from rich.console import Console

from agent.cli.run import run_fast
from tests.bench import accuracy, console, ipmi, ledger, metrics, restating, snmp
from tests.bench.comparison import Row
from tests.bench.table import table_of

BENCHES: Mapping[str, Callable[[], Awaitable[list[Row]]]] = {
    bench.NAME: bench.rows for bench in (snmp, ipmi, ledger, restating, metrics, console, accuracy)
}
WIDTH = 240


def main() -> None:
    """Run the benches that are named, or all, and print one table."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Measure carbond beside its peers."
    )
    parser.add_argument("benches", nargs="*", metavar="BENCH", help=", ".join(BENCHES))
    parser.add_argument("--json", action="store_true", help="print every figure as JSON")
    arguments = parser.parse_args()
    for name in arguments.benches:
        if name not in BENCHES:
            parser.error(f"there is no bench {name!r}: there are {', '.join(BENCHES)}")
    run_fast(_run(arguments.benches or list(BENCHES), as_json=arguments.json))


async def _run(names: Sequence[str], *, as_json: bool) -> None:
    found: list[Row] = []
    for name in names:
        sys.stderr.write(f"{name} ...\n")
        found += await BENCHES[name]()
    if as_json:
        sys.stdout.write(json.dumps([row.json() for row in found], indent=2) + "\n")
    else:
        Console(width=WIDTH).print(table_of(found))


if __name__ == "__main__":
    main()
