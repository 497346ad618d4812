"""Keys, digests and ciphers of the user-based security model (RFC 3414, RFC 3826, RFC 7860)."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from collectors.snmp.wire.failure import Malformed

# RFC 3414 A.2: the password is repeated to this many octets and hashed.
REPEATED_TO = 1_048_576
DES_BLOCK = 8


class Digest(StrEnum):
    """The hash of an authentication protocol, as hashlib calls it."""

    MD5 = "md5"
    SHA1 = "sha1"
    SHA224 = "sha224"
    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"


# Octets of the truncated HMAC: RFC 3414 sections 6 and 7, RFC 7860 section 4.1.
MAC_LENGTHS = {
    Digest.MD5: 12,
    Digest.SHA1: 12,
    Digest.SHA224: 16,
    Digest.SHA256: 24,
    Digest.SHA384: 32,
    Digest.SHA512: 48,
}


class Privacy(StrEnum):
    """The cipher of a privacy protocol."""

    DES = "des"
    AES128 = "aes128"
    AES192 = "aes192"
    AES256 = "aes256"


KEY_LENGTHS = {Privacy.DES: 16, Privacy.AES128: 16, Privacy.AES192: 24, Privacy.AES256: 32}


class Extension(StrEnum):
    """How a key is made longer than its digest for AES-192 and AES-256; no standard says."""

    BLUMENTHAL = "blumenthal"
    """draft-blumenthal-aes-usm-04: hash the key and append."""
    REEDER = "reeder"
    """draft-reeder-snmpv3-usm-3desede-00: derive a key from the key, as from a password."""


@lru_cache(maxsize=20_000)
def master_key(digest: Digest, password: bytes) -> bytes:
    """Return the key of a password (RFC 3414 A.2): a megabyte is hashed, so it is remembered."""
    turns = REPEATED_TO // len(password) + 1
    return _hash(digest, (password * turns)[:REPEATED_TO])


def localized(digest: Digest, master: bytes, engine: bytes) -> bytes:
    """Return the key of a user on one engine (RFC 3414 A.2)."""
    return _hash(digest, master + engine + master)


def privacy_key(
    digest: Digest, password: bytes, engine: bytes, privacy: Privacy, extension: Extension
) -> bytes:
    """Return the localized privacy key, extended where the digest is shorter than it must be."""
    wanted = KEY_LENGTHS[privacy]
    key = localized(digest, master_key(digest, password), engine)
    while len(key) < wanted:
        if extension is Extension.BLUMENTHAL:
            key += _hash(digest, key)
        else:
            last = key[-hashlib.new(digest).digest_size :]
            key += localized(digest, master_key(digest, last), engine)
    return key[:wanted]


def _hash(digest: Digest, data: bytes) -> bytes:
    # FIPS builds of OpenSSL refuse MD5 unless told that the caller knows what it is for.
    return hashlib.new(digest, data, usedforsecurity=False).digest()


def mac_of(digest: Digest, key: bytes, message: bytes) -> bytes:
    """Return the truncated HMAC of a message whose own MAC field is zero."""
    return hmac.digest(key, message, digest)[: MAC_LENGTHS[digest]]


@dataclass(frozen=True, slots=True)
class Scrambler:
    """Encrypts and decrypts scoped PDUs under one localized key."""

    encrypt: Callable[[bytes, int, int, bytes], bytes]
    """Of text, engine boots, engine time and salt."""
    decrypt: Callable[[bytes, int, int, bytes], bytes]
    """Of ciphertext, engine boots, engine time and salt. Raises Malformed."""


def scrambler(privacy: Privacy, key: bytes) -> Scrambler:
    """Return what encrypts under a localized key."""
    return _des(key) if privacy is Privacy.DES else _aes(key)


def _des(key: bytes) -> Scrambler:
    """DES in CBC (RFC 3414 section 8): eight octets of key, eight of pre-IV."""
    # One key three times over makes triple DES the single one.
    algorithm, before = TripleDES(key[:8] * 3), key[8:16]

    def cipher(salt: bytes) -> "Cipher[CBC]":
        return Cipher(algorithm, CBC(bytes(a ^ b for a, b in zip(before, salt, strict=True))))

    def encrypt(text: bytes, boots: int, time: int, salt: bytes) -> bytes:
        return cipher(salt).encryptor().update(text + bytes(-len(text) % DES_BLOCK))

    def decrypt(text: bytes, boots: int, time: int, salt: bytes) -> bytes:
        if len(text) % DES_BLOCK or len(salt) != DES_BLOCK:
            raise Malformed("is encrypted with something else than DES")
        return cipher(salt).decryptor().update(text)

    return Scrambler(encrypt, decrypt)


def _aes(key: bytes) -> Scrambler:
    """AES in CFB128 (RFC 3826 section 3.1): the IV is boots, time and salt."""
    algorithm = AES(key)

    def cipher(boots: int, time: int, salt: bytes) -> "Cipher[CFB]":
        return Cipher(algorithm, CFB(boots.to_bytes(4, "big") + time.to_bytes(4, "big") + salt))

    def encrypt(text: bytes, boots: int, time: int, salt: bytes) -> bytes:
        return cipher(boots, time, salt).encryptor().update(text)

    def decrypt(text: bytes, boots: int, time: int, salt: bytes) -> bytes:
        if len(salt) != 8:  # noqa: PLR2004 RFC 3826 section 3.1.4.1
            raise Malformed("is encrypted with something else than AES")
        return cipher(boots, time, salt).decryptor().update(text)

    return Scrambler(encrypt, decrypt)
