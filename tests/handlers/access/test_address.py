"""Which address a request is counted by."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from handlers.access.address import client_address


def request(*forwarded: str, peer: str = "192.0.2.1") -> Request:
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    return Request({"type": "http", "headers": headers, "client": (peer, 4711)})


@pytest.mark.parametrize(
    ("forwarded", "proxies", "address"),
    [
        ((), 0, "192.0.2.1"),
        (("203.0.113.9",), 0, "192.0.2.1"),
        (("203.0.113.9",), 1, "203.0.113.9"),
        (("198.51.100.1, 203.0.113.9",), 1, "203.0.113.9"),
        (("198.51.100.1", "203.0.113.9"), 1, "203.0.113.9"),
        (("198.51.100.1, 203.0.113.9, 10.0.0.1",), 2, "203.0.113.9"),
        (("203.0.113.9",), 2, "192.0.2.1"),
        ((), 1, "192.0.2.1"),
        (("203.0.113.9:4711",), 1, "203.0.113.9"),
        (("[2001:db8:1:2:3::4]:4711",), 1, "2001:db8:1:2::/64"),
        (("2001:db8:1:2:ffff::4",), 1, "2001:db8:1:2::/64"),
        (("::ffff:203.0.113.9",), 1, "203.0.113.9"),
        (("fe80::1%eth0",), 1, "fe80::/64"),
        (("x" * 100,), 1, "x" * 64),
    ],
)
def test_address(forwarded: tuple[str, ...], proxies: int, address: str) -> None:
    assert client_address(request(*forwarded), proxies) == address


def test_no_peer() -> None:
    assert client_address(Request({"type": "http", "headers": [], "client": None}), 0) == ""
