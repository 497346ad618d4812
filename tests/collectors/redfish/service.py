"""A Redfish service on loopback: real HTTPS, logins, faults, a tree of documents."""

import asyncio
import base64
import datetime
import ipaddress
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Self

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
USER, PASSWORD = "carbond", "correct horse"
SESSIONS = ("/redfish/v1/SessionService/Sessions", "/rest/v1/SessionService/Sessions")

Fault = Callable[[web.Request], Awaitable[web.StreamResponse | None]]


class Certificate:
    """A throwaway certificate that signs itself, for one address or name."""

    def __init__(self, folder: Path, name: str = HOST) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([_alternative(name)]), critical=False)
            .sign(key, hashes.SHA256())
        )
        self.fingerprint = made.fingerprint(hashes.SHA256()).hex(":").upper()
        self.path = folder / f"{name}.pem"
        self.path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        private = folder / f"{name}.key"
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.path, private)


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class Service:
    """Serves a tree of documents. What it does wrong is said by its attributes and by `fault`."""

    def __init__(self, tree: Mapping[str, Any], certificate: Certificate, port: int = 0) -> None:
        self.tree: dict[str, Any] = json.loads(json.dumps(tree))
        self.certificate = certificate
        self.port = port
        self.user = USER
        self.password = PASSWORD
        self.tokens: dict[str, str] = {}
        self.most_sessions = 8
        self.no_sessions = 0
        """A status to refuse every session with."""
        self.basic = True
        self.strict = False
        """Whether the service root needs a login too."""
        self.fault: Fault | None = None
        self.asked: list[tuple[str, str]] = []
        self.authorizations: list[str] = []
        self.connections: set[asyncio.BaseTransport] = set()
        self._made = 0

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2**16)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self.port, ssl_context=self.certificate.context)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def gets(self, *, root: bool = False) -> list[str]:
        """Return what was asked for since the last call, without the service root."""
        found = [path for method, path in self.asked if method == "GET"]
        self.asked.clear()
        return found if root else [path for path in found if path != "/redfish/v1/"]

    def count(self, method: str) -> int:
        return sum(1 for one, _ in self.asked if one == method)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.method, request.raw_path))
        self.authorizations.append(request.headers.get("Authorization", ""))
        if request.transport is not None:
            self.connections.add(request.transport)
        if self.fault is not None:
            answer = await self.fault(request)
            if answer is not None:
                return answer
        match request.method:
            case "POST" if request.path.rstrip("/") in SESSIONS:
                return await self._session(request)
            case "DELETE" if self._knows(request):
                self.tokens.pop(request.headers["X-Auth-Token"], None)
                return web.Response(status=204)
            case "GET":
                return self._document(request)
        return error(405, "The method is not allowed.")

    async def _session(self, request: web.Request) -> web.Response:
        if self.no_sessions:
            return error(self.no_sessions, "Sessions are not to be had.")
        login = await request.json()
        if login != {"UserName": self.user, "Password": self.password}:
            return error(401, f"The login {login.get('Password')} is not valid.")
        if len(self.tokens) >= self.most_sessions:
            return error(503, "RAC0218: The maximum number of user sessions is reached.")
        self._made += 1
        token, path = f"token-{self._made}", f"{request.path.rstrip('/')}/{self._made}"
        self.tokens[token] = path
        headers = {"X-Auth-Token": token, "Location": path}
        return web.json_response({"@odata.id": path}, status=201, headers=headers)

    def _knows(self, request: web.Request) -> bool:
        if request.headers.get("X-Auth-Token") in self.tokens:
            return True
        said = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return self.basic and request.headers.get("Authorization") == f"Basic {said}"

    def _document(self, request: web.Request) -> web.Response:
        is_root = request.path == "/redfish/v1/"
        if not self._knows(request) and (self.strict or not is_root):
            return error(401, "While accessing the resource, the service refused the login.")
        path, _, query = request.raw_path.partition("?$expand=")
        if path not in self.tree:
            return error(404, f"The resource at the URI {path} was not found.")
        document = self.tree[path]
        if query:
            members = [self.tree[one["@odata.id"]] for one in document["Members"]]
            document = {**document, "Members": members}
        return web.json_response(document)


def error(status: int, words: str, **headers: str) -> web.Response:
    """Return an error object (DSP0266)."""
    info = [{"MessageId": "Base.1.8.GeneralError", "Message": words}]
    body = {"error": {"code": "Base.1.8.GeneralError", "@Message.ExtendedInfo": info}}
    return web.json_response(body, status=status, headers=headers)
