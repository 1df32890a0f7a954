"""What a key may be, and which one it is."""

from __future__ import annotations

import hmac
from hashlib import sha256

import pytest

from handlers.access.keys import callers_of, digest, given, hashed, match, read_key, read_keys

KEY = "ul_0123456789"
HEX = sha256(KEY.encode()).hexdigest()


def test_a_key_and_its_hash_are_the_same() -> None:
    assert read_key(KEY) == read_key(f"sha256:{HEX}") == read_key(f"sha256:{HEX.upper()}") == bytes.fromhex(HEX)
    assert hashed(KEY) == f"sha256:{HEX}"
    assert read_keys(f" {KEY}, sha256:{HEX},other ,") == {digest(KEY), digest("other")}


@pytest.mark.parametrize(
    "text", ["sha256:abc", "SHA256:" + HEX[1:], "two words", "schlüssel", "None", "null", "k" * 513]
)
def test_what_is_no_key_is_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="a key of up to 512") as caught:
        read_key(text)
    assert text not in str(caught.value)


@pytest.mark.parametrize(
    ("sent", "key"), [(None, None), ("", None), (" None", None), ("null", None), (7, "7"), (" k", "k")]
)
def test_what_clients_send_for_none(sent: object, key: str | None) -> None:
    assert given(sent) == key


def test_all_keys_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the function that takes the same time for all, and also after one was found."""
    callers = callers_of([digest("a"), digest("b"), digest("c")], "5/hour")
    compared: list[bytes] = []

    def compare(one: bytes, sent: bytes) -> bool:
        compared.append(one)
        return one == sent

    monkeypatch.setattr(hmac, "compare_digest", compare)
    found = match("a", callers)
    assert found is not None
    assert (found.id, found.quota, found.models) == (sha256(b"a").hexdigest(), "5/hour", None)
    assert compared == list(callers)
    assert match("d", callers) is None
    assert match("", {}) is None
    assert match("\ud800" * 5000, callers) is None
