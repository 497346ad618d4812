"""Tokens: what they may, how they are made, and how one is known again.

A token is 256 random bits, so one SHA-256 is hash enough: no word list holds it. Only the hash
stands in the settings.
"""

import hmac
import secrets
from collections.abc import Sequence
from hashlib import sha256

from config.http import AccessScope, TokenSettings

BYTES = 32
PREFIX = "carbond_"
"""By which scanners for secrets find one that has leaked."""


def new_token() -> str:
    """Return a token that nobody has."""
    return PREFIX + secrets.token_urlsafe(BYTES)


def hash_of(token: str) -> str:
    """Return what the settings hold of a token."""
    return sha256(token.encode()).hexdigest()


def scope_of(authorization: str, tokens: Sequence[TokenSettings]) -> AccessScope | None:
    """Return what the token of an Authorization header may; None if it is not known.

    All tokens are compared, each in constant time: how long it takes says nothing.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        return None
    asked = hash_of(token.strip())
    found = [one.scope for one in tokens if hmac.compare_digest(one.sha256, asked)]
    return found[0] if found else None
