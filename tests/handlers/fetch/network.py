"""A network of a test's own: names, addresses, and one site that is at all of them."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from handlers.fetch import fetch_image
from tests.handlers.fetch.site import Site

NOT_FETCHED = r"^The image URL could not be fetched\.$"
PICTURE = bytes(range(256)) * 8
PUBLIC = "93.184.215.14"


def get(url: str, *, max_bytes: int = 10_000, timeout_s: float = 5, site: Site | None = None) -> bytes:
    return fetch_image(url, max_bytes=max_bytes, timeout_s=timeout_s, allow=site.allowed if site else frozenset())


class Network:
    """A resolver that knows a few names, and a network in which every public address is one site.

    asked: the names that were looked up. dialled: the addresses that connections were made to.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []
        self.dialled: list[tuple[str, int]] = []
        self.site: Site | None = None
        network = self

        class Socket(socket.socket):
            def connect(self, address: Any) -> None:
                network.dialled.append(address[:2])
                if network.site is None:
                    raise ConnectionRefusedError
                super().connect(("127.0.0.1", network.site.port))

        monkeypatch.setattr(socket, "getaddrinfo", self.resolve)
        monkeypatch.setattr(socket, "socket", Socket)

    def resolve(self, host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        self.asked.append(host)
        if host not in self.names:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        answers = self.names[host]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        # The site is always reached by IPv4.
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]
