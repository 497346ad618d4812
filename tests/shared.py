"""Where the published examples and recordings are: beside the checkout, or in CARBOND_SHARED."""

import os
from pathlib import Path

SHARED = Path(os.environ.get("CARBOND_SHARED", Path(__file__).parents[2] / "shared"))
