"""Whether a Redfish service is at an address: its root, unauthenticated, for `carbond discover`.

The root is the one resource that needs no login (DSP0266 section 6.3). The certificate is not
verified for this greeting, because nothing is sent that anybody must not read: no user, no
password. So whoever answers may be anybody, and is believed no further than to be shown. The
collector verifies.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from collectors.redfish.failures import Failure
from collectors.redfish.session import ROOT
from collectors.redfish.transport import Answer, Place, Transport

PORT = 443
LONGEST_TEXT = 80
_STRICT = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})

Turn = Callable[[], Awaitable[None]]
"""Returns when the next connection may be opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundService:
    """A Redfish service that has answered, without any login."""

    version: str
    """Of Redfish; empty if it does not say it without a login."""

    product: str
    """What it calls itself: maker and product, empty if it does not say."""


class ServiceFinding:
    """Asks addresses for the root of a Redfish service. It connects to no address but those."""

    packets = 1
    """How many connections an address gets."""

    def __init__(self, turn: Turn, *, port: int = PORT, timeout: float = 5.0) -> None:
        """`timeout` is in seconds, for connection, TLS and answer together."""
        self._turn = turn
        self._port = port
        self._timeout = timeout
        self._transport = Transport()

    async def at(self, address: str) -> FoundService | None:
        """Return the service at a numeric address; None if nothing answers that is one."""
        # Not verified: see above.
        place = Place(host=address, port=self._port, trust=False, timeout=self._timeout)
        await self._turn()
        try:
            answer = await self._transport.send(place, "GET", ROOT, headers={"Connection": "close"})
        except Failure:
            return None
        return found_in(answer)

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()


def found_in(answer: Answer) -> FoundService | None:
    """Return the service that an answer is from; None if it is from something else.

    Some services ask for a login even for the root: they are known by their header.
    """
    root = _mapping(answer.body)
    if answer.status == HTTPStatus.OK and _is_root(root):
        product = " ".join(filter(None, (_text(root, "Vendor"), _text(root, "Product"))))
        return FoundService(version=_text(root, "RedfishVersion"), product=product)
    if answer.status in _STRICT and "OData-Version" in answer.headers:
        return FoundService(version="", product="")
    return None


def _is_root(root: Mapping[str, object]) -> bool:
    return "RedfishVersion" in root or ".ServiceRoot" in _text(root, "@odata.type")


def _mapping(body: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(root: Mapping[str, object], key: str) -> str:
    """Return a text of the root as one line, and no longer than a line."""
    value = root.get(key)
    if not isinstance(value, str):
        return ""
    return " ".join("".join(one if one.isprintable() else " " for one in value).split())[
        :LONGEST_TEXT
    ]
