"""TLS: a certificate and its key, checked before anything runs, and read again when renewed."""

import os
import ssl
from pathlib import Path

from agent.errors import ConfigError
from config.http import TlsSettings

_WORDS = {"KEY_VALUES_MISMATCH": "the key belongs to another certificate"}


def context_of(settings: TlsSettings) -> ssl.SSLContext:
    """Return what serves with these files: TLS 1.2 or newer, with the ciphers that Python takes for
    safe. Raises ConfigError for files that cannot be used.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    _load(context, settings)
    return context


def renew(context: ssl.SSLContext, settings: TlsSettings) -> None:
    """Have new connections see the certificate that is there now. Raises ConfigError; then the one
    before goes on.
    """
    # One that does not fit its key would leave half of itself in the context that serves.
    context_of(settings)
    _load(context, settings)


def _load(context: ssl.SSLContext, settings: TlsSettings) -> None:
    for name in ("certificate", "key"):
        _open(name, getattr(settings, name))
    try:
        context.load_cert_chain(settings.certificate, settings.key, password="")
    except (OSError, ssl.SSLError) as error:
        words = _WORDS.get(getattr(error, "reason", None) or "", "one of them is no PEM")
        raise ConfigError(
            f"http.tls: {settings.certificate} and {settings.key} cannot be used ({words}): name a "
            "certificate and its key, both in PEM, without a passphrase"
        ) from error


def _open(name: str, path: Path) -> None:
    """Open a file for once: OpenSSL does not say which one it cannot read."""
    try:
        path.open("rb").close()
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise ConfigError(
            f"http.tls.{name}: {path} cannot be read ({why}): name a file that carbond's user may "
            "read"
        ) from error
