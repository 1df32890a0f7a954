"""Keys, which are kept only as their SHA-256: what a key may be, and which one it is."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256

from handlers.access.callers import Caller

_HASH = re.compile(r"sha256:([0-9a-fA-F]{64})")
_KEY = re.compile(r"[!-+\--~]{1,512}")  # what is printed in ASCII, except a comma
# What clients send that have none: inference-sdk writes Python's None into the address.
_NONE = ("", "None", "null")


def digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogatepass")).digest()


def hashed(key: str) -> str:
    """As it may stand in API_KEYS and in the file of keys, in the place of the key."""
    return f"sha256:{digest(key).hex()}"


def shown(digest: bytes) -> str:
    """What a key without a name is called."""
    return digest.hex()[:8]


def read_key(text: str) -> bytes:
    """A key, or `sha256:` and its hash, -> its digest; raises ValueError, whose text does not hold the key."""
    if found := _HASH.fullmatch(text):
        return bytes.fromhex(found[1])
    if text.lower().startswith("sha256:") or text in _NONE or not _KEY.fullmatch(text):
        raise ValueError("a key of up to 512 printed ASCII characters, or sha256: and 64 hexadecimal digits")
    return digest(text)


def read_keys(text: str) -> frozenset[bytes]:
    """Several, between commas."""
    found = frozenset(read_key(part) for part in map(str.strip, text.split(",")) if part)
    if not found:
        raise ValueError("a key at least")
    return found


def given(text: object) -> str | None:
    """The key that a client sent, or None where what it sent says that it has none."""
    return None if text is None or str(text).strip() in _NONE else str(text).strip()


def match(key: str, callers: Mapping[bytes, Caller]) -> Caller | None:
    """Whose key it is. All are compared, each in the same time, whether or not one was found."""
    sent = digest(key[:1024])
    found = [caller for one, caller in callers.items() if hmac.compare_digest(one, sent)]
    return found[0] if found else None


def callers_of(digests: Iterable[bytes], quota: str | None) -> dict[bytes, Caller]:
    return {one: Caller(one.hex(), quota, name=shown(one)) for one in digests}
