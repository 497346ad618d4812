"""What went wrong with a broker, in words and with the way out."""

import re

from aiomqtt.exceptions import MqttCodeError, MqttConnectError, MqttError
from paho.mqtt.reasoncodes import ReasonCode

_PREFIX = re.compile(r"^\[(Errno -?\d+|SSL: ?[A-Z0-9_]+|SSL|code:\d+)\]:? ?")
_SUFFIX = re.compile(r" \(_ssl\.c:\d+\)$")

# MQTT 5 section 3.2.2.2; of MQTT 3.1.1 the library makes the same ones.
UNSUPPORTED_VERSION = 0x84
BAD_CLIENT_ID = 0x85
WRONG_LOGIN = 0x86
NOT_AUTHORIZED = 0x87
REFUSED = 0x80
"""From here on a code is a refusal."""

_REFUSALS = {
    UNSUPPORTED_VERSION: "it does not speak this version of MQTT: write version: 3.1.1",
    BAD_CLIENT_ID: "it refuses the client id: write another client_id",
    WRONG_LOGIN: "it refuses the login: check user and password",
    NOT_AUTHORIZED: "it refuses the login: check user and password, and what the user may do",
}


def is_refused_login(error: Exception) -> bool:
    """Tell whether a login was refused: trying it often may lock the account."""
    return isinstance(error, MqttConnectError) and _code(error) in (WRONG_LOGIN, NOT_AUTHORIZED)


def words_of(error: Exception, timeout: float) -> str:
    """Return why there is no connection."""
    if isinstance(error, MqttConnectError):
        refusal = _REFUSALS.get(_code(error))
        return refusal or f"it refuses the connection: {_plain(error)}"
    if isinstance(error, MqttError) and str(error) == "Operation timed out":
        way = "if it speaks MQTT 3.1.1 alone, write version: 3.1.1"
        return f"it takes the connection and does not answer within {timeout:g} s ({way})"
    if "Disconnected during message iteration" in str(error):
        cause = error.__cause__
        why = f": {_plain(cause)}" if isinstance(cause, Exception) else ""
        return f"the connection was lost{why}"
    return _plain(error)


def _code(error: MqttCodeError) -> int:
    return int(error.rc.value if isinstance(error.rc, ReasonCode) else error.rc or 0)


def _plain(error: Exception) -> str:
    text = _SUFFIX.sub("", _PREFIX.sub("", str(error).strip()))
    return text or type(error).__name__


def shown(payload: bytes, longest: int = 60) -> str:
    """Return the first characters of a message, printable and in quotes."""
    text = payload[: 4 * longest].decode("utf-8", "replace")
    clean = "".join(sign if sign.isprintable() else "." for sign in text)
    return f"'{clean[:longest]}…'" if len(clean) > longest else f"'{clean}'"
