"""HTTPS to all devices of a daemon: shared clients, bounded answers, no redirects, few connections.

A connection that is kept costs some 50 kB on uvloop, and a tenth of the CPU of a new one. So the
first KEPT devices that are polled often keep theirs, and all others lose it after each poll.
"""

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiohttp
from yarl import URL

from collectors.redfish.failures import Malformed, Silent
from collectors.redfish.settings import TlsSettings, context_of

LARGEST = 4 * 2**20
"""Bytes of an answer: a collection of some 500 outlets that is expanded has about one million."""

KEEP = timedelta(seconds=75)
"""How long an idle connection stays open: one poll a minute finds it again."""

KEPT = 1000
"""How many devices may keep a connection: about 50 MB."""

LINGER = timedelta(seconds=2)
"""How long the connections of all others stay open: from one request of a poll to the next."""

# OpenSSL: X509_V_ERR_HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH; _CERT_NOT_YET_VALID, _HAS_EXPIRED.
_OTHER_NAME = frozenset({62, 64})
_OUT_OF_DATE = frozenset({9, 10})

_PIECE = 2**16
_HEADERS = {
    "Accept": "application/json",
    # A compressed answer has no bound before it is unpacked.
    "Accept-Encoding": "identity",
    "OData-Version": "4.0",
    "User-Agent": "carbond/0.1",
}

Trust = ssl.SSLContext | aiohttp.Fingerprint | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a service is, and how it is known to be the right one."""

    host: str
    port: int
    trust: Trust
    timeout: float
    """Seconds for each answer."""

    kept: bool = False
    """Whether its connection stays open from poll to poll."""

    @property
    def origin(self) -> URL:
        return URL.build(scheme="https", host=self.host, port=self.port)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Whatever status came back, with its headers and all of its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport:
    """The HTTP clients of all devices: one that keeps connections, one that does not."""

    def __init__(self) -> None:
        """Connects to nothing."""
        self._clients: dict[timedelta, aiohttp.ClientSession] = {}
        self._kept: set[str] = set()
        self._contexts: dict[Path, ssl.SSLContext] = {}

    def keep(self, name: str, every: timedelta) -> bool:
        """Keep the connection of a device between its polls; tell whether there is room for it."""
        if every <= KEEP and len(self._kept) < KEPT:
            self._kept.add(name)
        return name in self._kept

    def drop(self, name: str) -> None:
        """Make room: the device is read no more."""
        self._kept.discard(name)

    def trust(self, tls: TlsSettings) -> Trust:
        """Return what a certificate must be. Devices with one CA share what was read of it.

        Raises ConfigError for a file without certificates.
        """
        if tls.fingerprint is not None:
            return aiohttp.Fingerprint(bytes.fromhex(tls.fingerprint))
        if not tls.verify:
            return False
        if tls.ca is None:
            return True
        if tls.ca not in self._contexts:
            self._contexts[tls.ca] = context_of(tls.ca)
        return self._contexts[tls.ca]

    async def send(
        self,
        place: Place,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> Answer:
        """Send one request and return what came back. Raises Silent, Malformed.

        The path is sent as it stands. Redirects are not followed: they would carry the password.
        """
        client = self._opened(KEEP if place.kept else LINGER)
        url = URL(f"{place.origin}{path}", encoded=True)
        try:
            async with client.request(
                method,
                url,
                headers={**_HEADERS, **headers},
                data=body,
                ssl=place.trust,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=place.timeout),
            ) as reply:
                content = await _content_of(reply)
                return Answer(status=reply.status, headers=reply.headers, body=content)
        except TimeoutError as error:
            raise Silent(f"no answer within {place.timeout:g} s") from error
        except aiohttp.ClientError as error:
            raise _silent(error) from error
        except (ValueError, ssl.SSLError, OSError) as error:
            # What neither library translates: a wrong header, or TLS that breaks off.
            raise Silent(f"the connection failed: {_words_of(error)}") from error

    async def close(self) -> None:
        """Close all connections."""
        while self._clients:
            _, client = self._clients.popitem()
            await client.close()

    def _opened(self, idle: timedelta) -> aiohttp.ClientSession:
        """Return the client whose connections stay open for so long without a request."""
        if idle not in self._clients:
            self._clients[idle] = aiohttp.ClientSession(
                # Each device has one request on its way at most.
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=idle.total_seconds()),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                read_bufsize=_PIECE,
            )
        return self._clients[idle]


async def _content_of(reply: aiohttp.ClientResponse) -> bytes:
    if reply.headers.get("Content-Encoding", "identity") != "identity":
        raise Malformed("it sends compressed answers, which were not asked for")
    content = bytearray()
    async for piece in reply.content.iter_chunked(_PIECE):
        content += piece
        if len(content) > LARGEST:
            # What is still to come is not read: closing drops it.
            reply.close()
            raise Malformed(f"an answer is larger than {LARGEST} bytes")
    return bytes(content)


def _silent(error: aiohttp.ClientError) -> Silent:
    match error:
        case aiohttp.ServerFingerprintMismatch():
            return Silent(
                f"its certificate has another fingerprint, {error.got.hex(':').upper()}: if it "
                "was replaced, write the new one in `tls.fingerprint`; if not, do not trust it"
            )
        case aiohttp.ClientConnectorCertificateError():
            return Silent(_untrusted(error.certificate_error))
        case aiohttp.ClientSSLError():
            return Silent(f"TLS failed: {error.os_error}: it must speak HTTPS with TLS 1.2")
        case aiohttp.ClientConnectorDNSError():
            return Silent(f"the address {error.host!r} is not known")
        case _:
            return Silent(_broken(error))


def _untrusted(error: Exception) -> str:
    code = getattr(error, "verify_code", 0)
    if code in _OTHER_NAME:
        way = "write a name that stands in it as `address`"
    else:
        way = "renew it" if code in _OUT_OF_DATE else "write the file of its CA in `tls.ca`"
    reason = _reason_of(error).rstrip(".")
    other = "or the certificate's SHA-256 in `tls.fingerprint`"
    return f"its certificate is not trusted: {reason}: {way}, {other}"


def _broken(error: aiohttp.ClientError) -> str:
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno
        # Event loops put the address in the place of the system's words.
        words = os.strerror(number) if number and number > 0 else error.os_error.strerror
        return f"no connection: {words or error.os_error}"
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError):
        return "it closed the connection in the middle of an answer"
    return f"the connection failed: {_words_of(error)}"


def _words_of(error: Exception) -> str:
    return str(error) or type(error).__name__


def _reason_of(error: Exception) -> str:
    return str(getattr(error, "verify_message", "")) or str(error)
