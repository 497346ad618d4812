"""The pictures of the README, of a console that serves the demo.

make demo                                   # in one terminal
.venv/bin/python -m tests.console.pictures  # in another: writes docs/console*.png
"""

import sys
from pathlib import Path

from tests.console.browsing import browsing, drawn, open_view, shoot, sized

DOCS = Path(__file__).parents[2] / "docs"
PICTURES = {
    "console.png": ("", 1440, 1085, "light"),
    "console-carbon.png": ("carbon", 1440, 1085, "dark"),
}
"""The view of each, and the width, height and colours of the window."""


def take(address: str, folder: Path = DOCS) -> None:
    """Write all of them; the console must be there, with its history."""
    with browsing() as browser:
        for name, (view, width, height, scheme) in PICTURES.items():
            sized(browser, width, height=height, scheme=scheme)
            open_view(browser, address, view)
            drawn(browser)
            shoot(browser, folder / name)


if __name__ == "__main__":
    take(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:9464")
