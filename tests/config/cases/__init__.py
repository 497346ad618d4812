"""What can be wrong with settings, and the exact words for it."""

from tests.config.cases.case import LIST, Case, device
from tests.config.cases.fallback import FALLBACK
from tests.config.cases.files import FILES
from tests.config.cases.keys import KEYS
from tests.config.cases.lists import LISTS
from tests.config.cases.names import NAMES
from tests.config.cases.secrets import SECRETS
from tests.config.cases.types import TYPES

__all__ = ["CASES", "LIST", "Case", "device"]

CASES = [*KEYS, *TYPES, *NAMES, *SECRETS, *FILES, *LISTS, *FALLBACK]
